"""How bodies dance on stage: shipped dances on any music, real dancers beside, as rows of numbers.

What each number means is in docs/metrics.md; everything begins at START_S of the music.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from models import bundle
from models.types import Array
from train.dance_eval import body, perform_live, repeats, response
from train.dance_eval.dance_metrics import START_S, beat_times
from train.dance_eval.evaluate import REAL
from train.songs.song import POSE_HZ, Song

USUAL_BAR = 4  # beats, where nobody said


@dataclass(frozen=True)
class Piece:
    """Music to be danced to, and what is known of it."""

    song: Song
    has_dance: bool  # a real one
    drops: Array = field(default_factory=lambda: np.zeros(0))  # s

    @property
    def beats(self) -> Array:
        """s from START_S."""
        return beat_times(self.song) - START_S


@dataclass(frozen=True)
class Showing:
    """How the dances are shown."""

    seconds: float  # of each piece at most
    seeds: tuple[int, ...] = (0,)
    live: bool = False  # in real time
    phase_lock: bool = True


@dataclass(frozen=True)
class Dancer:
    """What one dance does, or the real dancers: by piece and seed."""

    name: str
    takes: dict[str, list[Array]]  # poses (n, 18, 2) in body units at body.HZ from START_S on
    rows: dict[str, dict[str, float]]  # of each piece, the mean of its takes

    @property
    def mean(self) -> dict[str, float]:
        """Over the pieces on which a measure can be taken."""
        return _mean(self.rows.values())


def dance_bodies(names: list[str], pieces: list[Piece], showing: Showing) -> list[Dancer]:
    """The real dancers first, where there are some, then each dance on every piece.

    Raises BundleError for what is no shipped dance, DataError when a show fails.
    """
    for name in names:  # a wrong name should be reported before minutes of work
        bundle.find("dance", name)
    real = {
        piece.song.name: [_real(piece.song, showing.seconds)] for piece in pieces if piece.has_dance
    }
    dancers = [_dancer(REAL, pieces, real)] if real else []
    for name in tqdm(names, desc="dances", disable=None):
        takes = {
            piece.song.name: [_shown(name, piece.song, seed, showing) for seed in showing.seeds]
            for piece in tqdm(pieces, desc=name, disable=None)
        }
        dancers.append(_dancer(name, pieces, takes))
    return dancers


def measure(poses: Array, piece: Piece) -> dict[str, float]:
    """All that is told of one take; what cannot be measured on this piece is left out."""
    song, beats = piece.song, piece.beats
    bar = song.beats_per_bar or USUAL_BAR
    heights = body.in_heights(poses)
    row = body.body_measures(heights) | repeats.repeat_measures(heights, beats, bar)
    loud, dense = response.loudness(song.audio), response.density(song.audio)
    row["energy"] = response.energy_response(heights, START_S, loud, dense)
    if len(beats) > 1:
        beat_s = float(np.median(np.diff(beats)))
        row["drop"] = response.drop_answer(heights, piece.drops - START_S, beat_s, bar)
    return {key: value for key, value in row.items() if np.isfinite(value)}


def _shown(name: str, song: Song, seed: int, showing: Showing) -> Array:
    seconds = min(showing.seconds, song.seconds)
    times, poses = perform_live.show(
        name, song, seconds, seed, body.HZ, live=showing.live, phase_lock=showing.phase_lock
    )
    return perform_live.measured_part(times, poses, seconds, body.HZ)


def _real(song: Song, seconds: float) -> Array:
    times = np.arange(len(song.real)) / POSE_HZ
    return perform_live.measured_part(times, song.real, seconds, body.HZ)


def _dancer(name: str, pieces: list[Piece], takes: dict[str, list[Array]]) -> Dancer:
    rows = {
        piece.song.name: _mean(measure(poses, piece) for poses in takes[piece.song.name])
        for piece in pieces
        if piece.song.name in takes
    }
    return Dancer(name, takes, rows)


def _mean(rows: Iterable[dict[str, float]]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for row in rows:
        for key, value in row.items():
            found.setdefault(key, []).append(value)
    return {key: float(np.mean(values)) for key, values in found.items()}
