"""How a dance answers its music: the body's speed beside loudness and density, and at a drop.

Pure. Poses are in body heights (`body.in_heights`); definitions are in docs/metrics.md.
"""

import numpy as np

from models import spec
from models.types import Array
from train.dance_eval import body

WINDOW_S = 2.0  # that ends now
HZ = 10.0
RANGE_DB = 40.0  # below the loudest window all is as quiet
DROP_BARS = 2  # before a drop, that the beat after it is compared with
LEAST_SPEED = 1e-3  # H/s: less is still
HOP, ONSET_WINDOW = 160, 512
_STEP = round(spec.SAMPLE_RATE / HZ)


def loudness(audio: Array) -> Array:
    """Level of the last two seconds of 16 kHz sound, (m,) dB; row i ends (i + 1) / HZ s in."""
    powers = np.square(_whole(audio), dtype=np.float64).reshape(-1, _STEP).mean(1)
    level = 10 * np.log10(_last_mean(powers, HZ) + 1e-10)
    return np.maximum(level, level.max(initial=-100.0) - RANGE_DB)


def density(audio: Array) -> Array:
    """Onsets a second in the last two seconds of 16 kHz sound, (m,), in the rows of `loudness`."""
    import aubio

    hear = aubio.onset(  # pyright: ignore[reportAttributeAccessIssue]
        "specflux", ONSET_WINDOW, HOP, spec.SAMPLE_RATE
    )
    hops = np.ascontiguousarray(_whole(audio), np.float32).reshape(-1, HOP)
    heard = np.array([float(hear(hop)[0] > 0) for hop in hops])
    return _last_mean(heard.reshape(-1, _STEP // HOP).sum(1) * HZ, HZ)


def energy_response(poses: Array, start_s: float, loud: Array, dense: Array) -> float:
    """Correlation of the body's speed with the energy of the music; 0 where either never changes.

    The first pose is at `start_s` of the music, whose whole `loudness` and `density` are given.
    """
    moved = _last_mean(body.speed(poses), body.HZ)
    ends = np.arange(start_s + WINDOW_S, start_s + len(poses) / body.HZ, 1 / HZ)
    rows = np.round(ends * HZ).astype(int) - 1
    ends, rows = ends[rows < len(loud)], rows[rows < len(loud)]
    if not len(rows):
        return 0.0
    moved = np.interp(ends - start_s, np.arange(len(moved)) / body.HZ, moved)
    energy = _standardised(loud[rows]) + _standardised(dense[rows])
    return float(np.mean(_standardised(moved) * _standardised(energy)))


def drop_answer(poses: Array, drops: Array, beat_s: float, beats_per_bar: int) -> float:
    """Mean over drops of the speed in the beat after one to that in the two bars before it.

    `drops` are s from the first pose. 1: no answer; NaN when none lies within the dance.
    """
    pace = body.speed(poses) + LEAST_SPEED
    before = DROP_BARS * beats_per_bar * beat_s
    found: list[float] = []
    for drop in drops:
        first, at, last = (round(s * body.HZ) for s in (drop - before, drop, drop + beat_s))
        if 0 <= first < at < last <= len(pace):
            found.append(float(pace[at:last].mean() / pace[first:at].mean()))
    return float(np.mean(found)) if found else float("nan")


def _whole(audio: Array) -> Array:
    return audio[: len(audio) // _STEP * _STEP]


def _last_mean(values: Array, hz: float) -> Array:
    """Mean of each value and of those within WINDOW_S before it, as far as there are."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - round(WINDOW_S * hz))
    return (sums[ends] - sums[starts]) / (ends - starts)


def _standardised(values: Array) -> Array:
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 1e-9 else np.zeros(len(values))
