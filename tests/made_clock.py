"""The module `time` of one part of the program, on a clock made here: a sleep costs nothing."""

from collections.abc import Callable
from types import ModuleType

import pytest


class MadeClock:
    """`now` moves by sleeping, and as far as a test moves it."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.slept: list[float] = []
        self.tick: Callable[[], object] = lambda: None  # after every sleep

    def perf_counter(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds
        self.tick()


def made_clock(patch: pytest.MonkeyPatch, *modules: ModuleType) -> MadeClock:
    """One clock for all of these modules."""
    clock = MadeClock()
    for module in modules:
        patch.setattr(module, "time", clock)
    return clock
