"""The rule by which pictures become smaller and fewer under overload, and better again."""

import itertools

import numpy as np
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


def test_a_slow_machine_soon_paints_what_it_can():
    """By what a picture takes at the first size, it is not led through all steps."""
    machine = Machine(Quality(levels([512, 768, 1080], 30.0)))
    machine.perform(30, lambda size: 0.16 * (size / 1080) ** 2)
    ((at, level),) = machine.changes
    assert level == Level(512, 20.0) and at < WATCHED_S + 1


@pytest.mark.parametrize(
    ("took", "level"),
    [
        (0.02, Level(768, 30.0)), (0.059, Level(768, 30.0)), (0.060, Level(512, 30.0)),
        (0.13, Level(512, 30.0)), (0.14, Level(512, 20.0)), (0.25, Level(512, 15.0)),
        (9.0, Level(512, 10.0)),
    ],
)  # fmt: skip
def test_what_could_fit_at_best_is_tried(took, level):
    """Of 1024 px to 768 are nine sixteenths, to 512 a quarter; a slot has 33 ms."""
    quality = Quality(levels([512, 768, 1024], 30.0))
    quality.frame(0.0, took, 0)
    assert quality._lower(5.0) and quality.level == level


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


def watched(quality, seconds, every=0, took=0.01, lost=1, begin=0.0):
    """Times of changes; before each frame of number 0, `every` ... so many are lost."""
    changes, now, number = [], begin, 0
    while now < begin + seconds:
        missed = lost if every and number % every == 0 else 0
        now += (1 + missed) / quality.level.fps
        number += 1
        if quality.frame(now, took, missed):
            changes.append(now)
    return changes


@pytest.mark.parametrize(("every", "is_overload"), [(6, False), (5, True)])
def test_more_than_fifteen_in_a_hundred_lost_is_overload(every, is_overload):
    changes = watched(Quality(levels([256], 30.0)), 12.0, every)
    assert bool(changes) == is_overload
    if changes:
        assert changes[0] == pytest.approx(4.1, abs=0.15)


@pytest.mark.parametrize(("every", "is_calm"), [(85, True), (60, False)])
def test_less_than_two_in_a_hundred_lost_is_calm_and_twenty_seconds_of_it_enough(every, is_calm):
    quality = Quality([Level(256, 30.0), Level(256, 20.0)])
    assert len(watched(quality, 4.5, 1)) == 1
    raised = watched(quality, 60.0, every, begin=100.0)
    assert bool(raised) == is_calm
    if raised:
        assert 120.0 < raised[0] < 124.5


@pytest.mark.parametrize(("took", "has_room"), [(0.0263, True), (0.0270, False)])
def test_a_step_up_must_fit_into_four_fifths_of_its_slot(took, has_room):
    quality = Quality([Level(256, 30.0), Level(256, 20.0)])
    watched(quality, 4.5, 1, took)
    assert quality.level.fps == 20.0
    assert bool(watched(quality, 60.0, 0, took, begin=100.0)) == has_room


@pytest.mark.parametrize(("stalls", "is_overload"), [(1, False), (2, True)])
def test_a_stall_counts_as_half_a_second(stalls, is_overload):
    quality = Quality([Level(256, 30.0), Level(256, 20.0)])
    changes = [
        quality.frame(n / 30, 0.01, 300 if 100 <= n < 100 + stalls else 0) for n in range(200)
    ]
    assert any(changes) == is_overload


def test_what_failed_again_and_again_is_tried_at_last_every_five_minutes():
    quality, now, tried = Quality([Level(256, 30.0), Level(256, 20.0)]), 0.0, []
    while len(tried) < 8:
        missed = 1 if quality.is_best else 0
        now += (1 + missed) / quality.level.fps
        if quality.frame(now, 0.01, missed) and quality.is_best:
            tried.append(now)
    waited = np.diff(tried)
    assert waited[0] == pytest.approx(40 + 4, abs=1.5)
    assert waited[1] == pytest.approx(80 + 4, abs=1.5)
    assert waited[-2:] == pytest.approx([320 + 4] * 2, abs=1.5)


def test_a_step_that_held_gives_all_chances_back():
    quality = Quality([Level(256, 30.0), Level(256, 20.0)])
    watched(quality, 4.5, 1)
    assert watched(quality, 25.0, begin=4.5) and quality.is_best
    watched(quality, 5.0, 1, begin=29.5)  # it failed within twenty seconds
    assert quality._calm_s == 40.0
    assert watched(quality, 50.0, begin=34.5) and quality.is_best
    watched(quality, 5.0, 1, begin=1_000.0)
    assert quality._calm_s == 40.0, "it held, which is known at the next step up"
    assert watched(quality, 50.0, begin=1_005.0) and quality._calm_s == 20.0


def test_what_a_picture_takes_is_a_mean_that_hiccups_hardly_move():
    quality = Quality([Level(256, 30.0), Level(256, 20.0)])
    for n, took in enumerate((0.01, 0.02, 5.0)):
        quality.frame(n / 30, took, 0)
    after_two = 0.01 + 0.1 * (0.02 - 0.01)
    assert quality._usual == {256: pytest.approx(after_two * 1.1)}


@pytest.mark.parametrize(("after", "calm_s"), [(79.0, 40.0), (81.0, 20.0)])
def test_a_step_up_has_held_when_it_stood_for_twice_the_calm(after, calm_s):
    quality = Quality([Level(256, 30.0), Level(256, 20.0)])
    quality._at, quality._calm_s, quality._raised_at = 1, 40.0, 100.0
    assert quality._raise(100.0 + after) and quality.is_best
    assert (quality._calm_s, quality._raised_at) == (calm_s, 100.0 + after)


@pytest.mark.parametrize(("after", "calm_s"), [(19.0, 80.0), (21.0, 40.0)])
def test_a_step_up_has_failed_when_it_did_not_stand_for_twenty_seconds(after, calm_s):
    quality = Quality([Level(256, 30.0), Level(256, 20.0)])
    quality._calm_s, quality._raised_at = 40.0, 100.0
    assert quality._lower(100.0 + after) and not quality.is_best
    assert quality._calm_s == calm_s
    quality._at, quality._calm_s, quality._raised_at = 0, 320.0, 200.0
    quality._lower(210.0)
    assert quality._calm_s == 320.0
