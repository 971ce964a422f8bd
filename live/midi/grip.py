"""One knob or key -> values of its control. Pure.

A knob whose place differs from what is set does nothing until it passes it (soft takeover), so that
nothing jumps under a hand.
"""

from typing import Any

from live.controls.entries import NEXT, PREVIOUS, Choice, Number, Read, Switch, number_of
from live.midi.bindings import Binding
from live.midi.touch import CC, Touch

MIDDLE, MOST = 64, 127
PRESSED = 64  # a knob or pedal from there on counts as pressed
NEAR = 1.5 / MOST  # of the range: so close to what is set a knob has it in hand
IN_HAND_S = 0.5  # since it was moved last: what is set may not have been told yet
STEPS = 128  # of an endless encoder through a whole range


class Grip:
    """What one binding has in hand."""

    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self._place: float | None = None  # 0..1, where the knob is
        self._set: float | None = None  # what it set last, while it has its control in hand
        self._moved_at = 0.0
        self._is_pressed = False
        self._chosen: str | None = None

    def values(self, touch: Touch, read: Read, at: float) -> list[Any]:
        """What the control is to be given now; `at` host time."""
        binding, control = self.binding, self.binding.control
        if binding.value:
            return [_typed(binding)] if self._presses(touch) else []
        match control:
            case Number() if binding.relative:
                return self._step(control, _steps(touch.value, binding.relative), read, at)
            case Number():
                return self._turn(control, touch.value, read, at)
            case Choice() if binding.relative:
                steps = _steps(touch.value, binding.relative)
                return [NEXT if steps > 0 else PREVIOUS] if steps else []
            case Choice() if touch.kind == CC:
                return self._choose(control, touch.value, read)
            case Choice():
                return [NEXT] if self._presses(touch) else []
            case Switch() if binding.momentary:
                was_pressed = self._is_pressed
                self._presses(touch)
                return [self._is_pressed] if self._is_pressed != was_pressed else []
            case _:
                return [None] if self._presses(touch) else []

    def _presses(self, touch: Touch) -> bool:
        """Whether it is pressed just now; a key that is let go, or is held, is nothing."""
        was_pressed = self._is_pressed and touch.kind == CC
        self._is_pressed = touch.value >= PRESSED if touch.kind == CC else touch.value > 0
        return self._is_pressed and not was_pressed

    def _turn(self, control: Number, value: int, read: Read, at: float) -> list[float]:
        before, self._place = self._place, _place(value)
        if not self._has_in_hand(control, read, at, before, self._place):
            return []
        return self._give(control, self._place, at)

    def _has_in_hand(
        self, control: Number, read: Read, at: float, before: float | None, place: float
    ) -> bool:
        if self._set is not None and at - self._moved_at < IN_HAND_S:
            return True
        now = number_of(read(control.name))
        if now is None:
            return False
        span = control.high - control.low
        if self._set is not None and abs(now - self._set) <= NEAR * span:
            return True
        self._set = None  # another hand has set it since
        set_place = min(1.0, max(0.0, (now - control.low) / span))
        passed = before is not None and min(before, place) <= set_place <= max(before, place)
        return passed or abs(place - set_place) <= NEAR

    def _step(self, control: Number, steps: int, read: Read, at: float) -> list[float]:
        span = control.high - control.low
        if control.adds:
            return [steps * span / STEPS] if steps else []
        is_ours = self._set is not None and at - self._moved_at < IN_HAND_S
        now = self._set if is_ours else number_of(read(control.name))
        if now is None or not steps:
            return []
        place = (now - control.low) / span + steps / (span if control.is_whole else STEPS)
        return self._give(control, min(1.0, max(0.0, place)), at)

    def _give(self, control: Number, place: float, at: float) -> list[float]:
        self._set = control.nearest(control.low + place * (control.high - control.low))
        self._moved_at = at
        return [self._set]

    def _choose(self, control: Choice, value: int, read: Read) -> list[str]:
        """The names lie side by side along the way of the knob."""
        names = control.names(read)
        chosen = str(names[value * len(names) // (MOST + 1)]) if names else None
        if chosen is None or chosen == self._chosen:
            return []
        self._chosen = chosen
        return [chosen] if chosen != read(control.name) else []


def _place(value: int) -> float:
    """0..1; the middle of the knob is the middle of the range."""
    half = value / MIDDLE if value <= MIDDLE else 1 + (value - MIDDLE) / (MOST - MIDDLE)
    return half / 2


def _steps(value: int, way: str) -> int:
    """What an endless encoder says: + = to the right."""
    match way:
        case "twos":
            return value if value < MIDDLE else value - (MOST + 1)
        case "offset":
            return value - MIDDLE
        case _:  # the highest bit is the sign
            return -(value - MIDDLE) if value >= MIDDLE else value


def _typed(binding: Binding) -> Any:
    """A number where the control takes one; one with a sign goes on from what is set, "=-1" not."""
    value, control = binding.value, binding.control
    is_from_here = isinstance(control, Number) and value[0] in "+-" and not control.adds
    if isinstance(control, Choice) or is_from_here:
        return value
    try:
        return float(value.removeprefix("="))
    except ValueError:
        return value
