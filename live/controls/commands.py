"""A control by name and value -> commands. Pure; keys and every protocol use it."""

import difflib
from typing import Any

from live.controls.entries import Choice, Control, Read, Switch, Trigger
from live.controls.table import CONTROLS
from live.core.messages import Command
from models.fields import in_brief

BY_NAME: dict[str, Control] = {one.name: one for control in CONTROLS for one in control.each()}


def command_for(name: str, value: Any, read: Read, arrived_at: float) -> list[Command] | None:
    """What is to be done; [] = nothing, None = not understood.

    `value` is a number, bool or text; None = none, a trigger. `arrived_at`: host time.
    """
    control = BY_NAME.get(name)
    return None if control is None else control.commands(value, read, arrived_at)


def is_set(name: str) -> bool:
    """Whether there is such a control, and it is more than a question."""
    return name in BY_NAME and type(BY_NAME[name]) is not Control


def refusal(name: str, value: Any, read: Read) -> str:
    """One sentence to the performer on what `command_for` does not understand."""
    control = BY_NAME.get(name)
    if control is None:
        near = difflib.get_close_matches(name, BY_NAME, 1)
        meant = f": did you mean {near[0]}?" if near else "."
        return f"There is no control {in_brief(name)}{meant}"
    match control:
        case Choice():
            known = ", ".join(control.names(read)) or "none now"
            takes = f"there are: {known}"
        case Switch():
            takes = "it is on (1) or off (0)"
        case Trigger():
            takes = "it takes no value"
        case _:
            takes = f"it takes {control.range or control.takes}".replace("`", "")
    return f"{name} cannot be {in_brief(value)}; {takes}."
