"""Metrics of one dance on one song beside the real dancer, and of many taken together. Pure.

Everything begins 20 s into the song. `DanceMetrics` holds what all dances are compared with.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from models import spec
from models.types import Array
from train.dance_eval import beat_alignment, fid, measures
from train.dance_eval.beat_alignment import Alignment
from train.dance_eval.perform import FIRST_POSE_S
from train.dance_eval.stress_tests import SKIP
from train.songs.segments import sample
from train.songs.song import POSE_HZ, DataError, Song

START_S = FIRST_POSE_S + SKIP * spec.CHUNK_SECONDS  # of the song: the first measured pose
SHORTEST_S = 30.0
RATIOS = ("speed", "accel", "jerk", "jerk_60", "spread", "slide", "bone_change", "near")
LEAST_REAL = 1e-3  # in its own unit: from less no ratio is taken
NEAR_EVERY = 2  # poses
KNOWN_EVERY = 5  # at 50 Hz: training poses at 10 Hz


@dataclass(frozen=True)
class Part:
    """The measured part of one song: times count from its first pose."""

    name: str
    real: Array | None  # (n, 18, 2) at 10 Hz; None: music alone
    beats: Array  # s
    seconds: float

    @staticmethod
    def of(song: Song, seconds: float | None = None, snapped: bool = False) -> "Part":
        """The real dance (or as training saw it, snapped to the beat) up to `seconds`."""
        last = min(song.seconds, seconds or song.seconds)
        n = int((last - START_S) / spec.CHUNK_SECONDS)
        times = START_S + np.arange(n) * spec.CHUNK_SECONDS
        poses = sample(song.poses if snapped else song.real, times * POSE_HZ)
        return Part(song.name, poses, beat_times(song) - START_S, n / measures.HZ)


@dataclass(frozen=True)
class MeasuredDance:
    """What was found on one song: `plain` as it is, `absolute` to be compared with the real one."""

    plain: dict[str, float]
    absolute: dict[str, float]
    alignment: Alignment | None
    accents: Array  # s from the first measured pose
    poses: Array = field(repr=False)


@dataclass
class DanceMetrics:
    """Compares dances with the real ones of the same songs and with the training dances."""

    known: list[Array]  # training dances at 10 Hz
    parts: dict[str, Part]
    real: dict[str, MeasuredDance] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._poses = np.concatenate(fid.with_mirror(self.known))
        features = fid.features_of(self.known)
        self._spaces = {k: fid.FeatureSpace.of(f) for k, f in features.items()}
        for name, part in self.parts.items():
            if part.real is not None:
                self.real[name] = self.on_song(name, part.real)
        if not self.real:
            raise DataError("There is no real dance to compare with: prepare more data.")
        self.usual = {
            key: float(np.mean([measured.absolute[key] for measured in self.real.values()]))
            for key in RATIOS
        }
        self._usual_bands = np.mean([measures.band_shares(j.poses) for j in self.real.values()], 0)
        self._real_distances = self._distances([j.poses for j in self.real.values()])

    def on_song(self, name: str, poses: Array, fine: Array | None = None) -> MeasuredDance:
        """Poses (n, 18, 2) at 10 Hz from START_S on; `fine` the same at 60 Hz, if known."""
        part = self.parts[name]
        poses = poses[: round(part.seconds * measures.HZ)]
        fine = beat_alignment.finer(poses) if fine is None else fine
        found = beat_alignment.accents(fine)
        speed = measures.speed(poses)
        absolute = {
            "speed": speed,
            "accel": measures.acceleration(poses),
            "jerk": measures.jerk(poses),
            "jerk_60": measures.jerk(fine, beat_alignment.FINE_HZ),
            "spread": measures.spread(poses),
            "slide": measures.slide(poses),
            "bone_change": measures.bone_change(poses),
            "near": measures.near(poses[::NEAR_EVERY], self._poses),
        }
        repeats, lag = measures.repeat(poses)
        real = self.real.get(name)
        usual = real.absolute["speed"] if real else (speed if part.real is not None else None)
        plain = {
            "freeze": measures.frozen_share(poses, usual or self.usual["speed"]),
            "bone": measures.long_bone_share(poses),
            "repeat": repeats,
            "repeat_s": lag,
        }
        song = list(self.parts).index(name)  # its own shifts, so that p of many songs is sound
        aligned = beat_alignment.align(found, part.beats, part.seconds, song)
        return MeasuredDance(plain, absolute, aligned, found, poses)

    def of_song(self, name: str, takes: list[MeasuredDance]) -> dict[str, float]:
        """What the report tells of one song: means of all takes, their alignment pooled."""
        rows = [self._ratios(name, take) for take in takes]
        mean = {key: _mean(row[key] for row in rows) for key in rows[0]}
        return mean | beat_alignment.pooled([take.alignment for take in takes if take.alignment])

    def _ratios(self, name: str, measured: MeasuredDance) -> dict[str, float]:
        """Against the real dance of the song, or the mean of all where nobody danced to it."""
        real = self.real.get(name)
        usual = real.absolute if real else self.usual
        bands = measures.band_shares(real.poses) if real else self._usual_bands
        row = {key: _ratio(measured.absolute[key], usual[key]) for key in RATIOS} | measured.plain
        spectrum = measures.spectrum_distance(measures.band_shares(measured.poses), bands)
        return row | {"spectrum": spectrum}

    def overall(self, takes: dict[str, list[MeasuredDance]]) -> dict[str, float]:
        """All songs and takes (seeds, draws) of one dance: means, pooled alignment, distances."""
        rows = [self._ratios(name, take) for name, all_takes in takes.items() for take in all_takes]
        everything = [take for all_takes in takes.values() for take in all_takes]
        mean = {
            key: _mean(row[key] for row in rows)
            for key in (*RATIOS, "spectrum", *everything[0].plain)
        }
        mean |= beat_alignment.pooled([take.alignment for take in everything if take.alignment])
        # Take by take: a set of the same size as the real one has the same error of estimation.
        n_takes = min(len(all_takes) for all_takes in takes.values())
        found = [
            self._distances([all_takes[i].poses for all_takes in takes.values()])
            for i in range(n_takes)
        ]
        for key, real in self._real_distances.items():
            value = _mean(one[key] for one in found)
            mean |= {key: value, f"{key}_ratio": value / real}
        return mean

    def absolute(self, takes: dict[str, list[MeasuredDance]]) -> dict[str, float]:
        """Means of what the ratios are made of, in its own units."""
        found = [take.absolute for all_takes in takes.values() for take in all_takes]
        return {key: _mean(one[key] for one in found) for key in RATIOS}

    def _distances(self, dances: list[Array]) -> dict[str, float]:
        together = fid.features_of(dances)
        apart = fid.features_of(dances, hop=fid.SEGMENT)
        found: dict[str, float] = {}
        for letter, space in self._spaces.items():
            found[f"fid_{letter}"] = space.distance(together[letter])
            found[f"diversity_{letter}"] = space.diversity(apart[letter])
        return found


def _ratio(value: float, real: float) -> float:
    """NaN where the real dancer does none of it: the feet of made dances do not slide at all."""
    if real > LEAST_REAL:
        return value / real
    return 1.0 if value <= LEAST_REAL else float("nan")


def _mean(values: Iterable[float]) -> float:
    """Of those that could be measured; NaN when none could."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def beat_times(song: Song) -> Array:
    """The true beats of a song, s."""
    known = np.flatnonzero(np.isfinite(song.beats))
    if len(known) < 2:
        return np.zeros(0)
    numbers = np.arange(int(np.ceil(song.beats[known[0]])), float(song.beats[known[-1]]))
    return np.interp(numbers, song.beats[known], known / POSE_HZ)
