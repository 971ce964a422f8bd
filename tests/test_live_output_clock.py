"""When the room hears what is played, on reported times made here."""

import pytest

from live.sound.output_clock import OutputClock


def _said(*late, rate=1_000, begin=7.0):
    """Ends of blocks of 10 ms, each reported so many seconds late, less where they would be."""
    clock = OutputClock(rate)
    ends = [clock.end_of(10, begin + 0.01 * n + more) for n, more in enumerate(late)]
    return [end - (begin + 0.01 * (n + 1)) for n, end in enumerate(ends)]


def test_the_first_block_is_believed_and_others_by_a_fiftieth():
    assert _said(0.0) == pytest.approx([0.0])
    assert _said(0.0, 0.01, 0.01) == pytest.approx([0.0, 0.0002, 0.000396])
    assert _said(0.0, -0.04) == pytest.approx([0.0, -0.0008])
    assert _said(0.0, 0.049) == pytest.approx([0.0, 0.00098])


def test_one_late_callback_is_not_followed_and_a_stop_of_a_tenth_is():
    assert _said(0.0, 0.08, 0.0, 0.08, 0.0)[1:] == pytest.approx([0.0] * 4)
    stopped = _said(0.0, *[0.08] * 14)
    assert stopped[1:10] == pytest.approx([0.0] * 9)
    assert stopped[12:] == pytest.approx([0.08] * 3)
    assert _said(0.0, *[-0.06] * 14)[-1] == pytest.approx(-0.06)
    # Where one is in time between them, the others begin again.
    assert _said(0.0, *[0.08] * 8, 0.0, *[0.08] * 8)[1:] == pytest.approx([0.0] * 17)


def test_half_a_second_needs_no_second_opinion():
    assert _said(0.0, 0.49)[1] == 0.0
    assert _said(0.0, 0.51)[1] == pytest.approx(0.51)
    assert _said(0.0, -0.51)[1] == pytest.approx(-0.51)


def test_blocks_of_any_length_end_where_they_end():
    clock = OutputClock(100)
    assert clock.end_of(50, 3.0) == pytest.approx(3.5)
    assert clock.end_of(0, 3.5) == pytest.approx(3.5)
    assert clock.end_of(150, 3.5) == pytest.approx(5.0)
