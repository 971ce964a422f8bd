"""A stream of sound at another rate, in pieces. Pure."""

from collections.abc import Iterator

import numpy as np
import soxr

from models.types import Array


def resampled(pieces: Iterator[Array], rate: int, wanted: int, channels: int) -> Iterator[Array]:
    """float32 (n, channels) at `rate` -> the same at `wanted`, to its end."""
    stream = soxr.ResampleStream(rate, wanted, channels, dtype="float32", quality="HQ")
    for piece in pieces:
        yield stream.resample_chunk(piece)
    yield stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)
