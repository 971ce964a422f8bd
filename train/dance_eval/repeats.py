"""How a dance repeats itself: alike bars later, in the mirror, the same phrase on and on. Pure.

In come poses at 30/s in body heights (`body.in_heights`) and the beats of the music. Definitions
are in docs/metrics.md.
"""

import numpy as np

from models import skeleton
from models.types import Array
from train.dance_eval.body import HZ, hips
from train.songs.segments import sample

LAGS_BARS = (2, 4, 8)
PHRASE_BARS = 2  # eight counts in four
A_BEAT = 8  # poses
PAIRS = 4000
SAME = 0.45  # of random pairs: half of what is usual among real dancers (docs/metrics.md)
_NOTHING = 1e-9  # H: less than this apart is the same pose


def repeat_measures(body: Array, beats: Array, beats_per_bar: int) -> dict[str, float]:
    """`repeat_2` ... (1: like any two poses), `mirror_2` ... and `phrase_run`.

    `beats` are s from the first row. What the dance is too short for is left out.
    """
    poses = on_counts(body, beats)
    found: dict[str, float] = {}
    if not len(poses):
        return found
    for name, other in (("repeat", poses), ("mirror", skeleton.mirror(poses))):
        usual = _usual(poses, other)
        for bars in LAGS_BARS:
            lag = bars * beats_per_bar * A_BEAT
            if len(poses) >= 2 * lag:
                apart = _apart(poses[lag:], other[:-lag]).mean()
                found[f"{name}_{bars}"] = float(apart / usual)
    run = phrase_run(poses, PHRASE_BARS * beats_per_bar)
    return found | ({"phrase_run": float(run)} if run else {})


def on_counts(body: Array, beats: Array) -> Array:
    """The same dance by the beat: A_BEAT poses each, hips in the middle, (n, 18, 2)."""
    beats = beats[(beats >= 0) & (beats <= (len(body) - 1) / HZ)]
    if len(beats) < 2:
        return body[:0]
    counts = np.arange((len(beats) - 1) * A_BEAT) / A_BEAT
    rows = np.interp(counts, np.arange(len(beats)), beats) * HZ
    poses = sample(body, rows)
    poses[..., 0] -= hips(poses)[:, None, 0]
    return poses


def phrase_run(poses: Array, counts: int) -> int:
    """How often in a row the same phrase of so many counts is danced; 0 where there are no two.

    A phrase may begin on any beat; each of the run is like the one before it.
    """
    length = counts * A_BEAT
    if len(poses) < 2 * length:
        return 0
    apart = np.concatenate([[0.0], np.cumsum(_apart(poses[length:], poses[:-length]))])
    alike = (apart[length:] - apart[:-length]) / length < SAME * _usual(poses, poses)
    longest = 0
    for begin in range(0, min(length, len(alike)), A_BEAT):
        run = 0
        for same in alike[begin::length]:
            run = run + 1 if same else 0
            longest = max(longest, run)
    return longest + 1


def _usual(poses: Array, other: Array) -> float:
    """Mean distance of random pairs, H; a little even where all are the same."""
    pairs = np.random.default_rng(0).integers(0, len(poses), (2, PAIRS))
    return float(_apart(poses[pairs[0]], other[pairs[1]]).mean()) + _NOTHING


def _apart(a: Array, b: Array) -> Array:
    """Mean distance of the joints, row by row."""
    return np.linalg.norm(a - b, axis=-1).mean(-1)
