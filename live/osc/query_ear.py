"""One program that listens to values (LISTEN and IGNORE of OSCQuery). Pure."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from live.controls.entries import Choice, Value
from live.controls.table import CONTROLS
from live.osc.address import build_message
from live.osc.query_tree import Values, as_json
from live.osc.table import OUT

_SENT = {name: sent.types for sent in OUT for name in sent.names()}
_TOLD = {control.name: control.tag for control in CONTROLS if control.is_told}
_LISTS = {control.among for control in CONTROLS if isinstance(control, Choice)}  # to choose from


class Ear:
    """What it listens to and what it was told; bounded by the table of addresses."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._told: dict[str, Value | Sequence[Value] | None] = {}  # None = nothing so far

    @property
    def names(self) -> list[str]:
        """Of what is to be looked up: lists are told once, to look for targets takes 30 ms."""
        return [name for name, told in self._told.items() if name not in _LISTS or told is None]

    def hear(self, said: str | bytes) -> None:
        """A message of the program; what makes no sense changes nothing."""
        try:
            asked = json.loads(said)
            command, path = asked["COMMAND"], asked["DATA"]
            name = path.removeprefix(f"{self._root}/")
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
            return
        if name == path or name not in (_SENT.keys() | _TOLD.keys()):
            return
        if command == "LISTEN":
            self._told[name] = None
        elif command == "IGNORE":
            self._told.pop(name, None)

    def news(self, values: Values) -> Iterator[bytes]:
        """OSC messages of what is another value than it was told, as one by one is taken."""
        for name in self.names:
            value = values.get(name)
            if value is None or value == self._told.get(name, value):
                continue
            self._told[name] = value
            yield build_message(f"{self._root}/{name}", *_in_osc(name, value)).dgram


def _in_osc(name: str, value: Any) -> tuple[str, Sequence[Value]]:
    """Type tags and values."""
    if name in _SENT:
        return _SENT[name], value
    told = as_json(_TOLD[name], value)
    return ("F" if told is False else _TOLD[name]), [told]
