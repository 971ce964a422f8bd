"""Dances that nobody trained, as checkpoints: they move, that is all."""

import dataclasses
from pathlib import Path

import torch
from seeds import seed_of

from models import spec
from models.nets import checkpoint
from models.nets.dance.generator import DanceGenerator
from models.nets.dance.paper_generator import PaperGenerator


def save_dance(
    path: Path,
    seed: int,
    n_plans: int,
    width: int,
    step: int = 7,
    styles: tuple[spec.Style, ...] = (),
) -> Path:
    """Seeded weights with plans that differ; returns the path."""
    torch.manual_seed(seed_of(seed))
    sizes = spec.GeneratorSpec(n_plans=n_plans, gru_width=width, styles=styles)
    network = DanceGenerator(sizes)
    network.plan_steps.copy_(torch.randn_like(network.plan_steps) * 0.03)
    return _save(path, network, step, spec.HORIZONS)


def save_paper_dance(folder: Path, sizes: spec.PaperSpec) -> Path:
    """The paper's form in these sizes; returns the path."""
    torch.manual_seed(seed_of(0))
    return _save(folder / "checkpoint.safetensors", PaperGenerator(sizes), 7, sizes.horizons)


def _save(
    path: Path, network: DanceGenerator | PaperGenerator, step: int, horizons: tuple[float, ...]
) -> Path:
    header = {
        "kind": "dance", "name": "try", "step": step, "licence": "CC0-1.0",
        "provenance": "this test", "spec": dataclasses.asdict(network.sizes),
        "horizons": list(horizons),
    }  # fmt: skip
    tensors = {f"ema.{name}": tensor for name, tensor in network.state_dict().items()}
    checkpoint.save(path, tensors, header)
    return path
