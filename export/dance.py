"""A dance checkpoint -> generator.onnx, stepped against torch on whole clips -> a dance bundle."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export.parity import ParityError
from export.to_onnx import export_network
from models import band, bundle, skeleton, spec
from models.nets import checkpoint
from models.nets.generator import DanceGenerator, gumbel, load_dance
from models.runtime import NetworkStepper
from models.spec import DANCE, DanceState

Array = NDArray[Any]

TOLERANCE = 1e-4  # of poses, body units
CLIP_CHUNKS = 200
GENERATOR = "generator.onnx"


class OnStage(nn.Module):
    """The generator with its state as plain arguments and results, in the order of DanceState."""

    def __init__(self, network: DanceGenerator) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, audio: Tensor, noise: Tensor, controls: Tensor, *state: Tensor
    ) -> tuple[Tensor, ...]:
        poses, after = self.network(audio, noise, controls, DanceState(*state))
        return (poses, *after)


def to_onnx(network: DanceGenerator) -> bytes:
    """The stage graph: B = 1, T = 1, fp32, states named as models/spec.py says."""
    arguments = (
        torch.zeros(1, 1, spec.CHUNK_SAMPLES),
        torch.zeros(1, 1, network.sizes.n_plans),
        torch.zeros(1, 1, len(spec.CONTROLS)),
        *network.start(),
    )
    fields = DanceState._fields
    inputs = [DANCE.audio, DANCE.noise, DANCE.controls, *(f"state_{field}" for field in fields)]
    outputs = [DANCE.poses, *(f"next_{field}" for field in fields)]
    return export_network(OnStage(network), arguments, inputs, outputs)


def parity_clips(n_chunks: int) -> dict[str, Array]:
    """What parity is judged on, (T, S) each: noise in bursts with silence between, and music."""
    rng = np.random.default_rng(5)
    bursts = rng.normal(0, 0.1, (n_chunks, spec.CHUNK_SAMPLES)).astype(np.float32)
    bursts *= (np.arange(n_chunks) % 50 < 35)[:, None]
    seconds = n_chunks * spec.CHUNK_SECONDS
    music = band.make_song(3, seconds=seconds, rate=spec.SAMPLE_RATE).mono
    music = music[: n_chunks * spec.CHUNK_SAMPLES].reshape(n_chunks, -1).astype(np.float32)
    return {"bursts": bursts, "music": music}


def parity(network: DanceGenerator, onnx: bytes) -> dict[str, float]:
    """The exported file stepped against torch on whole clips: largest difference, by clip.

    Raises ParityError when a plan was chosen differently or a pose is off by more than TOLERANCE.
    """
    n_plans = network.sizes.n_plans
    start = {"pose": skeleton.STANDING, "plan": np.array([n_plans])}
    stepper = NetworkStepper(onnx, initial=start)
    differences: dict[str, float] = {}
    for seed, (name, clip) in enumerate(parity_clips(CLIP_CHUNKS).items()):
        rng = np.random.default_rng(seed)
        noise = gumbel((len(clip), n_plans), 1.0, rng)
        controls = rng.normal(0, 0.7, (len(clip), len(spec.CONTROLS))).astype(np.float32)
        with torch.no_grad():
            whole, _ = network(
                *(torch.from_numpy(values)[None] for values in (clip, noise, controls))
            )
        stepper.reset()
        stepped = [
            stepper.step(
                **{
                    DANCE.audio: clip[t][None, None],
                    DANCE.noise: noise[t][None, None],
                    DANCE.controls: controls[t][None, None],
                }
            )[DANCE.poses]
            for t in range(len(clip))
        ]
        difference = float(np.abs(np.concatenate(stepped, 1) - whole.numpy()).max())
        differences[f"poses_{name}"] = difference
        if not difference <= TOLERANCE:
            raise ParityError(
                f"The exported dance differs from the trained one by {difference:.1e} body units "
                f"on {name} (allowed: {TOLERANCE:.0e}): the bundle is not written."
            )
    return differences


def judged(path: Path) -> dict[str, Any]:
    """What `train.evaluate` wrote beside the checkpoint, if it judged these very weights."""
    reports: dict[str, Any] = {}
    step = checkpoint.load(path)[1]["step"]
    for file in sorted(path.parent.glob("dance_*.json")):
        report = json.loads(file.read_text(encoding="utf-8"))
        if report.get("step") == step:
            reports[f"beat_{report['beat']}"] = {
                k: report[k] for k in ("mean", "loop", "endurance", "seeds")
            }
    return reports


def export_dance(path: Path, folder: Path) -> bundle.Bundle:
    """Checkpoint -> bundle folder, written whole or not at all.

    Raises CheckpointError, ParityError or BundleError in one sentence.
    """
    network, header = load_dance(path)
    onnx = to_onnx(network)
    manifest = {
        "kind": "dance",
        "name": header["name"],
        "licence": header["licence"],
        "provenance": header["provenance"],
        "networks": {"fp32": GENERATOR},
        "spec": header["spec"],
        "horizons": header["horizons"],
        "states": {
            field: list(tensor.shape)
            for field, tensor in zip(DanceState._fields, network.start(), strict=True)
        },
        "parity": {name: float(f"{v:.2e}") for name, v in parity(network, onnx).items()},
        "measured": {"iterations": header["step"], **judged(path)},
    }
    return bundle.write(folder, manifest, {GENERATOR: onnx})
