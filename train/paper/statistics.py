"""What a few songs can say of two dances: ratios with intervals, and exact chances.

Songs are what is drawn at random, not their segments: all here is of means of songs (S,).
"""

import numpy as np

from models.types import Array

RESAMPLES = 10_000
EXACT_SONGS = 44  # of more, the signs are too many to be counted
DRAWN_SIGNS = 100_000
_EQUAL = 1e-9  # of the largest sum: what is nearer counts as equal
_LEAST = 1e-12  # of a mean that is divided by: where all scores are 0 the ratio is no number


def by_song(scores: Array, song: Array) -> Array:
    """Mean of each song, in order; scores (..., P), number of the song (P,)."""
    return np.stack([scores[..., song == n].mean((*range(scores.ndim - 1), -1))
                     for n in np.unique(song)])  # fmt: skip


def sign_flips(apart: Array) -> float:
    """How likely differences (S,) are by chance this small, or smaller, in their sum.

    The share of all 2^S choices of their signs whose sum is not above the found one: an exact
    test (Fisher) that asks nothing of how the differences are spread. S songs give 1 / 2^S at
    least. Above 44 songs of drawn signs.
    """
    apart = np.asarray(apart, float)  # in float32 the sum is rounded beyond what counts as equal
    sizes = np.abs(apart)
    found = float(apart.sum()) + _EQUAL * max(float(sizes.sum()), 1e-300)
    if len(sizes) > EXACT_SONGS:
        signs = np.random.default_rng(0).choice((-1.0, 1.0), (DRAWN_SIGNS, len(sizes)))
        return float((1 + (signs @ sizes <= found).sum()) / (1 + DRAWN_SIGNS))
    one, other = (_sums(half) for half in np.array_split(sizes, 2))
    other.sort()
    below = np.searchsorted(other, found - one, side="right")
    return float(below.sum() / (len(one) * len(other)))


def _sums(sizes: Array) -> Array:
    """All sums with either sign, (2^n,)."""
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def interval(ours: Array, others: Array, seed: int = 0) -> dict[str, float]:
    """Ours over the others' as a ratio of means, with 95 % over resampled songs (bootstrap).

    `p` is how likely ours are so much smaller, song by song, by chance: `sign_flips`.
    """
    rows = _resampled(len(ours), seed)
    low, high = np.quantile(
        ours[rows].mean(1) / np.maximum(others[rows].mean(1), _LEAST), (0.025, 0.975)
    )
    return {
        "ratio": round(float(ours.mean() / max(others.mean(), _LEAST)), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "p": float(f"{sign_flips(ours - others):.3g}"),
    }


def ratio_of_ratios(
    ours: tuple[Array, Array], theirs: tuple[Array, Array], seed: int = 0
) -> dict[str, float]:
    """(ours[0] / ours[1]) over (theirs[0] / theirs[1]), all of the same songs, as `interval`.

    `p` is of the differences of the ratios' logarithms, song by song.
    """
    rows = _resampled(len(ours[0]), seed)

    def ratio(pair: tuple[Array, Array], rows: Array) -> Array:
        return np.maximum(pair[0][rows].mean(-1), _LEAST) / np.maximum(
            pair[1][rows].mean(-1), _LEAST
        )

    low, high = np.quantile(ratio(ours, rows) / ratio(theirs, rows), (0.025, 0.975))
    every = np.arange(len(ours[0]))
    logs = [np.log(np.maximum(pair[0], _LEAST) / np.maximum(pair[1], _LEAST))
            for pair in (ours, theirs)]  # fmt: skip
    return {
        "ratio": round(float(ratio(ours, every) / ratio(theirs, every)), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "p": float(f"{sign_flips(logs[0] - logs[1]):.3g}"),
    }


def _resampled(count: int, seed: int) -> Array:
    return np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))
