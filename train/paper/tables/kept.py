"""The files behind the figures of the docs: dances, the scores that judge them, reports.

Small enough to be kept with the project: weights and dances in float16, one take of each dance.
What is written of a table is measured with them as they are kept.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.array_file import ArrayFileError, read_arrays
from models.files import write_whole
from models.json_file import JsonError, read_json
from models.nets import checkpoint
from models.nets.measure.pose_metric import PoseMetric
from models.types import Array
from train.paper.cross_modal import Scorer, Segments
from train.songs.song import DataError

RESULTS = Path("docs/results")
DANCES = "dances"  # folder of all rows' dances, the unseen songs in the order of the segments
SCORES = {"the paper's score": "score", "strictly": "score-strict"}
_KIND = "kept_score"


def as_kept(scorer: Scorer) -> Scorer:
    """The same score with weights and points of float16."""
    metric = copy.deepcopy(scorer.metric)
    with torch.no_grad():
        for tensor in (*metric.parameters(), *metric.buffers()):
            if tensor.is_floating_point():
                tensor.copy_(tensor.half())
    fresh = Scorer.of(scorer.known, metric)
    return Scorer(fresh.known, fresh.points.astype(np.float16).astype(np.float32), metric)


@dataclass(frozen=True)
class KeptScore:
    """What is needed to judge dances to the unseen songs, and no music or motion."""

    metric: PoseMetric
    wanted: Array  # float32 (P, 128): where a dance to each segment should be
    song: Array  # int (P,)


def save_score(path: Path, scorer: Scorer, unlearned: Segments) -> None:
    """Keep a score with where it wants the dances to these segments.

    Raises CheckpointError.
    """
    tensors = {
        f"metric.{name}": value.half() if value.is_floating_point() else value
        for name, value in scorer.metric.state_dict().items()
    }
    tensors["wanted"] = torch.from_numpy(scorer.wanted(unlearned.music)).half()
    tensors["song"] = torch.from_numpy(unlearned.song.astype(np.int16))
    checkpoint.save(path, tensors, {"kind": _KIND, "songs": unlearned.names})


def load_score(path: Path) -> KeptScore:
    """Raises CheckpointError when it is none."""
    tensors, header = checkpoint.load(path)
    if header.get("kind") != _KIND:
        raise checkpoint.CheckpointError(f"{path} holds no kept score.")
    metric = PoseMetric()
    with checkpoint.understood(path):
        metric.load_state_dict(checkpoint.part_of(tensors, "metric"))
        wanted, song = tensors["wanted"].float().numpy(), tensors["song"].numpy()
    return KeptScore(metric.eval().requires_grad_(False), wanted, song)


def save_dances(path: Path, takes: Array, facts: Mapping[str, Any]) -> None:
    """Takes (N, P, 50, 18, 2) as float16, with what is said of their training."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(path) as part:
        np.savez_compressed(part, poses=takes.astype(np.float16), facts=np.array(json.dumps(facts)))


def load_dances(path: Path) -> Array:
    """Takes float32 (N, P, 50, 18, 2).

    Raises DataError.
    """
    try:
        return read_arrays(path)["poses"].astype(np.float32)
    except (ArrayFileError, KeyError, ValueError) as error:
        raise DataError(f"{path} holds no kept dances ({error}).") from error


def save_report(path: Path, report: Mapping[str, Any]) -> None:
    """As JSON, a line for each key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in report.items())
    with write_whole(path) as part:
        part.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def load_report(path: Path) -> dict[str, Any]:
    """Raises DataError when it is not there or no JSON."""
    try:
        return read_json(path)
    except JsonError as error:
        raise DataError(str(error)) from error
