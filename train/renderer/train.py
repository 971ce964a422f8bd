"""How the stage renderer of one person learns, until a number of steps or a time."""

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:
    import torch

    from models.nets.renderer import PoseRenderer
    from models.nets.renderer_critic import AdversarialPainter
    from models.types import Array
    from train.person.data import TargetData
    from train.renderer.config import PaperTargetTraining, TargetTraining
    from train.renderer.coverage import Coverage
    from train.renderer.sampler import Sampler
    from train.run.loop import Run
from train.renderer.preview import save_preview
from train.renderer.step import Stepper
from train.run.pace import Pace, fit_to_time

CHECKPOINT = "checkpoint.safetensors"
NOTE_EVERY = 10  # steps
PACE_EVERY = 200  # steps after which --minutes sets the number of iterations anew


def new_model(
    data: "TargetData", settings: "TargetTraining", seed: int, device: "torch.device"
) -> "AdversarialPainter":
    """A fresh network that holds the person's plate and some of their poses, and its critic."""
    import numpy as np
    import torch

    from models.nets.renderer import N_CALIBRATION, PoseRenderer
    from models.nets.renderer_critic import AdversarialPainter

    torch.manual_seed(seed)
    painter = PoseRenderer(settings.spec)
    chosen = np.random.default_rng(seed).choice(
        data.training, N_CALIBRATION, replace=len(data.training) < N_CALIBRATION
    )
    painter.plate.copy_(torch.from_numpy(data.plate).permute(2, 0, 1))
    painter.calibration.copy_(torch.from_numpy(data.joints[chosen]))
    pair = AdversarialPainter(painter).to(device)
    return pair.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def begin_with(painter: "PoseRenderer", start: Path) -> None:
    """Take the weights of a trained person: what limbs are need not be learned again.

    Raises CheckpointError when they are of a network of another size or kind.
    """
    from models.nets import checkpoint

    tensors, _ = checkpoint.load(start)
    known = checkpoint.part_of(tensors, "ema.painter")
    own = painter.state_dict()
    weights = {name for name, _ in painter.named_parameters()}
    if any(name not in known or known[name].shape != own[name].shape for name in weights):
        raise checkpoint.CheckpointError(f"{start} is of a network of another size or kind.")
    painter.load_state_dict({name: known[name] for name in weights}, strict=False)


def new_optimizer(
    pair: "AdversarialPainter", settings: "TargetTraining"
) -> "torch.optim.Optimizer":
    """AdamW as in the first trial."""
    import torch

    return torch.optim.AdamW(
        [
            {"params": [*pair.painter.parameters()], "lr": settings.learning_rate},
            {
                "params": [*pair.critic.parameters()],
                "lr": settings.critic_rate,
                "betas": (0.5, 0.99),
            },
        ],
        betas=(0.9, 0.99),
    )


def measure_pace(
    model: "AdversarialPainter",
    sampler: "Sampler",
    settings: "TargetTraining",
    coverage: "Coverage",
) -> Pace:
    """A few steps of both kinds with a copy of the network."""
    import copy

    import numpy as np

    pair = copy.deepcopy(model)
    stepper = Stepper(pair, new_optimizer(pair, settings), settings, coverage)
    rng = np.random.default_rng(0)
    took: list[float] = []
    for step in (0, int(settings.critic_from * 1_000_000) + settings.critic_alone + 1):
        times: list[float] = []
        for _ in range(4):
            began = time.perf_counter()
            stepper.step(sampler.draw(rng), step, 1_000_000)["total"].item()
            times.append(time.perf_counter() - began)
        took.append(float(np.median(times[1:])))
    return Pace(*took)


def header_of(
    data: "TargetData",
    settings: "TargetTraining | PaperTargetTraining",
    name: str,
    rights: dict[str, str],
) -> dict[str, Any]:
    """What the checkpoint says of itself; export needs nothing else."""
    return {
        "kind": "target",
        "name": name,
        "spec": dataclasses.asdict(settings.spec),
        "body": {
            "bone_lengths": [round(float(v), 6) for v in data.body.lengths],
            "framing": dataclasses.asdict(data.body.framing),
        },
        "held_out": sorted({data.clip_names[i] for i in set(data.clip[data.held_out].tolist())}),
        "training": dataclasses.asdict(settings),
        "losses": {},
        **rights,
    }


def train(
    data: "TargetData",
    settings: "TargetTraining",
    out: Path,
    name: str,
    rights: dict[str, str] | None = None,
    seed: int = 0,
    minutes: float | None = None,
    danced: "Array | None" = None,
    device: "torch.device | None" = None,
    start: Path | None = None,
) -> "Run[AdversarialPainter]":
    """Train until `settings.iterations`, from the checkpoint in `out` if there is one.

    `danced` are canonical poses (N, 18, 2) of dances; `start` is the checkpoint of a person to
    begin with. With `minutes` the goal follows the pace of
    the machine instead, and a resumed run is exact in everything but its length.
    """
    import torch

    from train.renderer import coverage
    from train.renderer.sampler import Sampler
    from train.run.device import CPU
    from train.run.loop import Run

    torch.set_num_threads(1)
    device = device or CPU
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
    rights = {"licence": "", "provenance": "", "consent": ""} | (rights or {})
    model = new_model(data, settings, seed, device)
    if start is not None:
        begin_with(model.painter, start)
    run = Run(
        out / CHECKPOINT,
        model,
        new_optimizer(model, settings),
        header_of(data, settings, name, rights),
        settings.iterations,
        settings.ema,
        seed,
    )
    sampler = Sampler(data, model.painter, settings, danced)
    sure = coverage.measure(data)
    pace = measure_pace(model, sampler, settings, sure)
    if minutes is not None and not run.step:
        run.total = max(
            1, round(minutes * 60 * run.total / pace.seconds(run.total, settings.critic_from))
        )
    left = pace.seconds(run.total, settings.critic_from) * (1 - run.step / run.total) / 60
    tqdm.write(f"{run.total:,} steps; about {left:.0f} minutes to go on this machine.")
    stepper = Stepper(model, run.optimizer, settings, sure)
    for bar in run.steps():
        if minutes is not None and run.step and run.step % PACE_EVERY == 0:
            fit_to_time(run, minutes, pace, settings.critic_from)
            bar.total = run.total
        named = stepper.step(sampler.draw(run.rng), run.step, run.total)
        if run.step % NOTE_EVERY == 0:  # reading a card's numbers makes it wait
            means = run.follow({key: value.item() for key, value in named.items()}, 0.9)
            bar.set_postfix({key: f"{value:.4f}" for key, value in means.items()})
            run.header["losses"] = {key: round(value, 5) for key, value in means.items()}
        if (run.step + 1) % settings.preview_every == 0:
            save_preview(out / "preview.png", run.ema.painter, data)
    return run


def danced_poses(out: Path) -> "Array | None":
    """Poses of the shipped dances, kept in `out`; None where no dance can be run here."""
    from models.bundle import BundleError
    from models.runtime.engines import EngineError
    from train.renderer import danced_poses as danced

    try:
        return danced.kept(out / "danced.npy")
    except (BundleError, EngineError) as error:
        tqdm.write(f"Trained without poses of dances: {error}")
        return None
