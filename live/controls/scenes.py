"""Scenes: some controls that are set together, by name."""

import logging
from collections.abc import Mapping
from typing import Any

from live.controls.commands import BY_NAME
from live.core import settings_file
from live.core.settings import MODULATED, MODULATIONS, WAITED_FOR
from live.core.settings_file import SCENES

log = logging.getLogger(__name__)

QUANTISE = "quantise"  # in a scene: what its own changes wait for
_FIRST = ("fade", "dance")  # set before the rest: a style may be that of the dance to come
# What is kept when a scene is made of what is set now: what is seen, not how it is heard.
KEPT = ("target", "background", "shadow", "scale", "x", "y", "fit", "dancers", "others", "places",
        "company", "canon", "dance", "style", "energy", "mirror", "blackout", "fade",
        *(f"{name}_{what}" for name in MODULATED for what in MODULATIONS))  # fmt: skip

Value = int | float | bool | str


class Scenes:
    """Those that ship and the performer's own."""

    def __init__(self) -> None:
        """What is wrong in the performer's file is told and left out."""
        self._scenes = {
            name: _checked(name, table) for name, table in settings_file.entries(SCENES).items()
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._scenes)

    def changes(self, name: str) -> list[tuple[str, Value]]:
        """The controls to set, in this order."""
        told = [one for one in self._scenes.get(name, {}).items() if one[0] != QUANTISE]
        return sorted(told, key=lambda one: one[0] not in _FIRST)

    def quantum(self, name: str) -> str | None:
        """What its changes wait for; None = what all wait for."""
        return self._scenes.get(name, {}).get(QUANTISE)

    def keep(self, name: str, values: Mapping[str, Any]) -> None:
        """Make a scene of what is set now, in the performer's file. Raises SettingsFileError."""
        scene = {control: values[control] for control in KEPT if control in values}
        settings_file.keep(SCENES, name, scene)
        self._scenes = {**self._scenes, name: scene}


def _checked(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Without what no control could take."""
    good: dict[str, Any] = {}
    for control, value in table.items():
        if control not in BY_NAME or control == "scene":
            log.warning("scene %s: there is no control %s, left out.", name, control)
        elif not isinstance(value, int | float | str):
            log.warning("scene %s: %s = %r is no value, left out.", name, control, value)
        elif control == QUANTISE and value not in WAITED_FOR:
            known = ", ".join(WAITED_FOR)
            log.warning("scene %s: quantise is one of %s, not %r.", name, known, value)
        else:
            good[control] = value
    return good
