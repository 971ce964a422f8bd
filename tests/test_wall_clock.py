"""The time of day at a host time, from clocks that jump, drift and are set."""

import numpy as np
import pytest

from live.core.wall_clock import WallClock

BEGAN = 1.8e9  # s since 1970
TICK = 1 / 64  # s, of Windows


class Clocks:
    """Host time, and a time of day that moves in steps of `tick`."""

    def __init__(self, tick: float, drift: float = 0.0) -> None:
        self.now, self.tick, self.drift, self.set_by = 0.0, tick, drift, 0.0

    def right(self, host: float) -> float:
        return BEGAN + host * (1 + self.drift) + self.set_by

    def wall(self) -> float:
        return float(np.floor(self.right(self.now) / self.tick) * self.tick)

    def made(self) -> WallClock:
        return WallClock(self.wall, lambda: self.now)

    def errors(self, clock: WallClock, seconds: float, rate: float = 30.0) -> list[float]:
        """Of what is asked for 20 ms ahead, s, `rate` times a second."""
        found = []
        for _ in range(round(seconds * rate)):
            self.now += 1 / rate + 1e-3 * np.sin(self.now * 7)
            found.append(clock.at(self.now + 0.02) - self.right(self.now + 0.02))
        return found


@pytest.mark.parametrize("drift", [0.0, 5e-5, -5e-5])
def test_a_clock_in_steps_gives_times_without_steps(drift):
    clocks = Clocks(TICK, drift)
    clock = clocks.made()
    clocks.errors(clock, 10.0)
    later = clocks.errors(clock, 60.0)
    assert max(map(abs, later)) < 2e-3 < TICK / 4


def test_an_exact_clock_is_taken_as_it_is():
    clocks = Clocks(1e-6, 2e-5)
    assert max(map(abs, clocks.errors(clocks.made(), 20.0))) < 1e-4


@pytest.mark.parametrize("by", [3600.0, 0.2, -0.2, -3600.0])
def test_a_clock_that_is_set_is_followed_at_once(by):
    clocks = Clocks(TICK)
    clock = clocks.made()
    clocks.errors(clock, 5.0)
    clocks.set_by = by
    assert max(map(abs, clocks.errors(clock, 1.0))) <= TICK + 1e-9
