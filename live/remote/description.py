"""The table of controls as JSON, from which the page makes itself. Pure."""

import math
from collections.abc import Sequence
from typing import Any

from live.controls.entries import Choice, Control, Name, Number, NumberOrZero, Switch, Trigger
from live.controls.layout import AT_TOUCH, grouped
from live.controls.table import CONTROLS

STEPS = 100  # of a fader, or up to ten times as many
_KINDS: tuple[tuple[type[Control], str], ...] = (
    (Switch, "switch"),
    (Trigger, "trigger"),
    (Number, "number"),
    (Choice, "choice"),
    (Name, "name"),
)


def settable(controls: Sequence[Control] = CONTROLS) -> list[Control]:
    """Those that have a place on the page."""
    return [control for control in controls if _kind(control)]


def lists(controls: Sequence[Control] = CONTROLS) -> list[str]:
    """The questions that tell which names may be chosen."""
    return list(dict.fromkeys(c.among for c in controls if isinstance(c, Choice)))


def described(controls: Sequence[Control] = CONTROLS) -> list[dict[str, Any]]:
    """Groups in their order: {"name", "controls": [...]}, each control with all that it needs."""
    there = {control.name: control for control in settable(controls)}
    return [
        {"name": name, "controls": [_described(there[one]) for one in ones]}
        for name, ones in grouped(there).items()
    ]


def _kind(control: Control) -> str:
    return next((kind for of, kind in _KINDS if isinstance(control, of)), "")


def _described(control: Control) -> dict[str, Any]:
    told = {
        "name": control.name,
        "label": control.name.replace("_", " "),
        "kind": _kind(control),
        "help": control.meaning,
        "isTold": control.is_told,
    }
    if isinstance(control, Number):
        return told | {
            "kind": "steps" if control.adds else "number",
            "low": control.low,
            "high": control.high,
            "step": control.adds or _step(control),
            "unit": control.unit,
            "default": control.default,
            "zero": control.zero if isinstance(control, NumberOrZero) else "",
        }
    if isinstance(control, Choice):
        return (
            told
            | {"among": control.among, "besides": control.besides}
            | {"takesAway": control.takes_away}
        )
    if isinstance(control, Name):
        example = str(control.example[0]) if control.example else ""
        return (
            told
            | {"longest": control.longest, "verb": control.verb, "example": example}
            | {"mayBeEmpty": control.may_be_empty}
        )
    return told | {"atTouch": control.name in AT_TOUCH}


def _step(control: Number) -> float:
    """Of a fader: a power of ten."""
    if control.is_whole:
        return 1.0
    return 10.0 ** math.floor(math.log10((control.high - control.low) / STEPS))
