"""The networks that a stage renderer's training begins with, and what its checkpoint says."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.nets import checkpoint
from models.nets.picture.renderer import N_CALIBRATION, PoseRenderer
from models.nets.picture.renderer_critic import AdversarialPainter
from models.reach import Reach
from train.person.data import TargetData
from train.renderer.config import PaperTargetTraining, PuppetTraining, TargetTraining


def new_model(
    data: TargetData, settings: TargetTraining, seed: int, device: torch.device
) -> AdversarialPainter:
    """A fresh network that holds the person's plate and some of their poses, and its critic."""
    torch.manual_seed(seed)
    painter = PoseRenderer(settings.spec)
    chosen = np.random.default_rng(seed).choice(
        data.training, N_CALIBRATION, replace=len(data.training) < N_CALIBRATION
    )
    painter.plate.copy_(torch.from_numpy(data.plate).permute(2, 0, 1))
    painter.calibration.copy_(torch.from_numpy(data.joints[chosen]))
    pair = AdversarialPainter(painter).to(device)
    return pair.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def begin_with(painter: PoseRenderer, start: Path) -> None:
    """Take the weights of a trained person: what limbs are need not be learned again.

    Raises CheckpointError when they are of a network of another size or kind.
    """
    tensors, _ = checkpoint.load(start)
    known = checkpoint.part_of(tensors, "ema.painter")
    own = painter.state_dict()
    weights = {name for name, _ in painter.named_parameters()}
    if any(name not in known or known[name].shape != own[name].shape for name in weights):
        raise checkpoint.CheckpointError(f"{start} is of a network of another size or kind.")
    painter.load_state_dict({name: known[name] for name in weights}, strict=False)


def new_optimizer(pair: AdversarialPainter, settings: TargetTraining) -> torch.optim.Optimizer:
    """AdamW as in the first trial."""
    painter, critic = [*pair.painter.parameters()], [*pair.critic.parameters()]
    return torch.optim.AdamW(
        [
            {"params": painter, "lr": settings.learning_rate},
            {"params": critic, "lr": settings.critic_rate, "betas": (0.5, 0.99)},
        ],
        betas=(0.9, 0.99),
    )


def _reach(data: TargetData) -> list[float]:
    filmed = Reach.of(data.body.canonical(data.joints[data.training]))
    return [] if filmed is None else filmed.as_numbers()


def header_of(
    data: TargetData,
    settings: TargetTraining | PaperTargetTraining | PuppetTraining,
    name: str,
    rights: dict[str, str] | None,
) -> dict[str, Any]:
    """What the checkpoint says of itself; export needs nothing else.

    `rights` are licence, provenance and consent.
    """
    return {
        "kind": "target",
        "name": name,
        "spec": dataclasses.asdict(settings.spec),
        "body": {
            "bone_lengths": [round(float(v), 6) for v in data.body.lengths],
            "framing": dataclasses.asdict(data.body.framing),
        },
        "reach": _reach(data),
        "held_out": sorted({data.clip_names[i] for i in set(data.clip[data.held_out].tolist())}),
        "training": dataclasses.asdict(settings),
        "losses": {},
        **({"licence": "", "provenance": "", "consent": ""} | (rights or {})),
    }
