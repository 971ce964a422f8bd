"""Who stands in the paper's table: baselines, conditions of an ablation and shipped dances.

Everything is cut into segments of 5 s, as the paper's network makes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.array_file import ArrayFileError, read_arrays
from models.types import Array
from train.dance_eval.perform import Show, controls_for, open_dance
from train.paper import cross_modal
from train.paper.conditions import DANCES, TAKES
from train.paper.config import ABLATION
from train.paper.cross_modal import Segments
from train.paper.validity import HELD, RAND_FRAME, RAND_SEQ
from train.songs.song import DataError, Song

REAL = "real dancer"
BASELINES = frozenset({HELD, RAND_FRAME, RAND_SEQ})
FOUR = {
    "l1": "L1", "global": "+ Global D", "local": "+ Local D", "full": "+ pose perceptual loss",
}  # fmt: skip
TITLES = {
    **FOUR,
    "live": "full, one way (live)",
    "log-mel": "full, log-mel",
    **{f"{name}-dropout": f"{title}, dropout" for name, title in FOUR.items()},
}


@dataclass
class Row:
    """One line of the table: takes of the segments of all unseen songs."""

    title: str
    name: str  # of its file
    takes: Array  # (N, P, 50, 18, 2), segments in the order of `Segments`
    learned: Array | None = None  # the same of songs that it learned from
    runs: list[str] = field(default_factory=list)  # trainings; the takes are theirs in equal parts
    steps: list[int] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def is_made(self) -> bool:
        """Whether networks danced it; else it is of the data."""
        return self.title not in BASELINES | {REAL}


@dataclass(frozen=True)
class Stand:
    """Songs that are danced to, and their segments."""

    songs: list[Song]
    segments: Segments

    def of(self, danced: Mapping[str, Array]) -> Array:
        """Dances (N, P, 50, 18, 2) by song -> all segments in their order.

        Raises KeyError when a song is missing.
        """
        parts: list[Array] = []
        for number, song in enumerate(self.songs):
            count = int((self.segments.song == number).sum())
            parts.append(danced[song.name][:, :count])
        return np.concatenate(parts, 1).astype(np.float32)


def conditions(folder: Path, unlearned: Stand, learned: Stand) -> list[Row]:
    """A row of each condition that has danced, all its seeds taken together.

    Raises DataError when a file of dances is damaged or of other songs.
    """
    rows: list[Row] = []
    for condition in ABLATION:
        row = Row(TITLES[condition], condition, np.empty(0))
        takes, by_heart = list[Array](), list[Array]()
        for path in sorted(folder.glob(f"{condition}-[0-9]*/{DANCES}")):
            try:
                file = read_arrays(path)
                takes.append(unlearned.of(file))
                by_heart.append(learned.of(file))
                row.steps.append(int(file["step"]))
            except (ArrayFileError, KeyError, ValueError, TypeError) as error:
                raise DataError(f"{path} holds no dances of these songs ({error!r}).") from error
            row.runs.append(path.parent.name)
        if takes:
            row.takes, row.learned = np.concatenate(takes), np.concatenate(by_heart)
            rows.append(row)
    return rows


def shipped(name: str, unlearned: Stand) -> Row:
    """A bundle danced over whole songs as on stage, cut into the segments.

    Raises BundleError, EngineError or CheckpointError.
    """
    dance = open_dance(name)
    danced: dict[str, Array] = {}
    for song in unlearned.songs:
        controls = controls_for(song.audio, song.beats, song.beats_per_bar, Show())
        poses = dance.perform(song.audio, controls, list(range(TAKES)), Show().temperature)
        poses = poses.astype(np.float16)  # measured as they are kept
        whole = poses.shape[1] // spec.SEGMENT_CHUNKS * spec.SEGMENT_CHUNKS
        danced[song.name] = poses[:, :whole].reshape(
            TAKES, -1, spec.SEGMENT_CHUNKS, *poses.shape[2:]
        )
    return Row(dance.name, name, unlearned.of(danced))


def baselines(unlearned: Segments, known: Segments) -> list[Row]:
    """The real dancer, the known mean pose, Rand Frame and Rand Seq with the paper's ten draws."""
    rng, count = np.random.default_rng(0), len(unlearned.song)
    draws = range(cross_modal.DRAWS)
    held = np.broadcast_to(known.dance.mean((0, 1)), unlearned.dance.shape)
    return [
        Row(REAL, "real", unlearned.dance[None]),
        Row(HELD, "mean-pose", held[None]),
        Row(
            RAND_FRAME,
            "rand-frame",
            np.stack([cross_modal.random_frames(known, count, rng) for _ in draws]),
        ),
        Row(
            RAND_SEQ,
            "rand-seq",
            np.stack([cross_modal.random_sequences(known, count, rng) for _ in draws]),
        ),
    ]
