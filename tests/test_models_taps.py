"""Taps become a tempo and a beat; pauses begin anew, and what is no tempo says nothing."""

import pytest

from models.beat.taps import MOST, PAUSE_S, Taps


def _tapped(taps, times):
    return [taps.add(time) for time in times][-1]


def test_two_taps_give_tempo_and_the_newest_beat():
    taps = Taps()
    assert taps.add(3.0) is None
    assert taps.add(3.5) == pytest.approx((0.5, 3.5))


def test_an_uneven_hand_is_smoothed_over_the_last_taps():
    taps = Taps()
    period, at = _tapped(taps, [0.5 * i + (0.02 if i % 2 else 0.0) for i in range(9)])
    assert period == pytest.approx(0.5, abs=0.003)
    assert at == pytest.approx(4.01, abs=0.01)
    faster = [4.0 + 0.4 * i for i in range(1, MOST + 1)]
    assert _tapped(taps, faster) == pytest.approx((0.4, faster[-1]))


@pytest.mark.parametrize("next_at", [2.0 + PAUSE_S + 0.1, 2.0, 1.0])
def test_a_pause_or_time_that_went_back_begins_new_taps(next_at):
    taps = Taps()
    assert _tapped(taps, [1.0, 1.5, 2.0])
    assert taps.add(next_at) is None
    assert taps.add(next_at + 0.6) == pytest.approx((0.6, next_at + 0.6))


def test_what_is_no_tempo_says_nothing():
    taps = Taps()
    assert _tapped(taps, [1.0, 1.1]) is None
    taps.clear()
    assert _tapped(taps, [1.0, 3.3]) is None


def test_cleared_taps_are_forgotten():
    taps = Taps()
    taps.add(1.0)
    taps.clear()
    assert taps.add(1.5) is None


def test_how_long_a_pause_and_how_slow_a_beat_may_be():
    taps = Taps()
    assert taps.add(1.0) is None
    assert taps.add(3.49) is None, "a pause of 2.5 s goes on, but that is no tempo"
    assert taps.add(4.5) == pytest.approx((1.75, 4.7467), abs=1e-3)
    assert taps.add(7.01) is None, "a longer one begins anew"
    for period, is_tempo in ((0.19, False), (0.21, True), (1.99, True), (2.01, False)):
        taps = Taps()
        assert (_tapped(taps, [1.0, 1.0 + period]) is not None) == is_tempo


def test_the_last_eight_taps_count():
    taps = Taps()
    slow, fast = [0.9 * i for i in range(5)], [3.6 + 0.5 * i for i in range(1, 8)]
    period, _ = _tapped(taps, slow + fast)
    assert period == pytest.approx(0.5), "eight of them are half a second apart"
    assert _tapped(Taps(), slow[1:] + fast[:6])[0] > 0.52
