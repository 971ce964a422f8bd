"""Which knob or key sets which control: the tables [midi.NAME] of the performer's settings file.

NAME is a control, or a control and the value that it is given: `energy`, `scene drop`.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from live.controls.commands import BY_NAME
from live.controls.entries import Choice, Control, Name, Number, Ping, Switch, Trigger
from live.core import settings_file
from live.midi.touch import CC, NOTE, Touch

log = logging.getLogger(__name__)

MIDI = "midi"  # the kind of these entries in the settings file
OFF = ""
RELATIVE = (OFF, "twos", "offset", "sign")  # how an endless encoder writes a step back
_NOT_BOUND = ("midi_learn", "midi_forget")
_CHANNEL, _MOMENTARY, _RELATIVE = "channel", "momentary", "relative"
_MOST = {CC: 119, NOTE: 127, _CHANNEL: 16}


class BindingError(ValueError):
    """What cannot be bound, in one sentence for the performer."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One knob or key."""

    name: str  # of the control, with the value where it always gives the same
    kind: str  # CC or NOTE
    number: int
    channel: int = 0  # 1..16; 0 = any
    momentary: bool = False  # a switch is on while it is pressed
    relative: str = OFF  # one of RELATIVE

    @property
    def control(self) -> Control:
        return BY_NAME[self.name.partition(" ")[0]]

    @property
    def value(self) -> str:
        """What it gives; "" = as it is turned or pressed."""
        return self.name.partition(" ")[2]

    def hears(self, touch: Touch) -> bool:
        """Whether it is this knob or key that was touched."""
        here = self.kind == touch.kind and self.number == touch.number
        return here and self.channel in (0, touch.channel)

    @property
    def told(self) -> str:
        """For people, as in "energy (cc 21, channel 1)"."""
        channel = f"channel {self.channel}" if self.channel else ""
        way = "momentary" if self.momentary else self.relative
        return (
            f"{self.name} ({', '.join(filter(None, (f'{self.kind} {self.number}', channel, way)))})"
        )

    @property
    def table(self) -> dict[str, int | bool | str]:
        """As it stands in the file."""
        told: dict[str, int | bool | str] = {self.kind: self.number}
        if self.channel:
            told[_CHANNEL] = self.channel
        if self.momentary:
            told[_MOMENTARY] = True
        if self.relative:
            told[_RELATIVE] = self.relative
        return told


def check_name(name: str, is_relative: bool = False) -> None:
    """Raises BindingError for what no knob and no key, or no encoder, could set."""
    control_name, _, value = name.partition(" ")
    control = BY_NAME.get(control_name)
    if control is None or control_name in _NOT_BOUND or isinstance(control, Ping):
        raise BindingError(f"There is no control {control_name!r} that MIDI could set.")
    if not isinstance(control, Switch | Trigger | Number | Choice | Name):
        raise BindingError(f"{control_name} can only be asked for, not set.")
    if not value and (
        isinstance(control, Name) or (isinstance(control, Choice) and not control.is_told)
    ):
        raise BindingError(f"{control_name} needs a name behind it: '{control_name} NAME'.")
    if not (value or is_relative) and isinstance(control, Number) and control.adds:
        raise BindingError(f"{control_name} adds up: say by how much, as in '{control_name} 10'.")


def bound(name: str, touch: Touch) -> Binding:
    """The binding of what was just touched. Raises BindingError where it is of no use."""
    return _fitting(Binding(name, touch.kind, touch.number, touch.channel))


def read_bindings() -> list[Binding]:
    """Those of the file; what is wrong is told and left out."""
    found: list[Binding] = []
    for name, table in settings_file.entries(MIDI).items():
        try:
            found.append(_checked(name, table))
        except BindingError as error:
            log.warning("midi.%s is left out: %s", name, error)
    return found


def _checked(name: str, table: Mapping[str, Any]) -> Binding:
    check_name(name, bool(table.get(_RELATIVE)))
    known = (CC, NOTE, _CHANNEL, _MOMENTARY, _RELATIVE)
    if strange := [key for key in table if key not in known]:
        raise BindingError(f"{strange[0]} is none of {', '.join(known)}.")
    kinds = [kind for kind in (CC, NOTE) if kind in table]
    if len(kinds) != 1:
        raise BindingError("it needs cc or note, and not both.")
    for key in (*kinds, *((_CHANNEL,) if _CHANNEL in table else ())):
        low = 1 if key == _CHANNEL else 0
        if type(table[key]) is not int or not low <= table[key] <= _MOST[key]:
            raise BindingError(f"{key} is a number from {low} to {_MOST[key]}.")
    momentary, relative = table.get(_MOMENTARY, False), table.get(_RELATIVE, OFF)
    if not isinstance(momentary, bool):
        raise BindingError("momentary is true or false.")
    if relative not in RELATIVE:
        raise BindingError(f"relative is one of {', '.join(RELATIVE[1:])}.")
    kind = kinds[0]
    channel = table.get(_CHANNEL, 0)
    return _fitting(Binding(name, kind, table[kind], channel, momentary, relative))


def _fitting(binding: Binding) -> Binding:
    is_fader = isinstance(binding.control, Number) and not binding.value
    if is_fader and binding.kind == NOTE:
        name = binding.control.name
        raise BindingError(f"a key cannot turn {name}: take a knob, or '{name} +0.1'.")
    return binding
