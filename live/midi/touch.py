"""MIDI bytes -> what a hand did or a clock said. Pure; what is neither is None."""

from enum import Enum
from typing import NamedTuple

CC, NOTE, PROGRAM = "cc", "note", "program"
_LAST_KNOB = 119  # controllers above it are commands to a synthesizer
_MOST = 127


class Touch(NamedTuple):
    """A knob, fader, key, pad or program button."""

    kind: str  # CC, NOTE or PROGRAM
    number: int  # 0..127
    channel: int  # 1..16
    value: int  # 0..127; of a note its velocity, 0 = let go; of a program 127


class Pulse(Enum):
    """What a clock says; a quarter note is 24 ticks."""

    TICK = 0xF8
    START = 0xFA
    CONTINUE = 0xFB
    STOP = 0xFC


class SongPosition(NamedTuple):
    """Where `CONTINUE` will go on."""

    sixteenths: int


Heard = Touch | Pulse | SongPosition
_PULSES = {pulse.value: pulse for pulse in Pulse}


def heard(data: bytes) -> Heard | None:
    """One whole message as it came; None for what means nothing here, or is damaged."""
    if not data:
        return None
    status, values = data[0], data[1:]
    if status in _PULSES:
        return _PULSES[status]
    if len(values) < 1 or max(values) > _MOST:
        return None
    if status == 0xF2 and len(values) > 1:
        return SongPosition(values[0] | values[1] << 7)
    kind, channel = status & 0xF0, (status & 0x0F) + 1
    if kind == 0xC0:
        return Touch(PROGRAM, values[0], channel, _MOST)
    if len(values) < 2:
        return None
    match kind:
        case 0x80:
            return Touch(NOTE, values[0], channel, 0)
        case 0x90:
            return Touch(NOTE, values[0], channel, values[1])
        case 0xB0 if values[0] <= _LAST_KNOB:
            return Touch(CC, values[0], channel, values[1])
        case _:
            return None
