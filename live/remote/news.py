"""What holds of the controls, as all pages have been told it. Pure.

The dance takes what is set with its next chunk. Until then a page would be told the value of
before, and a fader would jump back. What was set by hand counts until it holds.
"""

from collections.abc import Mapping
from typing import Any

HELD_S = 1.0  # so long what was set is told, whatever holds
Values = Mapping[str, Any]


class News:
    """`told` is all that was told."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self._set: dict[str, tuple[Any, float]] = {}  # by hand: the value, until when

    def put(self, name: str, value: Any, now: float) -> None:
        """It was set by hand at host time `now`."""
        self._set[name] = value, now + HELD_S

    def changes(self, values: Values, now: float) -> dict[str, Any]:
        """Of what holds now, what has not been told."""
        new: dict[str, Any] = {}
        for name, value in values.items():
            if name in self._set:
                wanted, until = self._set[name]
                if _is_same(value, wanted) or now >= until:
                    del self._set[name]
                else:
                    value = wanted
            if name not in self.told or self.told[name] != value:
                self.told[name] = new[name] = value
        return new


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-6 * max(1.0, abs(other))
    return one == other
