"""When a frame is begun: early enough for slow frames, never so early that it displaces another."""

from live.pace import MAX_AHEAD_S, Pace


def test_steady_painting_is_begun_a_little_before():
    pace = Pace(1 / 30)
    for _ in range(200):
        pace.took(0.016)
    assert 0.016 < pace.ahead < 0.021
    assert abs(pace.usual - 0.016) < 1e-3


def test_one_slow_frame_makes_room_but_not_more_than_a_slot():
    pace = Pace(1 / 30)
    for _ in range(200):
        pace.took(0.016)
    pace.took(0.2)
    assert 0.025 < pace.ahead <= 1 / 30 + 0.003
    assert pace.usual < 1 / 30  # one hiccup does not change what is expected
    for _ in range(300):
        pace.took(0.016)
    assert pace.ahead < 0.021


def test_a_painter_slower_than_a_slot_is_begun_earlier_but_not_before_its_poses():
    pace = Pace(1 / 30)
    for _ in range(200):
        pace.took(0.06)
    assert 0.06 < pace.ahead <= MAX_AHEAD_S
    for _ in range(200):
        pace.took(0.5)
    assert pace.ahead == MAX_AHEAD_S
