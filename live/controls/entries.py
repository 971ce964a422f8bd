"""Kinds of controls: what each takes, and the commands that a value of it becomes. Pure.

Values are int, float, bool or str, whichever way they come, or a tuple where there are several;
None = no value, a trigger.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from live.core.messages import Command
from live.core.settings import MOST_DANCERS
from live.core.settings_file import LONGEST_KEPT

Value = int | float | bool | str
Read = Callable[[str], Any]  # the present value of a control by its name; None = unknown
NEXT, PREVIOUS = "next", "previous"  # of the names of a choice
ANY_DANCER = "<n>"  # in a name: one for each dancer, the first is 0
_FROM_HERE = re.compile(r"[+-]\d{1,6}(\.\d{1,6})?")


class Keys(NamedTuple):
    """One key of the window, or two that belong together."""

    values: dict[str, Value | None]  # Qt.Key without "Key_" -> the value that it sends
    help: str
    bar: str = ""  # the same in fewer words; "" = not on the bar


@dataclass(frozen=True, kw_only=True)
class Control:
    """What may be asked for; by itself only the answer to "?"."""

    name: str
    meaning: str
    example: tuple[Value, ...] = ("?",)
    default: Value | None = None
    is_told: bool = True  # "?" is answered with the present value
    keys: tuple[Keys, ...] = ()
    is_kept: bool = False  # over a crash
    waits: bool = False  # for the beat or bar line that `quantise` names
    lead: float = 0.0  # s, so much earlier than the picture the dance has to know of it
    tag = "s"  # the type that a program sends which knows only one
    takes = '"?"'  # for people

    @property
    def range(self) -> str:
        """Which values are understood, for people."""
        return ""

    def each(self) -> Iterator["Control"]:
        """Itself, or one for each dancer."""
        yield self

    def commands(self, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
        """[] = understood, nothing to do; None = not understood. `arrived_at`: host time."""
        return None


@dataclass(frozen=True, kw_only=True)
class Switch(Control):
    """On, off, or the other of the two."""

    make: Callable[[bool | None], Command]
    is_kept: bool = True
    tag = "T"
    takes = "i f T F, none"

    @property
    def range(self) -> str:
        return "0/1, none = toggle"

    def commands(self, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
        number = number_of(value)
        if number is None and value is not None:
            return None
        return [self.make(None if number is None else number != 0)]


@dataclass(frozen=True, kw_only=True)
class Trigger(Control):
    """Something that happens. A button sends 1 when pressed and 0 when let go, which is nothing."""

    make: Callable[[float], Command]  # of the host time at which the message arrived
    example: tuple[Value, ...] = ()
    is_told: bool = False
    tag = "I"
    takes = "none, I, i f T F"

    @property
    def range(self) -> str:
        return "0 = nothing"

    def commands(self, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
        number = number_of(value)
        if number is None and value is not None:
            return None
        return [self.make(arrived_at)] if number != 0 else []


@dataclass(frozen=True, kw_only=True)
class Number(Control):
    """A fader: what is beyond its ends is taken as the end."""

    make: Callable[[float], Command]
    low: float
    high: float
    unit: str = ""
    is_whole: bool = False  # 1, 2, 3 and nothing between
    adds: float = 0.0  # its values are added to what is set: one press; 0 = they are not
    is_kept: bool = True
    tag = "f"
    takes = "f i, s"

    @property
    def range(self) -> str:
        return range_text(self.low, self.high, self.unit)

    def commands(self, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
        number = self._asked(value, read)
        return None if number is None else [self.make(self.nearest(number))]

    def nearest(self, number: float) -> float:
        """The value that is set where this is asked for."""
        inside = min(self.high, max(self.low, number))
        return float(round(inside)) if self.is_whole else inside

    def _asked(self, value: Any, read: Read) -> float | None:
        """A number, or from the present value on where text begins with its sign: "+0.1"."""
        if not (isinstance(value, str) and _FROM_HERE.fullmatch(value)):
            return number_of(value)
        now = number_of(read(self.name))
        return None if now is None else now + float(value)


@dataclass(frozen=True, kw_only=True)
class NumberOrZero(Number):
    """0 means something by itself, so nothing beyond the ends is taken for an end."""

    zero: str  # what it means, in a word or two

    @property
    def range(self) -> str:
        return f"{super().range}, or 0"

    def commands(self, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
        number = self._asked(value, read)
        if number is None or not (number == 0 or self.low <= number <= self.high):
            return None
        return [self.make(number)]


@dataclass(frozen=True, kw_only=True)
class Choice(Control):
    """One of some names, which the question `among` tells."""

    choose: Callable[[Any, Read], Command | None]
    among: str
    values: str  # for people
    besides: tuple[str, ...] = ()  # names that are not told by `among`
    takes_away: bool = False  # what is chosen is gone, so all that there is, is shown
    is_kept: bool = True
    takes = "s i"

    @property
    def range(self) -> str:
        return f"{self.values}, `next`, `previous`" if self.is_told else self.values

    def names(self, read: Read) -> tuple[str, ...]:
        """All that may be chosen now."""
        return (*self.besides, *(read(self.among) or ()))

    def commands(self, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
        chosen = self.choose(value, read)
        return None if chosen is None else [chosen]


@dataclass(frozen=True, kw_only=True)
class Name(Control):
    """A name that is given to something, or another text."""

    make: Callable[[str], Command | None]  # None = not understood
    values: str = ""  # for people, where it is no name
    may_be_empty: bool = False
    longest: int = LONGEST_KEPT  # letters
    verb: str = "Set"  # on the button beside it
    is_told: bool = False
    takes = "s"

    @property
    def range(self) -> str:
        return self.values or f"{0 if self.may_be_empty else 1} to {self.longest} letters"

    def commands(self, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
        if not isinstance(value, str) or not value.isprintable():
            return None
        is_name = bool(value or self.may_be_empty) and len(value) <= self.longest
        command = self.make(value) if is_name else None
        return None if command is None else [command]


@dataclass(frozen=True, kw_only=True)
class Words(Control):
    """Several values at once, or the same as one text with spaces."""

    make: Callable[[Sequence[Any] | str], Command]  # raises ValueError
    is_told: bool = False
    takes = "s f, or one s"

    @property
    def range(self) -> str:
        return "number, shape, depth, rate; what is left out stays"

    def commands(self, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
        if not isinstance(value, str | tuple):
            return None
        try:
            return [self.make(value)]
        except ValueError:
            return None


@dataclass(frozen=True, kw_only=True)
class OfDancer(Words):
    """Several numbers of one dancer at once; ANY_DANCER in its name stands for who it is."""

    make: Callable[..., Command]  # of the values and the `dancer`; raises ValueError
    values: str  # for people
    tag = "fff"
    takes = "none, f i, or one s"

    @property
    def range(self) -> str:
        return self.values

    def each(self) -> Iterator[Control]:
        for dancer in range(MOST_DANCERS):
            name = self.name.replace(ANY_DANCER, str(dancer))
            yield replace(self, name=name, make=partial(self.make, dancer=dancer))

    def commands(self, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
        if value == ():
            return None
        of_all = () if value is None else value if isinstance(value, tuple | str) else (value,)
        return super().commands(of_all, read, arrived_at)


@dataclass(frozen=True, kw_only=True)
class Ping(Control):
    """Answered by the listener itself."""

    example: tuple[Value, ...] = (1,)
    is_told: bool = False
    tag = "i"
    takes = "none, or any one"


def number_of(value: Any) -> float | None:
    """A finite number, also of T and F; None for what is none."""
    if not isinstance(value, bool | int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # a file may say as many digits as it likes
        return None
    return number if math.isfinite(number) else None


def range_text(low: float | None, high: float | None, unit: str) -> str:
    """Such as "-40..40 dB", "from 0", "BPM" or ""."""
    if low is None:
        return unit
    text = f"from {low:g}" if high is None else f"{low:g}..{high:g}"
    return f"{text} {unit}".rstrip()
