"""The clock follows the early edge of late arrivals, and drift."""

import pytest
from made_clock import made_clock
from seeds import rng_of

from live.core import media_time
from live.core.media_clock import MediaClock


def test_jitter_is_not_delay():
    rng = rng_of(0)
    clock = MediaClock(100.0)
    for i in range(1, 2000):
        clock.observe(i * 0.01, 50.0 + i * 0.01 + rng.exponential(0.004))
    # Blocks come 4 ms late on the average; the clock stays near the ones that come at once.
    assert abs(clock.host(20.0) - 70.0) < 0.003
    assert abs(clock.media(clock.host(3.0)) - 3.0) < 1e-9


def test_follows_a_drifting_sound_card():
    clock = MediaClock(0.0)
    for i in range(1, 12_000):  # two minutes, card 100 ppm slow
        clock.observe(i * 0.01, i * 0.01 * 1.0001)
    assert abs(clock.host(120.0) - 120.012) < 0.004


def test_a_source_that_starts_anew_is_followed_but_one_bad_block_is_not():
    clock = MediaClock(0.0)
    for i in range(1, 100):
        clock.observe(i * 0.01, i * 0.01)
    clock.observe(1.0, 5.0)
    assert abs(clock.host(1.0) - 1.0) < 0.001
    for i in range(100, 200):
        clock.observe(i * 0.01, 5.0 + i * 0.01)
    assert abs(clock.host(2.0) - 7.0) < 0.01


def _heard(*errors):
    """A clock after one true block and others that are so many seconds late."""
    clock = MediaClock(0.0)
    clock.observe(1.0, 1.0)
    for number, error in enumerate(errors):
        at = 1.01 + 0.01 * number
        clock.observe(at, at + error)
    return clock


def test_an_early_block_counts_a_hundred_times_as_much_as_a_late_one():
    assert _heard(-0.1).host(0.0) == pytest.approx(-0.02)
    assert _heard(0.1).host(0.0) == pytest.approx(0.0002)
    assert _heard(0.49).host(0.0) == pytest.approx(0.00098)


def test_twenty_blocks_far_away_in_a_row_are_a_new_start():
    assert _heard(*[0.51] * 19).host(0.0) == 0.0
    assert _heard(*[0.51] * 20).host(0.0) == pytest.approx(0.51)
    assert _heard(*[-0.51] * 20).host(0.0) == pytest.approx(-0.51)
    assert _heard(*[0.51] * 19, 0.0, *[0.51] * 19).host(0.0) == pytest.approx(0.0)


def test_before_the_first_block_the_show_is_the_clock():
    clock = MediaClock(5.0)
    assert (clock.host(2.0), clock.media(7.5), clock.is_told) == (7.0, 2.5, False)
    clock.observe(1.0, 9.0)
    assert (clock.host(2.0), clock.is_told, clock.heard_at) == (10.0, True, 9.0)
    clock.begin(20.0)
    assert (clock.host(0.0), clock.is_told, clock.heard_at) == (20.0, False, 20.0)


@pytest.fixture
def view(monkeypatch):
    """A thread's view of a clock that was told that media time 1 is heard at 1000."""
    made = made_clock(monkeypatch, media_time)
    clock = MediaClock(0.0)
    clock.observe(1.0, made.now)
    return made, clock, media_time.MediaTime(clock)


@pytest.mark.parametrize(("passed", "waits"), [(0.24, False), (0.26, True)])
def test_after_a_quarter_of_a_second_a_block_is_waited_for(view, passed, waits):
    made, _, time = view
    made.now += passed
    found = time.now()
    assert bool(made.slept) == waits
    # None comes: the device is lost, and half a second is enough.
    assert found == pytest.approx(1.0 + passed + (0.5 if waits else 0.0), abs=0.006)
    assert set(made.slept) <= {0.005}
    made.slept.clear()
    made.now += 0.2
    time.now()
    assert not made.slept, "it looks again and again"


def test_the_first_block_after_a_stall_ends_the_waiting(view):
    made, clock, time = view
    made.now += 5.0
    made.tick = lambda: made.now > 1005.1 and clock.observe(1.01, made.now, stood=True)
    assert time.now() == pytest.approx(1.01, abs=1e-6)
    assert made.now == pytest.approx(1005.1, abs=0.006)


def test_before_any_block_nothing_is_waited_for(monkeypatch):
    made = made_clock(monkeypatch, media_time)
    time = media_time.MediaTime(MediaClock(made.now))
    made.now += 9.0
    assert time.now() == pytest.approx(9.0) and not made.slept


@pytest.mark.parametrize(("back", "is_back"), [(0.49, False), (0.51, True)])
def test_more_than_half_a_second_back_is_told_once(view, back, is_back):
    made, clock, time = view
    time.now()
    assert not time.went_back
    clock.observe(1.0 - back, made.now, stood=True)
    time.now()
    assert time.went_back == is_back
    time.now()
    assert not time.went_back
