"""How much later than its sound the audience sees a picture; set during a show it glides. Pure."""

import time
from typing import NamedTuple

# Seconds of it in one second: the dance runs a tenth slower or faster, which nobody sees.
GLIDE = 0.1
FASTEST_GLIDE = 0.5  # where it has a long way to go
LONGEST_S = 8.0  # that a way may take before it is gone faster


class _Way(NamedTuple):
    start: float  # s
    goal: float  # s
    since: float  # host time


class Delay:
    """`set` and all that is told are for any thread (one tuple, so no lock)."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._way = _Way(seconds, seconds, 0.0)

    @property
    def goal(self) -> float:
        """What was set, s."""
        return self._way.goal

    @property
    def set_at(self) -> float | None:
        """Host time at which it was set last; None = it is that of the beginning."""
        return self._way.since or None

    @property
    def most(self) -> float:
        """What it is at most on its way, s."""
        return max(self._way.start, self._way.goal)

    def set(self, seconds: float, now: float | None = None) -> None:
        """Go there from what it is at host time `now`; None = the present."""
        now = time.perf_counter() if now is None else now
        self._way = _Way(self.at(now), seconds, now)

    def at(self, host_time: float) -> float:
        """What it is then, s."""
        start, goal, since = self._way
        left = goal - start
        if not left:
            return goal
        speed = min(FASTEST_GLIDE, max(GLIDE, abs(left) / LONGEST_S))
        gone = max(0.0, host_time - since) * speed
        if gone >= abs(left):
            return goal
        return start + (gone if left > 0 else -gone)
