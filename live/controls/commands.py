"""A control by name and value -> commands. Pure; keys and every protocol use it."""

from typing import Any

from live.controls.entries import Control, Read
from live.controls.table import CONTROLS
from live.core.messages import Command

BY_NAME: dict[str, Control] = {one.name: one for control in CONTROLS for one in control.each()}


def command_for(name: str, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
    """What is to be done; [] = nothing, None = not understood.

    `value` is a number, bool or text; None = none, a trigger. `arrived_at`: host time.
    """
    control = BY_NAME.get(name)
    return None if control is None else control.commands(value, read, arrived_at)
