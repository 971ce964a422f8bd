"""One control message, by name and value -> commands. Pure; any protocol may use it."""

import math
from collections.abc import Callable
from typing import Any

from live.core.messages import (
    Blackout,
    ChangeLevel,
    ChooseStyle,
    Command,
    Freeze,
    Fullscreen,
    Mirror,
    Nudge,
    Reset,
    SetBpm,
    SetEnergy,
    SetGain,
    SetPhaseLock,
    SwitchTarget,
    Tap,
)
from live.core.settings import BPM_RANGE, METRES
from models.bundle import LONGEST_NAME, is_path

_SWITCHES = {
    "blackout": Blackout,
    "freeze": Freeze,
    "fullscreen": Fullscreen,
    "mirror": Mirror,
    "phase_lock": SetPhaseLock,
}
_NUMBERS = {  # what a number sets, and the least and the most that it may be
    "gain": (SetGain, -40.0, 40.0),
    "energy": (SetEnergy, -1.0, 1.0),
    "nudge": (Nudge, -500.0, 500.0),
}


def command_for(
    name: str, value: Any, read: Callable[[str], Any], arrived_at: float
) -> list[Command] | None:
    """One control message without its root -> commands; None when it is not understood.

    `value` is i, f, T/F or s; None = no argument, a trigger. `arrived_at`: host time.
    """
    if name == "target":
        return _choose_target(value, read)
    if name == "style":
        return _choose_style(value, read)
    number = _number(value)
    if value is not None and number is None:
        return None
    if name in _SWITCHES:
        return [_SWITCHES[name](None if number is None else number != 0)]
    trigger = _trigger(name, arrived_at)
    if trigger is not None:  # a button sends 1 when pressed and 0 when let go
        return [trigger] if number is None or number != 0 else []
    if number is None:
        return None
    if name in _NUMBERS:
        command, low, high = _NUMBERS[name]
        return [command(min(high, max(low, number)))]
    if name == "bpm":
        low, high = BPM_RANGE
        return [SetBpm(number)] if number == 0 or low <= number <= high else None
    return None


def _trigger(name: str, arrived_at: float) -> Command | None:
    match name:
        case "reset":
            return Reset()
        case "tap":
            return Tap(arrived_at)
        case "double":
            return ChangeLevel(2.0)
        case "half":
            return ChangeLevel(0.5)
        case _:
            return None


def _choose_target(value: Any, read: Callable[[str], Any]) -> list[Command] | None:
    if isinstance(value, str):  # a path would open any file of this computer to the network
        is_name = 0 < len(value) <= LONGEST_NAME and not is_path(value)
        return [SwitchTarget(value)] if is_name else None
    number = _number(value)
    names = read("targets") or ()
    if number is None or isinstance(value, bool) or not 0 <= number < len(names):
        return None
    return [SwitchTarget(str(names[int(number)]))]


def _choose_style(value: Any, read: Callable[[str], Any]) -> list[Command] | None:
    number = _number(value)
    name = value
    if number is not None:
        name = next((metre for metre, beats in METRES.items() if beats == number), None)
    if isinstance(name, str) and name in (*METRES, *(read("styles") or ())):
        return [ChooseStyle(name)]
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return float(value)
    return None
