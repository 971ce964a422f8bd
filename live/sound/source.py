"""What a source of sound is: the contract of microphone and players, and their one error."""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from live.core.messages import AudioBlock, Song

BLOCK_SECONDS = 0.01  # sound to callback in 17 ms; with 0.1 s blocks it is 114 ms

Put = Callable[[AudioBlock], None]


class SourceError(Exception):
    """The input cannot be used; says in one sentence what is wrong and what to do."""


class Songs(Protocol):
    """The songs of a list that is played; all may be asked by any thread."""

    tell: Callable[[str], None]  # of songs that are left out

    @property
    def names(self) -> tuple[str, ...]:
        """Of all songs, in their order."""
        ...

    def at(self, time: float) -> Song | None:
        """The song at media time `time`, known a little ahead of it; None before there is one."""
        ...

    def change(self, by: int) -> None:
        """Go to the song `by` places further on in the list, as soon as it is there."""
        ...


class Source(Protocol):
    """Sound until it ends or is stopped; the blocks come on a thread of the source's own."""

    name: str
    microphone: str  # the device that hears; "" when the program makes the sound itself
    rate: int  # Hz
    channels: int
    status: str  # plain words for the performer
    sound: bool  # False while the device is lost or muted
    finished: threading.Event  # the sound is over
    duration: float  # s; 0 = unknown or endless

    @property
    def songs(self) -> Songs | None:
        """Those of a list; None = it plays none."""
        ...

    @property
    def loudspeaker(self) -> str:
        """The device that is played through; "" when nothing is."""
        ...

    @property
    def restarts(self) -> int:
        """Times that a lost device was taken back."""
        ...

    @property
    def overflows(self) -> int:
        """Blocks or device buffers that were lost."""
        ...

    def start(self, put: Put) -> None:
        """Begin; `put` is called with every AudioBlock and must return at once."""
        ...

    def blocks(self) -> Iterator[AudioBlock]:
        """The whole sound as fast as it can be had; SourceError from what only sounds live."""
        ...

    def stop(self) -> None:
        """End; returns within two seconds whatever the device does."""
        ...
