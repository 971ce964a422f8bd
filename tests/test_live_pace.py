"""When a frame is begun: early enough for slow frames, never before its poses are predicted."""

import pytest

from live.show.frame_clock import MARGIN_S, MAX_AHEAD_S, Pace


def _after(seconds: float, swing: float = 0.0, n: int = 300) -> Pace:
    """Frames that take so long, a little more and a little less in turn."""
    pace = Pace(1 / 30)
    for number in range(n):
        pace.took(seconds + (swing if number % 2 else -swing))
    return pace


def test_quick_painting_is_begun_late_enough_to_show_the_newest_wish():
    """A message that comes just after a picture was begun waits for the next: a slot and this."""
    for pace in (_after(0.005), _after(0.012, 0.002)):
        assert pace.usual + MARGIN_S < pace.ahead < 0.021 < 0.06 - 1 / 30 + 1e-3


def test_who_takes_now_more_now_less_begins_earlier():
    even, uneven = _after(0.020, 0.001), _after(0.020, 0.004)
    assert even.usual == pytest.approx(uneven.usual, abs=5e-4)
    assert 0.0245 < even.ahead < 0.0275 < uneven.ahead <= 1 / 30
    for pace, most in ((even, 0.021), (uneven, 0.024)):
        assert pace.ahead > most + MARGIN_S, "none of them is late"


def test_one_slow_frame_does_not_change_what_is_expected():
    pace = _after(0.016, 0.001)
    pace.took(0.2)
    assert pace.usual < 0.018
    assert pace.ahead <= 1 / 30


def test_a_painter_slower_than_a_slot_is_begun_earlier_but_not_before_its_poses():
    assert 0.06 < _after(0.06).ahead <= MAX_AHEAD_S
    assert _after(0.5).ahead == MAX_AHEAD_S
