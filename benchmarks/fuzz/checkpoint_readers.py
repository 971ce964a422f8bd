"""Who reads checkpoints: the export up to the networks themselves, and a training that goes on."""

from pathlib import Path
from typing import Any

import torch

from benchmarks.fuzz.checkpoint_training import begun
from benchmarks.fuzz.kind import Reader
from export.target import load_renderer, person_fields
from models.nets import checkpoint
from models.nets.beat import load_ear
from models.nets.checkpoint import CheckpointError
from models.nets.dance.load_dance import load_dance
from models.nets.picture.paper_painter import load_paper_painter
from train.dance_eval.perform import NetworkDance
from train.picture_eval.painters import painter_of

SAYS = (CheckpointError,)


def readers() -> list[Reader]:
    """By what it says that it is."""
    return [
        Reader("export", _exported, SAYS),
        Reader("training", _resumed, SAYS),
        Reader("evaluation", _evaluated, SAYS),
    ]


def _exported(path: Path) -> Any:
    """All that export takes of it before it writes a network."""
    kind = checkpoint.read_header(path).get("kind")
    if kind == "dance":
        return load_dance(path)
    if kind == "beat":
        return load_ear(path)
    if kind == "paper-target":
        load_paper_painter(path, torch.device("cpu"))
        return person_fields(path, checkpoint.read_header(path))
    return person_fields(path, load_renderer(path)[1])


def _resumed(path: Path) -> None:
    run = begun(path)
    assert next(iter(run.steps())) is not None or run.step >= run.total


def _evaluated(path: Path) -> None:
    """As `train.evaluate`, `train.evaluate_target` and `train.all` do."""
    kind = checkpoint.read_header(path).get("kind")
    if kind == "dance":
        NetworkDance.load(path)
    else:
        painter_of(path)
