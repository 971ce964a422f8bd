"""Kinds of entries of the table of OSC messages that leave. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from live.controls.entries import Value, range_text
from live.core.settings import MOST_DANCERS
from models.skeleton import JOINTS

ANY_JOINT = "<joint>"  # in a name: one message for each joint
ANY_OTHER = "<n>"  # one for each dancer beside the first, who is 0


@dataclass(frozen=True)
class Argument:
    """One value of a message that leaves."""

    tag: str  # OSC type: i, f or s
    name: str
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def range(self) -> str:
        """Such as "0..1" or "BPM"."""
        return range_text(self.low, self.high, self.unit)


@dataclass(frozen=True)
class Sent:
    """A message that leaves. `name` is below the root; in other dialects the whole address."""

    name: str
    arguments: tuple[Argument, ...]
    when: str
    meaning: str
    example: tuple[Value, ...]

    @property
    def types(self) -> str:
        """Its type tags, without the comma."""
        return "".join(argument.tag for argument in self.arguments)

    def names(self) -> Iterator[str]:
        """Its own name, or that of each joint of each dancer."""
        others = map(str, range(1, MOST_DANCERS)) if ANY_OTHER in self.name else ("",)
        joints = JOINTS if ANY_JOINT in self.name else ("",)
        for dancer in others:
            for joint in joints:
                yield self.name.replace(ANY_OTHER, dancer).replace(ANY_JOINT, joint)
