"""A device that is gone against one that is late, on a clock made here."""

import pytest
from seeds import rng_of

from live.sound.patience import GONE_S, LATE_S, LONGEST_LOOK_S, Patience


class Bench:
    def __init__(self):
        self.now = 100.0
        self.patience = Patience(lambda: self.now)
        self.newest = 0.0

    def look(self, after, came=False):
        self.now += after
        if came:
            self.newest = self.now
        return self.patience.waited(self.newest)


def test_a_device_that_sends_nothing_is_waited_for_as_long_as_that_lasts():
    bench = Bench()
    assert bench.look(0.01, came=True) == 0
    for n in range(1, 81):
        assert bench.look(0.05) == pytest.approx(0.05 * n)
    assert bench.look(0.05, came=True) == 0
    assert bench.look(0.05) == pytest.approx(0.05)


@pytest.mark.parametrize("stood", [1.0, 10.0, 3_600.0])
def test_the_time_in_which_this_program_stood_itself_is_not_waited(stood):
    bench = Bench()
    bench.look(0.05, came=True)
    assert bench.look(stood) == LONGEST_LOOK_S < LATE_S
    assert bench.look(0.02, came=True) == 0


def test_a_program_that_is_run_a_little_now_and_then_loses_no_device_soon():
    """On a busy machine: looks half a second apart, a block every five of them."""
    bench, rng = Bench(), rng_of(0)
    for _ in range(200):
        bench.look(0.05, came=True)
        for _ in range(5):
            assert bench.look(rng.uniform(0.3, 0.9)) < GONE_S


def test_one_that_is_gone_is_given_up_also_then():
    bench = Bench()
    bench.look(0.05, came=True)
    looks = 0
    while bench.look(0.4) <= GONE_S:
        looks += 1
        assert looks < 1.1 * GONE_S / LONGEST_LOOK_S


def test_when_it_is_told_and_when_a_device_is_given_up():
    """As docs/architecture.md and the performer have it."""
    assert (LONGEST_LOOK_S, LATE_S, GONE_S) == (0.15, 0.5, 3.0)
    bench = Bench()
    assert bench.look(0.1) == pytest.approx(0.1), "from the beginning on"
    assert bench.look(0.149) == pytest.approx(0.249)
    assert bench.look(0.2) == pytest.approx(0.399)
