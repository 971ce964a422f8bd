"""The clock follows the early edge of late arrivals, and drift."""

import pytest
from seeds import rng_of

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
