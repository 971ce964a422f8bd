"""When a frame is begun: early enough for slow frames, never before its poses are predicted."""

from live.show.frame_clock import MAX_AHEAD_S, Pace


def _after(seconds: float, n: int = 300) -> Pace:
    pace = Pace(1 / 30)
    for _ in range(n):
        pace.took(seconds)
    return pace


def test_quick_painting_is_begun_late_enough_to_show_the_newest_wish():
    """A message that comes just after a picture was begun waits for the next: a slot and this."""
    pace = _after(0.012)
    assert abs(pace.usual - 0.012) < 1e-3
    assert 2 * pace.usual < pace.ahead < 0.027 < 0.06 - 1 / 30 + 1e-3


def test_slower_painting_gets_the_whole_slot():
    assert 0.03 < _after(0.024).ahead <= 1 / 30


def test_one_slow_frame_does_not_change_what_is_expected():
    pace = _after(0.016)
    pace.took(0.2)
    assert pace.usual < 0.018
    assert pace.ahead <= 1 / 30


def test_a_painter_slower_than_a_slot_is_begun_earlier_but_not_before_its_poses():
    assert 0.06 < _after(0.06).ahead <= MAX_AHEAD_S
    assert _after(0.5).ahead == MAX_AHEAD_S
