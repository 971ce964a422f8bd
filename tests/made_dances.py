"""A stage dance that nobody trained, as a checkpoint: it moves, that is all."""

import dataclasses
from pathlib import Path

import torch

from models import spec
from models.nets import checkpoint
from models.nets.generator import DanceGenerator


def save_dance(
    path: Path,
    seed: int,
    n_plans: int,
    width: int,
    step: int = 7,
    styles: tuple[spec.Style, ...] = (),
) -> Path:
    """Seeded weights with plans that differ; returns the path."""
    torch.manual_seed(seed)
    sizes = spec.GeneratorSpec(n_plans=n_plans, gru_width=width, styles=styles)
    network = DanceGenerator(sizes)
    network.plan_steps.copy_(torch.randn_like(network.plan_steps) * 0.03)
    header = {
        "kind": "dance", "name": "try", "step": step, "licence": "CC0-1.0",
        "provenance": "this test", "spec": dataclasses.asdict(network.sizes),
        "horizons": list(spec.HORIZONS),
    }  # fmt: skip
    tensors = {f"ema.{name}": tensor for name, tensor in network.state_dict().items()}
    checkpoint.save(path, tensors, header)
    return path
