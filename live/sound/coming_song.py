"""The next song that can be played, opened and begun on a thread of its own before it is needed.

All songs of a list have one form: 48 kHz, two channels.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from live.sound.file_reader import SoundFileReader
from live.sound.resampled import resampled
from live.sound.source import SourceError
from models.types import Array

LIST_RATE, LIST_CHANNELS = 48_000, 2


class OpenSong(NamedTuple):
    """A song whose first seconds are decoded."""

    place: int  # in the list, from 0
    path: Path
    start: float  # from which second on it is played
    length: float  # s; 0 = unknown
    head: Array  # float32 (n, 2)
    rest: Iterator[Array]  # what follows
    is_whole: bool  # nothing does


class ComingSong:
    """Opens the first of the songs `indices` that can be played; the others are told."""

    def __init__(
        self,
        songs: Sequence[Path],
        indices: Iterable[int],
        head_s: float,
        tell: Callable[[str], None],
        start: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`start` is asked once: the second from which the first of them is played."""
        self._songs, self._indices = songs, indices
        self._n_head, self._tell, self._start = round(head_s * LIST_RATE), tell, start
        self._song: OpenSong | None = None
        self._ready = threading.Event()
        threading.Thread(target=self._open_one, name="next song", daemon=True).start()

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set()

    @property
    def path(self) -> Path | None:
        """Once it is known which one it is."""
        return self._song.path if self._song else None

    def wait(self) -> OpenSong | None:
        """None where no song is left that can be played."""
        self._ready.wait()
        return self._song

    def _open_one(self) -> None:
        try:
            start = self._start
            for index in self._indices:
                try:
                    self._song = self._open(index, start())
                except SourceError as error:
                    self._tell(f"{str(error).rpartition(': ')[0]}: it is left out.")
                start = float  # 0.0 for all others
                if self._song is not None:
                    return
        finally:
            self._ready.set()

    def _open(self, index: int, start: float) -> OpenSong | None:
        """None behind its end. Raises SourceError."""
        path = self._songs[index]
        reader = SoundFileReader(path)
        pieces = (_two(piece) for piece in reader.pieces(start))
        if reader.rate != LIST_RATE:
            pieces = _clipped(resampled(pieces, reader.rate, LIST_RATE, LIST_CHANNELS))
        head: list[Array] = []
        n = 0
        while n < self._n_head and (piece := next(pieces, None)) is not None:
            head.append(piece)
            n += len(piece)
        if not n:
            return None
        whole = np.concatenate(head)
        following = next(pieces, None)
        rest = pieces if following is None else chain([following], pieces)
        return OpenSong(index, path, start, reader.duration, whole, rest, following is None)


def _two(piece: Array) -> Array:
    return np.repeat(piece, 2, axis=1) if piece.shape[1] == 1 else piece


def _clipped(pieces: Iterator[Array]) -> Iterator[Array]:
    """What a filter adds beyond full scale is cut off; empty pieces are left out."""
    return (np.clip(piece, -1.0, 1.0) for piece in pieces if len(piece))
