"""The rule by which pictures become smaller and fewer under overload, and better again."""

import itertools

import pytest

from live.show.adaptive_quality import CALM_S, WATCHED_S, Level, Quality, levels

STEPS = levels([256, 512], 30.0)


class Machine:
    """Paints as a show does: a frame that takes longer than its slot costs those after it."""

    def __init__(self, quality):
        self.quality, self.now = quality, 0.0
        self.changes = []

    def perform(self, seconds, took):
        """`took` gives the seconds of a frame of so many px."""
        end = self.now + seconds
        while self.now < end:
            level = self.quality.level
            cost = took(level.size)
            slots = max(1, -int(-cost * level.fps // 1))
            self.now += slots / level.fps
            if self.quality.frame(self.now, cost, slots - 1):
                self.changes.append((round(self.now, 1), self.quality.level))


def test_the_steps_are_size_first_then_rate():
    assert [
        Level(512, 30.0), Level(256, 30.0), Level(256, 20.0), Level(256, 15.0), Level(256, 10.0),
    ] == STEPS  # fmt: skip
    assert levels([256], 60.0)[0] == Level(256, 60.0)


def test_an_idle_machine_gives_all():
    machine = Machine(Quality(STEPS))
    machine.perform(300, lambda size: 0.025)
    assert not machine.changes and machine.quality.is_best


def test_overload_steps_down_until_it_fits_and_no_further():
    machine = Machine(Quality(STEPS))
    machine.perform(60, lambda size: 0.08 if size == 512 else 0.045)
    levels_seen = [level for _, level in machine.changes[:2]]
    assert levels_seen == [Level(256, 30.0), Level(256, 20.0)]
    assert machine.changes[0][0] < WATCHED_S + 1, "soon"
    assert machine.quality.level.fps <= 20.0


def test_single_hiccups_are_no_overload():
    quality = Quality(STEPS)
    for number in range(3000):
        now = number / 30
        assert not quality.frame(now, 0.02, 3 if number % 60 == 0 else 0)


def test_a_computer_that_slept_is_not_busy():
    quality = Quality(STEPS)
    for number in range(3000):
        assert not quality.frame(number / 30, 0.02, 300 if number % 600 == 300 else 0)


def test_calm_brings_it_back_in_steps():
    machine = Machine(Quality(STEPS))
    machine.perform(30, lambda size: 0.2 if size == 512 else 0.09)
    assert machine.quality.level == Level(256, 10.0)
    machine.perform(10 * CALM_S, lambda size: 0.012)
    assert machine.quality.is_best
    ups = [at for at, _ in machine.changes[4:]]
    assert all(b - a >= CALM_S for a, b in itertools.pairwise(ups))


def test_what_does_not_hold_is_tried_ever_more_rarely():
    machine = Machine(Quality(STEPS))
    machine.perform(1500, lambda size: 0.08 if size == 512 else 0.01)
    tried = [at for at, level in machine.changes if level.size == 512]
    gaps = [b - a for a, b in itertools.pairwise(tried)]
    assert len(tried) >= 3
    assert gaps == pytest.approx(sorted(gaps))
    assert gaps[-1] > 3 * gaps[0]


@pytest.mark.parametrize("took", [0.03, 0.04])
def test_a_rate_that_would_not_fit_is_not_tried(took):
    quality = Quality([Level(256, 30.0), Level(256, 20.0)])
    for number in range(400):  # overload
        quality.frame(number / 15, took, 1)
    assert quality.level.fps == 20.0
    for number in range(2000):  # all in time, but with no room for 30 a second
        assert not quality.frame(400 / 15 + number / 20, took, 0)
