"""Songs made here for lists: noise of any rate and number of channels, and what is no song."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from seeds import rng_of

from live.core.messages import Song

Samples = NDArray[np.float32]


def write(path: Path, samples: Samples, rate: int = 48_000) -> Path:
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


def noise(path: Path, seconds: float, rate: int = 48_000, channels: int = 2, seed: int = 1) -> Path:
    n = round(seconds * rate)
    return write(path, rng_of(seed).normal(0, 0.1, (n, channels)).astype(np.float32), rate)


def level(path: Path, seconds: float, height: float, rate: int = 48_000) -> Path:
    """A song that is one number all the time."""
    return write(path, np.full((round(seconds * rate), 2), height, np.float32), rate)


def broken(path: Path) -> Path:
    path.write_bytes(b"this is no sound" * 100)
    return path


class Told:
    """Songs that begin when a test says: (media time, name), in this order."""

    def __init__(self, *begun: tuple[float, str], length: float = 60.0) -> None:
        self.songs = [
            Song(i + 1, i + 1, len(begun), name, name, at, at, at, length)
            for i, (at, name) in enumerate(begun)
        ]
        self.tell = print
        self.names = tuple(name for _, name in begun)

    def at(self, time: float) -> Song | None:
        return next((song for song in reversed(self.songs) if song.heard_from <= time), None)

    def change(self, by: int) -> None:
        raise AssertionError
