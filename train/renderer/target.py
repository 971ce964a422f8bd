"""One person learned, in one of the three forms: what `train.target` does."""

from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from models.bundle import BundleError
from models.nets import checkpoint
from models.runtime.engines import EngineError
from models.types import Array
from train.person import consent
from train.person.data import TargetData
from train.person.material import check_files, load_data
from train.renderer import danced_poses as danced
from train.renderer.config import TargetTraining
from train.renderer.paper.train import train_paper
from train.renderer.puppet.train import train_puppet
from train.renderer.request import TargetRequest
from train.renderer.settings import paper_settings, puppet_settings, stage_settings
from train.renderer.train import train
from train.renderer.window import fitted
from train.run.device import chosen_device


def train_target(request: TargetRequest) -> tuple[TargetData, int]:
    """Train, or what is left of it; returns the material and the steps done.

    Raises TargetDataError, CheckpointError, ConsentError or ValueError, in one sentence.
    """
    device = chosen_device(request.device)
    check_files(request.material)
    path = request.checkpoint
    before = checkpoint.read_header(path) if path.exists() else {}
    rights = _rights(request, before.get("consent", ""))
    iterations = request.iterations
    if iterations is None and before:  # the schedule that was begun
        checkpoint.require(path, before, "total")
        iterations = before["total"]
    if request.is_paper:
        paper = paper_settings(request.preset, request.size, iterations)
        data = load_data(request.material, paper.spec.size, request.out)
        run = train_paper(
            data, paper, request.out, request.name, rights, request.seed, request.minutes, device,
            request.vgg,
        )  # fmt: skip
        return data, run.step
    if request.is_puppet:
        puppet = puppet_settings(request.preset, request.size, iterations)
        fits = request.size is None
        data = load_data(request.material, puppet.spec.size, request.out, keyed=True, fits=fits)
        run = train_puppet(
            data, puppet, request.out, request.name, rights, request.seed, request.minutes,
            request.start,
        )  # fmt: skip
        return data, run.step
    settings = stage_settings(request.preset, request.size, iterations, request.critic_from)
    data = load_data(request.material, settings.spec.size, request.out)
    settings = replace(settings, spec=fitted(settings.spec, data))
    if request.bfloat16 is not None:
        settings = replace(settings, bfloat16=request.bfloat16)
    run = train(
        data, settings, request.out, request.name, rights, request.seed, request.minutes,
        _danced_poses(request.out, settings), device, request.start,
    )  # fmt: skip
    return data, run.step


def _rights(request: TargetRequest, agreed_before: str) -> dict[str, str]:
    """Licence, provenance and consent; raises ConsentError where nobody said they agreed."""
    if request.material.synthetic:
        agreed = request.consent or "Not needed: a drawn figure."
    else:
        agreed = consent.given(request.consent, agreed_before)
    return {"licence": request.licence, "provenance": request.provenance, "consent": agreed}


def _danced_poses(out: Path, settings: TargetTraining) -> Array | None:
    """Poses of the shipped dances, kept in `out`; None where no dance can be run here."""
    if not settings.danced:
        return None
    try:
        return danced.kept(out / "danced.npy")
    except (BundleError, EngineError) as error:
        tqdm.write(f"Trained without poses of dances: {error}")
        return None
