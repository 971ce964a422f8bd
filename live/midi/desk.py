"""Touches of knobs and keys -> controls that are set; learning which belongs to which. Pure.

What a fader gives is kept until `flush`: the newest value alone is asked for.
"""

from collections.abc import Callable
from typing import Any

from live.controls.entries import Number, Read
from live.core import settings_file
from live.core.settings_file import SettingsFileError
from live.midi.bindings import MIDI, Binding, BindingError, bound, check_name
from live.midi.grip import Grip
from live.midi.touch import CC, PROGRAM, Touch

Ask = Callable[[str, Any, float], object]


class Desk:
    """For one thread. `learning` is the name that the next touch is bound to; "" = none."""

    def __init__(
        self,
        bindings: list[Binding],
        ask: Ask,
        read: Read,
        say: Callable[[str], None],
        news: Callable[[str], None] | None = None,
    ) -> None:
        """`ask` sets a control by name, value and host time; `say` takes sentences.

        `news` takes those of what went well; None = `say` does.
        """
        self._grips = [Grip(binding) for binding in bindings]
        self._ask, self._read, self._say, self._news = ask, read, say, news or say
        self._turned: dict[str, tuple[float, float]] = {}  # value and host time by control
        self.learning = ""

    def touch(self, touch: Touch, at: float) -> None:
        """A knob or key was touched at host time `at`."""
        if touch.kind == PROGRAM:
            self._ask("scene", touch.number, at)
            return
        if self.learning and (touch.kind == CC or touch.value):
            self._learn(touch)
            return
        for grip in self._grips:
            if not grip.binding.hears(touch):
                continue
            control = grip.binding.control
            for value in grip.values(touch, self._read, at):
                if isinstance(control, Number) and not (control.adds or grip.binding.value):
                    self._turned[control.name] = value, at
                else:
                    self._ask(control.name, value, at)

    def flush(self) -> None:
        """Ask for what faders gave since the last time."""
        turned, self._turned = self._turned, {}
        for name, (value, at) in turned.items():
            self._ask(name, value, at)

    # learning

    @property
    def bindings(self) -> tuple[str, ...]:
        """What sets what, a line each; for any thread."""
        return tuple(grip.binding.told for grip in list(self._grips))

    def learn(self, name: str) -> None:
        """Bind the next touch to this control; the same once more, or "", ends it."""
        name = " ".join(name.split())
        if not name or name == self.learning:
            if self.learning:
                self._news(f"MIDI: {self.learning} is not learned.")
            self.learning = ""
            return
        try:
            check_name(name)
        except BindingError as error:
            self._say(f"MIDI: {error}")
            return
        self.learning = name
        self._news(f"MIDI: touch a knob or key for {name}.")

    def _learn(self, touch: Touch) -> None:
        name = self.learning
        try:
            binding = bound(name, touch)
        except BindingError as error:
            self._say(f"MIDI: {error}")
            return
        self.learning = ""
        self._drop(name)
        self._grips.append(Grip(binding))
        what = f"{binding.kind} {binding.number} on channel {binding.channel}"
        try:
            path = settings_file.keep(MIDI, name, binding.table)
        except SettingsFileError as error:
            self._say(f"MIDI: {what} sets {name} in this show only: {error}")
            return
        self._news(f"MIDI: {what} sets {name} from now on; it is kept in {path}.")

    def forget(self, name: str) -> None:
        """Nothing sets this control any more, now and in the file."""
        name = " ".join(name.split())
        was_bound = self._drop(name)
        try:
            was_bound = settings_file.forget(MIDI, name) or was_bound
        except SettingsFileError as error:
            self._say(f"MIDI: {name} is forgotten in this show only: {error}")
            return
        told = f"nothing sets {name} any more" if was_bound else f"nothing was bound to {name}"
        self._news(f"MIDI: {told}.")

    def _drop(self, name: str) -> bool:
        kept = [grip for grip in self._grips if grip.binding.name != name]
        is_gone, self._grips = len(kept) < len(self._grips), kept
        return is_gone
