"""One song into the next at equal power, and never louder than either may be. Pure.

Equal power sums two songs as loud as one, but may sum two peaks to 3 dB above full scale. So the
sum is turned down in the middle of the fade, smoothly and by no more than its own peaks need.
"""

from collections.abc import Iterator

import numpy as np

from models.types import Array

BLOCK = 24_000  # samples that are mixed at a time: a long fade takes no more memory


def crossfade(out: Array, into: Array) -> Iterator[Array]:
    """`out` and `into`, float32 (n, channels) in -1..1, mixed: pieces of (<= BLOCK, channels)."""
    n = len(out)
    starts = range(0, n, BLOCK)
    share = max((_needed(*_mixed(out, into, start)) for start in starts), default=0.0)
    for start in starts:
        mixed, weights = _mixed(out, into, start)
        yield np.clip(mixed / (1.0 + share * (weights - 1.0)), -1.0, 1.0).astype(np.float32)


def _mixed(out: Array, into: Array, start: int) -> tuple[Array, Array]:
    """The plain sum of a block, and what both weights add up to (n, 1), 1..sqrt(2)."""
    end = min(len(out), start + BLOCK)
    angle = 0.5 * np.pi * (np.arange(start, end)[:, None] + 0.5) / len(out)
    falling, rising = np.cos(angle), np.sin(angle)
    return falling * out[start:end] + rising * into[start:end], falling + rising


def _needed(mixed: Array, weights: Array) -> float:
    """0..1: how much of the weights' excess has to go, so that no sample is beyond 1.

    At 1 the weights add up to 1 throughout, where nothing can be.
    """
    over = np.maximum(np.abs(mixed).max(1, keepdims=True) - 1.0, 0.0)
    return float(np.clip(over / np.maximum(weights - 1.0, 1e-9), 0.0, 1.0).max(initial=0.0))
