"""When a frame is begun: early enough for slow frames, never before its poses are predicted."""

from live.show.frame_clock import MAX_AHEAD_S, Pace


def _after(seconds: float, n: int = 300) -> Pace:
    pace = Pace(1 / 30)
    for _ in range(n):
        pace.took(seconds)
    return pace


def test_quick_painting_still_gets_the_whole_slot():
    pace = _after(0.016)
    assert 0.03 < pace.ahead <= 1 / 30
    assert abs(pace.usual - 0.016) < 1e-3


def test_one_slow_frame_does_not_change_what_is_expected():
    pace = _after(0.016)
    pace.took(0.2)
    assert pace.usual < 0.018
    assert pace.ahead <= 1 / 30


def test_a_painter_slower_than_a_slot_is_begun_earlier_but_not_before_its_poses():
    assert 0.06 < _after(0.06).ahead <= MAX_AHEAD_S
    assert _after(0.5).ahead == MAX_AHEAD_S
