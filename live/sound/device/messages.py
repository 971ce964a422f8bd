"""What goes between the program that has a sound device open and the one that uses it: two pipes.

First an answer, one line of JSON. Then of an input blocks, of an output what became of each block
that it was sent. Host times are of `time.perf_counter`, which all processes of a computer share.
"""

from struct import Struct
from typing import BinaryIO, Protocol

ANSWER, REFUSED, MISSING = "answer", "refused", "missing"  # the one key of an answer
HANGS = "the sound driver does not answer"  # why it is refused

CAPTURED = Struct("<dq?")  # host time, samples of this capture before it, overflow; float32 follow
SENT = Struct("<qi")  # number, samples; that many float32 for each channel follow
ASKED = Struct("<ddq?")  # host time, s until it is heard, number of what was taken, underflow

END, FORGET = -1, -2  # instead of samples: the music is over; play nothing that was sent before
NONE = -1  # instead of a number: there was nothing to take


class Pipe(Protocol):
    """The end that is read; less comes only at the end of all."""

    def read(self, n: int, /) -> bytes: ...

    def readinto(self, buffer: memoryview, /) -> int: ...


def next_of(kind: Struct, pipe: Pipe | BinaryIO) -> tuple[float, ...] | None:
    """The fields of the next message; None at the end of all."""
    told = pipe.read(kind.size)
    return kind.unpack(told) if len(told) == kind.size else None
