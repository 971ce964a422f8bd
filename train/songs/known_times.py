"""Times that are known of a piece of music: `NAME.beats.txt` beside it, s, one a line."""

from pathlib import Path

import numpy as np

from models.types import Array
from train.songs.song import DataError


def times_beside(music: Path, what: str) -> Array:
    """The times (s) of `what` ("beats", "drops"); none where nobody wrote them down.

    Raises DataError when they cannot be read.
    """
    path = music.with_name(f"{music.stem}.{what}.txt")
    if not path.is_file():
        return np.zeros(0)
    try:
        times = np.array([float(line) for line in path.read_text(encoding="utf-8").split()])
    except (OSError, ValueError) as error:
        raise DataError(f"{path} must hold times in seconds, one a line ({error}).") from error
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise DataError(f"{path} must hold times in seconds, one a line, each after the last.")
    return times
