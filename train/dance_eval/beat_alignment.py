"""How a dance lies on the beat: accents of the motion against beats of the music, and chance.

Pure; `tracked_beats` alone needs librosa. Definitions in docs/metrics.md.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from models import spec
from models.types import Array
from train.dance_eval import measures
from train.songs import motion
from train.songs.song import DataError

FINE_HZ = 60
SIGMA_S = 0.05
HIT_S = 0.07
N_SHIFTS = 1_000
# librosa's frames of 32 ms are too coarse here, and its beats come after those of the labels (eight
# songs: 28 to 36 ms with its own frames, 2 to 36, median 20, with these).
TRACK_HOP, TRACKED_LATE_S = 160, 0.02
STILL_SPEED = 1e-3  # body units a second: who never moves faster has no accents


@dataclass(frozen=True)
class Alignment:
    """One dance on one song's beats; scores 0..1, beside what chance gives.

    `chance` and `chance_of_beats` are (N_SHIFTS,): the scores when the music beats are shifted
    circularly by the same random times.
    """

    score: float  # mean over the accents (AIST++)
    score_of_beats: float  # mean over the music beats (Bailando's program)
    chance: Array
    chance_of_beats: Array
    offset_s: float  # median of accent minus nearest beat; negative: early
    hit_share: float  # of the music beats: an accent within HIT_S
    accents_a_beat: float

    @property
    def ratio(self) -> float:
        return self.score / float(self.chance.mean())

    @property
    def ratio_of_beats(self) -> float:
        return self.score_of_beats / float(self.chance_of_beats.mean())

    @property
    def p(self) -> float:
        """Share of the shifts, the true one included, that score at least as high."""
        return _share_as_good(self.chance, self.score)


def pooled(alignments: list[Alignment]) -> dict[str, float]:
    """Several songs or seeds taken together; p is that of their mean score."""
    if not alignments:
        return {}
    score = float(np.mean([a.score for a in alignments]))
    of_beats = float(np.mean([a.score_of_beats for a in alignments]))
    chance = np.mean([a.chance for a in alignments], 0)
    chance_of_beats = np.mean([a.chance_of_beats for a in alignments], 0)
    return {
        "bas": score,
        "bas_chance": float(chance.mean()),
        "bas_ratio": score / float(chance.mean()),
        "bas_p": _share_as_good(chance, score),
        "bas_beats": of_beats,
        "bas_beats_chance": float(chance_of_beats.mean()),
        "bas_beats_ratio": of_beats / float(chance_of_beats.mean()),
        "bas_beats_p": _share_as_good(chance_of_beats, of_beats),
        "offset_s": float(np.median([a.offset_s for a in alignments])),
        "hit": float(np.mean([a.hit_share for a in alignments])),
        "accents_a_beat": float(np.mean([a.accents_a_beat for a in alignments])),
    }


def finer(poses: Array) -> Array:
    """Poses at 10 Hz -> the same motion at 60 Hz, cubic."""
    times = np.arange(len(poses)) / measures.HZ
    return CubicSpline(times, poses)(np.arange(0, times[-1], 1 / FINE_HZ))


def accents(fine: Array) -> Array:
    """Times of the kinematic beats of poses at 60 Hz, s from the first pose.

    A rest counts once, at its middle; a statue has none.
    """
    if motion.joint_speed(fine, FINE_HZ).max(initial=0) < STILL_SPEED:
        return np.zeros(0)
    lowest = motion.still_moments(fine, FINE_HZ)
    rests = np.split(lowest, np.flatnonzero(np.diff(lowest) > 1) + 1)
    return np.array([rest.mean() for rest in rests if len(rest)]) / FINE_HZ


def align(accent_times: Array, beats: Array, seconds: float, seed: int = 0) -> Alignment | None:
    """Accents and music beats, s within [0, seconds); None where there are too few to speak of."""
    beats = np.sort(beats[(beats >= 0) & (beats < seconds)])
    if len(accent_times) < 3 or len(beats) < 3:
        return None
    shifts = np.random.default_rng(seed).uniform(0, seconds, N_SHIFTS)
    moved = np.sort((beats + shifts[:, None]) % seconds, 1)
    signed = _to_nearest(accent_times, beats[None])[0]
    to_accents = _to_nearest(beats, accent_times[None])[0]
    return Alignment(
        score=float(_closeness(signed).mean()),
        score_of_beats=float(_closeness(to_accents).mean()),
        chance=_closeness(_to_nearest(accent_times, moved)).mean(1),
        chance_of_beats=_closeness(
            _to_nearest(moved.ravel(), accent_times[None])[0].reshape(moved.shape)
        ).mean(1),
        offset_s=float(np.median(signed)),
        hit_share=float((np.abs(to_accents) <= HIT_S).mean()),
        accents_a_beat=len(accent_times) / len(beats),
    )


def offsets(accent_times: Array, beats: Array) -> Array:
    """Where in the beat each accent falls, -0.5..0.5 of a beat (negative: early)."""
    inside = accent_times[(accent_times > beats[0]) & (accent_times < beats[-1])]
    counts = np.interp(inside, beats, np.arange(len(beats)))
    return (counts + 0.5) % 1.0 - 0.5


def tracked_beats(audio: Array, bpm: float | None = None) -> Array:
    """Beats of 16 kHz audio as librosa's offline tracker finds them, s; `bpm` when it is known.

    Raises DataError when librosa is not installed.
    """
    try:
        import librosa
    except ImportError as error:
        raise DataError(
            "Music without known beats needs librosa: run `pip install 'dancelive[eval]'`."
        ) from error
    found = librosa.beat.beat_track(
        y=audio, sr=spec.SAMPLE_RATE, hop_length=TRACK_HOP, units="time", bpm=bpm
    )[1]
    found = np.asarray(found) - TRACKED_LATE_S
    return found[found >= 0]


def _share_as_good(chance: Array, score: float) -> float:
    return float((1 + (chance >= score).sum()) / (1 + len(chance)))


def _closeness(distances: Array) -> Array:
    return np.exp(-np.square(distances) / (2 * SIGMA_S**2))


def _to_nearest(times: Array, rows: Array) -> Array:
    """`times` (Q,) minus the nearest entry of each ascending row of (S, M), (S, Q)."""
    n_rows, n_columns = rows.shape
    apart = 2 * (max(times.max(), rows.max()) - min(times.min(), rows.min(), 0.0)) + 1
    base = np.arange(n_rows)[:, None] * apart
    found = np.searchsorted((rows + base).ravel(), times + base)  # all rows in one search
    right = np.clip(found - np.arange(n_rows)[:, None] * n_columns, 0, n_columns - 1)
    left = np.clip(right - 1, 0, n_columns - 1)
    options = times - np.stack([np.take_along_axis(rows, at, 1) for at in (left, right)])
    return np.where(np.abs(options[0]) < np.abs(options[1]), *options)
