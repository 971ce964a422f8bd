"""The table of controls -> the rows of the control window's panel; alone it knows both."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from live.controls.entries import Choice, Control, Name, Number, NumberOrZero, Switch, Trigger
from live.controls.layout import grouped
from live.controls.table import CONTROLS
from live.window.panel_row import Kind, PanelRow

_KINDS: tuple[tuple[type[Control], Kind], ...] = (
    (Switch, "switch"),
    (Trigger, "trigger"),
    (Number, "number"),
    (Choice, "choice"),
    (Name, "name"),
)


def panel_rows(
    ask: Callable[[str, Any], object], read: Callable[[str], Any]
) -> tuple[PanelRow, ...]:
    """A row for each control that can be set, group by group.

    `ask` sets a control by its name and value, `read` tells what is set.
    """
    settable = {control.name: control for control in CONTROLS if _kind(control)}
    return tuple(
        _row(settable[name], group, ask, read)
        for group, names in grouped(settable).items()
        for name in names
    )


def _row(
    control: Control, group: str, ask: Callable[[str, Any], object], read: Callable[[str], Any]
) -> PanelRow:
    kind = _kind(control)
    assert kind is not None
    row = PanelRow(
        name=control.name,
        label=control.name.replace("_", " "),
        kind=kind,
        help=control.meaning,
        group=group,
        send=partial(ask, control.name),
        read=partial(read, control.name) if control.is_told else lambda: None,
    )
    if isinstance(control, Number):
        step = control.adds
        return replace(
            row,
            kind="step" if step else kind,
            low=control.low,
            high=control.high,
            step=step,
            is_whole=control.is_whole,
            unit=control.unit,
            default=float(control.default or 0.0),
            zero=control.zero if isinstance(control, NumberOrZero) else "",
        )
    if isinstance(control, Choice):
        choices = partial(control.names, read)
        return replace(row, choices=choices, takes_away=control.takes_away)
    if isinstance(control, Name):
        return replace(row, example=" ".join(map(str, control.example)))
    return row


def _kind(control: Control) -> Kind | None:
    for of, kind in _KINDS:
        if isinstance(control, of):
            return kind
    return None
