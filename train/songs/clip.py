"""Dances without music, ready to be laid on any: `Clip`, and the figures of eight counts in it."""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from models import skeleton
from models.types import Array
from train.songs import motion
from train.songs.pulse import Pulse, find_pulse
from train.songs.song import POSE_HZ

COUNTS = 8  # of a figure
GROUP_OCTAVES = 0.15  # dances of one kind are of like tempo: so far around their median
FEW = 3  # sure ones of a kind, from which there is a median


@dataclass(frozen=True)
class Clip:
    """One recorded dance; pose 0 is at time 0."""

    name: str
    style: str
    poses: Array  # float32 (M, 18, 2) canonical body units at POSE_HZ
    pulse: Pulse | None  # None: none was found
    licence: str
    provenance: str

    @property
    def seconds(self) -> float:
        return len(self.poses) / POSE_HZ


@dataclass(frozen=True)
class Figure:
    """Eight counts of a clip, by the clip's own pulse or in its half or double time."""

    clip: Clip
    first: float  # beat of the clip
    beats_a_count: float = 1.0
    is_mirrored: bool = False

    def at(self, counts: Array) -> Array:
        """Poses (n, 18, 2) at counts (n,) from the figure's first on; may go a little beyond."""
        beats = self._beats
        at = self.first + self.beats_a_count * counts
        rows = np.interp(at, beats, np.arange(len(beats)))
        low = np.minimum(rows.astype(int), len(self.clip.poses) - 2)
        share = (rows - low)[:, None, None]
        found = self.clip.poses[low] * (1 - share) + self.clip.poses[low + 1] * share
        return skeleton.mirror(found) if self.is_mirrored else found

    @property
    def _beats(self) -> Array:
        assert self.clip.pulse is not None
        return np.maximum.accumulate(self.clip.pulse.beats.astype(np.float64))

    @property
    def mirrored(self) -> "Figure":
        return replace(self, is_mirrored=not self.is_mirrored)

    @property
    def next(self) -> "Figure":
        """What the dancer did then; perhaps beyond the end of the clip."""
        return replace(self, first=self.first + COUNTS * self.beats_a_count)

    @property
    def exists(self) -> bool:
        """Whether the clip lasts so long."""
        last = self.first + COUNTS * self.beats_a_count
        return bool(self._beats[0] <= self.first and last <= self._beats[-1])

    @property
    def bpm(self) -> float:
        """Counts a minute as it was danced."""
        assert self.clip.pulse is not None
        return self.clip.pulse.bpm / self.beats_a_count


def figures_of(clip: Clip, beats_a_count: float = 1.0) -> list[Figure]:
    """Figures from every second beat on."""
    if clip.pulse is None:
        return []
    first = int(np.ceil(clip.pulse.beats[0]))
    found = (Figure(clip, beat, beats_a_count) for beat in range(first, first + 10_000, 2))
    return list(itertools.takewhile(lambda figure: figure.exists, found))


def pulses_by_kind(dances: dict[str, tuple[str, Array, float]]) -> dict[str, Pulse | None]:
    """Of each dance by name (its kind, joints (N, 18, 3) with heights last, frames a second).

    Each by itself first; the sure ones of a kind say what is usual there, and the others are asked
    again. None where a dance is too short for one; whether it is sure says the pulse itself.
    """
    alone = {n: find_pulse(joints, fps) for n, (_, joints, fps) in dances.items()}
    sure: dict[str, list[float]] = {}
    for name, pulse in alone.items():
        if pulse and pulse.is_sure:
            sure.setdefault(dances[name][0], []).append(pulse.bpm)
    found: dict[str, Pulse | None] = {}
    for name, (kind, joints, fps) in dances.items():
        pulse, known = alone[name], sure.get(kind, [])
        if pulse and not pulse.is_sure and len(known) >= FEW:
            pulse = find_pulse(joints, fps, float(np.median(known)), GROUP_OCTAVES)
        found[name] = pulse
    return found


def on_its_beats(poses: Array, pulse: Pulse) -> Array:
    """The poses with still moments moved on to the beats of the pulse."""
    n = min(len(poses), len(pulse.beats))
    return motion.snapped_to_beats(poses[:n], pulse.beats[:n], POSE_HZ)[0]
