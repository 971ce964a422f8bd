"""What a dialect of OSC is: the dancer and the beat -> datagrams. Pure; the caller sends them."""

from collections.abc import Sequence
from typing import NamedTuple

from live.core.messages import Beat
from models.types import Array

MOST_COUNT = 0x7FFFFFFF  # of 32 bits; a count begins at 0 again after it


class StagePose(NamedTuple):
    """What leaves with one pose."""

    number: int
    seconds: float  # since the start, also over a crash
    joints: Array  # (18, 2), 0..1 of the stage screen
    beat: Beat | None
    media_time: float  # of the beat's clock
    others: Sequence[Array] = ()  # the joints of each dancer beside the first, (18, 2)


class Encoder:
    """A dialect that says nothing; each says what it has words for.

    All methods give datagrams in the order in which they leave, and raise NotFiniteError for a
    number that is not finite. `time_tag`: system time, s, of what leaves as a bundle; None = at
    once.
    """

    def resize(self, picture_size: tuple[int, int]) -> None:
        """The stage screen has another size, (W, H) px."""

    def begin(self) -> list[bytes]:
        """Before the first pose."""
        return []

    def pose(self, pose: StagePose, time_tag: float | None = None) -> list[bytes]:
        """The dancers."""
        return []

    def beat(self, count: int, bpm: float, time_tag: float | None = None) -> list[bytes]:
        """The event on the beat."""
        return []

    def bar(self, count: int, beats_per_bar: int, time_tag: float | None = None) -> list[bytes]:
        """The event on the first beat of a bar."""
        return []

    def status(self, target: str, fps: float, latency_ms: float, sound: bool) -> list[bytes]:
        """Once a second."""
        return []

    def song(self, name: str, number: int, seconds: float, length: float) -> list[bytes]:
        """Once a second, and when another one begins: the song of a list."""
        return []

    def info(self, width: int, height: int) -> list[bytes]:
        """Once a second: the size of the stage screen, px."""
        return []

    def end(self) -> list[bytes]:
        """After the last pose."""
        return []
