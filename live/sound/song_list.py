"""Songs one after another as one stream: gaps or crossfades, around again, changed by hand.

`pieces` runs on the decoder's thread, a second ahead of what is heard. It holds back the end of
what is decoded, so that where a song begins is known before it is heard, and so that it can be
faded out when it is over or the performer wants another.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from live.core.messages import Song
from live.sound.coming_song import LIST_CHANNELS, LIST_RATE, ComingSong, OpenSong
from live.sound.crossfade import crossfade
from live.sound.playlist import Tell
from live.sound.source import SourceError
from models.types import Array

HOLD_S = 1.0  # how long before it is given out a song's beginning is known
CUT_S = 0.3  # of the fade where the performer changes the song and none is asked for
SHORTEST_ROUND_S = 1.0  # a list that lasts less is not played again and again
PIECE = LIST_RATE // 2  # samples that are given out at a time
MOST_KEPT = 100  # songs whose beginning is remembered: the newest
NOTHING = np.zeros((0, LIST_CHANNELS), np.float32)
log = logging.getLogger(__name__)


class Order(NamedTuple):
    """How the songs follow one another."""

    gap: float = 0.0  # s of silence between two
    crossfade: float = 0.0  # s
    loop: bool = False


USUAL = Order()


class SongList:
    """See live.sound.source.Songs. `pieces` gives the sound, float32 (n, 2) at 48 kHz, in -1..1."""

    def __init__(
        self,
        songs: Sequence[Path],
        order: Order = USUAL,
        first: int = 0,
        start: Callable[[], float] = lambda: 0.0,
        tell: Tell = log.warning,
    ) -> None:
        """`first` is the place of the first song, from 0; `start` the second it is played from.

        Raises SourceError where no song can be played.
        """
        self.tell = tell
        self._songs, self._order = tuple(songs), order
        self._fade = round(order.crossfade * LIST_RATE)
        self._first, self._start = first, start
        self._coming: ComingSong | None = None
        self._wanted = 0  # songs further on
        self._wished: int | None = None  # the place that was wished for, while it is not opened
        self._lock = threading.Lock()  # of the last
        self._n_out = self._round_began = 0  # samples given out
        self._opened: OpenSong | None = self._open_first()
        self._begun = (self._song(self._opened, 1),)  # replaced whole: read by any thread

    @property
    def names(self) -> tuple[str, ...]:
        """See Songs."""
        return tuple(printable(path) for path in self._songs)

    def at(self, time: float) -> Song | None:
        """The song at media time `time`; before the first one that is the first."""
        begun, coming = self._begun, self._coming
        for place in range(len(begun) - 1, -1, -1):
            if begun[place].heard_from <= time or not place:
                after = begun[place + 1].name if place + 1 < len(begun) else _name(coming)
                return replace(begun[place], next=after)
        return None

    def change(self, by: int) -> None:
        """See Songs. Before the first there is nothing, and behind the last only with `loop`."""
        with self._lock:
            self._wanted += by

    def pieces(self) -> Iterator[Array]:
        """The whole list, anew."""
        song, self._opened = self._opened or self._open_first(), None
        self._n_out = self._round_began = 0
        self._begun = (self._song(song, 1),)
        held = Held(song.head)
        while True:
            following, is_cut = yield from self._play(song, held)
            if following is None:
                break
            self._coming = None
            held = yield from self._join(held, following, is_cut)
            song = following
        yield from self._give(held.all())

    def _play(
        self, song: OpenSong, held: "Held"
    ) -> Generator[Array, None, tuple[OpenSong | None, bool]]:
        """Up to what is held back of it; gives the song after it, and whether that was wished."""
        self._coming, self._wished = self._open_from(song.place + 1), None
        hold = self._fade + round(HOLD_S * LIST_RATE)
        for piece in chain([NOTHING], song.rest):
            for oldest in held.add(piece, hold):
                yield from self._give([oldest])
                if wished := self._wish(song):
                    return wished, True
        following = self._coming.wait()
        if following and following.place <= song.place and self._wished is None:
            round_s = (self._n_out + held.n - self._round_began) / LIST_RATE
            self._round_began = self._n_out + held.n
            if round_s < SHORTEST_ROUND_S:
                self.tell(f"All songs together last {round_s:.2f} s: they are played once.")
                return None, False
        return following, False

    def _wish(self, song: OpenSong) -> OpenSong | None:
        """The song that the performer wants instead of this one, once it is opened."""
        with self._lock:
            by, self._wanted = self._wanted, 0
        if by:
            index = (song.place if self._wished is None else self._wished) + by
            if self._order.loop or index < len(self._songs):
                self._wished = index if self._order.loop else max(0, index)
                self._coming = self._open_from(self._wished)
        if self._wished is None or self._coming is None or not self._coming.is_ready:
            return None
        wished = self._coming.wait()
        if wished is None:  # all from there on are broken: this one goes on
            self._wished = None
        return wished

    def _join(self, held: "Held", song: OpenSong, is_cut: bool) -> Generator[Array, None, "Held"]:
        """From what is held into the next song; gives what is left of its head."""
        out, into = held.whole(), song.head
        most = len(into) // 2 if song.is_whole else len(into)  # its other half is to fade out
        fade = self._fade or (round(CUT_S * LIST_RATE) if is_cut else 0)
        n_fade = min(fade, len(out), most)
        if is_cut:
            out = out[:n_fade]
        n_gap = 0 if fade else round(self._order.gap * LIST_RATE)
        first = self._n_out + len(out) - n_fade + n_gap
        begun = self._song(song, self._begun[-1].count + 1, first, n_fade)
        self._begun = (*self._begun[-MOST_KEPT:], begun)
        yield from self._give(_cut(out[: len(out) - n_fade]))
        yield from self._give(crossfade(out[len(out) - n_fade :], into[:n_fade]))
        yield from self._give(_silence(n_gap))
        return Held(into[n_fade:])

    def _give(self, pieces: Iterable[Array]) -> Iterator[Array]:
        for piece in pieces:
            self._n_out += len(piece)
            yield piece

    def _song(self, song: OpenSong, count: int, first_sample: int = 0, n_fade: int = 0) -> Song:
        heard_from = first_sample / LIST_RATE
        path = self._songs[song.place]
        return Song(
            count=count,
            number=song.place + 1,
            of=len(self._songs),
            name=printable(path),
            file=str(path),
            begin=heard_from - song.start,
            heard_from=heard_from,
            turn=heard_from + n_fade / LIST_RATE / 2,
            length=song.length,
        )

    def _open_first(self) -> OpenSong:
        """Raises SourceError where no song can be played."""
        opened = self._open_from(self._first, self._start).wait()
        if opened is None:
            raise SourceError(f"None of {len(self._songs)} songs can be played: choose others.")
        return opened

    def _open_from(self, index: int, start: Callable[[], float] = lambda: 0.0) -> ComingSong:
        """The song of this index, or the first behind it that can be played."""
        n = len(self._songs)
        indices = [i % n for i in range(index, index + n)] if self._order.loop else range(index, n)
        head_s = 2 * max(self._order.crossfade, CUT_S)
        return ComingSong(self._songs, indices, head_s, self._told, start)

    def _told(self, text: str) -> None:
        self.tell(text)


class Held:
    """The newest samples of a song, not yet given out."""

    def __init__(self, samples: Array = NOTHING) -> None:
        self._pieces = deque(_cut(samples) if len(samples) else [samples])
        self.n = len(samples)

    def add(self, piece: Array, hold: int) -> Iterator[Array]:
        """Gives the oldest, as far as `hold` samples stay."""
        self._pieces.append(piece)
        self.n += len(piece)
        while self.n - len(self._pieces[0]) >= hold:
            oldest = self._pieces.popleft()
            self.n -= len(oldest)
            if len(oldest):
                yield oldest

    def whole(self) -> Array:
        """All of it in one."""
        return np.concatenate(self._pieces)

    def all(self) -> Iterator[Array]:
        """All of it, in pieces."""
        yield from self._pieces


def printable(path: Path) -> str:
    """The name of a song, also one that is no UTF-8."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def _name(coming: ComingSong | None) -> str:
    return printable(coming.path) if coming and coming.path else ""


def _cut(samples: Array) -> Iterator[Array]:
    for start in range(0, len(samples), PIECE):
        yield samples[start : start + PIECE]


def _silence(n: int) -> Iterator[Array]:
    for start in range(0, n, PIECE):
        yield np.zeros((min(PIECE, n - start), LIST_CHANNELS), np.float32)
