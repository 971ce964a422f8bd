"""What the keys ask for, and what they have set until the show says so itself. Qt thread."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from live.controls.entries import Value
from live.controls.quantise import AT_ONCE
from live.core.messages import Meters

KEY_COUNTS_S = 1.0  # what a key has set, before the show's account of it counts again


class Hand:
    """`press` does what a key is for; the flags are what is set by now."""

    def __init__(
        self,
        ask: Callable[[str, Any], object],
        changed: Callable[[], None],
        here: Mapping[str, Callable[[Any], object]],
    ) -> None:
        """`ask` sets a control by its name and value, `here` are those that the windows do.

        `changed` follows each change of a flag.
        """
        self.is_black = self.is_frozen = self.is_mirrored = False
        self._ask, self._changed, self._here = ask, changed, here
        self.is_fading = False  # black comes by and by, with the pictures
        self._is_waiting = False  # for a beat or a bar, what is then not seen at once
        self._counts_until = 0.0
        self._frozen_at = 0.0  # host time

    def press(self, control: str, value: Value | None) -> None:
        """A key was pressed for this control and value, as live.controls.keys has them."""
        if control in self._here:
            self._here[control](value)
        elif control == "blackout":
            self.is_black = not self.is_black
            self._set(control, self.is_black)
        elif control == "freeze" and not self._is_waiting:
            self.is_frozen = not self.is_frozen
            self._frozen_at = time.perf_counter()
            self._set(control, self.is_frozen)
        elif control == "mirror" and not self._is_waiting:
            self.is_mirrored = not self.is_mirrored
            self._set(control, self.is_mirrored)
        else:
            self._ask(control, value)

    def is_still(self, now: float) -> bool:
        """Whether the picture of now stays: frozen, though a fade to black would be seen.

        Pictures that were on their way show the dance, those that come later the frozen pose.
        """
        return self.is_frozen and not (self.is_fading and now >= self._frozen_at + KEY_COUNTS_S)

    def believe(self, meters: Meters, now: float) -> None:
        """What the show says is set, unless a key has just set it otherwise."""
        self._is_waiting = meters.quantise != AT_ONCE
        self.is_fading = meters.fade > 0
        if now < self._counts_until:
            return
        told = (meters.blackout, meters.frozen, meters.mirror)
        if told != (self.is_black, self.is_frozen, self.is_mirrored):
            if told[1] and not self.is_frozen:
                self._frozen_at = now
            self.is_black, self.is_frozen, self.is_mirrored = told
            self._changed()

    def _set(self, control: str, is_on: bool) -> None:
        """Seen before the show's account of it."""
        self._counts_until = time.perf_counter() + KEY_COUNTS_S
        self._changed()
        self._ask(control, is_on)
