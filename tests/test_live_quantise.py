"""Changes that wait for a beat or a bar line: which line, what of it when the grid moves."""

import pytest

from live.controls.quantise import Change, Grid, Waiting
from live.core.messages import Beat, ChooseStyle, Mirror
from live.core.settings import WAITED_FOR


def music(time, bpm=120.0, beats_per_bar=4, is_bar_known=True, begins=0.0):
    """What is heard at `time` of music whose first bar begins at `begins`."""
    beats = (time - begins) * bpm / 60
    bar = beats / beats_per_bar % 1 if is_bar_known else None
    return Beat(time, 0.5, 0.0, bpm, beats % 1, bar, 0.9, beats_per_bar)


def _next(after, quantum, **music_of):
    grid = Grid()
    beat = music(after, **music_of)
    grid.follow(beat)
    return grid.next(beat, after, quantum)


@pytest.mark.parametrize(
    ("after", "quantum", "line"),
    [
        (0.1, "beat", 0.5), (0.49, "beat", 0.5), (0.1, "bar", 2.0), (1.99, "bar", 2.0),
        (2.5, "bar", 4.0), (0.1, "2 bars", 4.0), (0.1, "4 bars", 8.0),
    ],
)  # fmt: skip
def test_the_next_line(after, quantum, line):
    assert _next(after, quantum) == pytest.approx(line)


def test_a_line_is_not_its_own_next():
    assert _next(0.5, "beat") == pytest.approx(1.0)
    assert _next(2.0, "bar") == pytest.approx(4.0)


def test_a_waltz_has_three_beats():
    assert _next(0.1, "bar", beats_per_bar=3) == pytest.approx(1.5)


def test_without_a_bar_a_beat_stands_for_it_and_without_a_beat_nothing_is_waited_for():
    assert _next(0.1, "4 bars", is_bar_known=False) == pytest.approx(0.5)
    grid = Grid()
    for unknown in (None, Beat(0.1, 0.5, 0.0, 0.0, None, None, 0.0)):
        grid.follow(unknown)
        assert grid.next(unknown, 0.1, "bar") is None
    assert grid.next(music(0.1), 0.1, "off") is None


def test_bars_are_counted_on_while_the_grid_is_corrected_and_the_tempo_changes():
    """From the first that was known, so that two bars stay the same two."""
    grid, time, lines = Grid(), 0.05, set()
    while time < 64:
        bpm = 120.0 + 4 * (time > 20)  # a DJ moves the pitch
        begins = 0.03 * ((time * 7) % 1) + (20.0 - 20.0 * 120 / 124 if time > 20 else 0.0)
        beat = music(time, bpm=bpm, begins=begins)
        grid.follow(beat)
        lines.add(round(grid.next(beat, time, "4 bars") * bpm / 240 - begins * bpm / 240))
        time += 0.1
    assert all(number % 4 == 0 for number in lines) and len(lines) >= 8


def _run(waiting, until, step=1 / 30, heard=music, slack=1 / 60):
    """(media time, commands) of each frame in which something is done."""
    done, number = [], 0
    while number * step < until:
        time = number * step
        commands = waiting.due(heard(time), time, slack)
        if commands:
            done.append((time, commands))
        number += 1
    return done


def test_what_waits_is_done_in_the_frame_that_is_seen_on_the_line():
    waiting = Waiting()
    waiting.put("mirror", Change([Mirror(True)], 0.3, "bar", 0.0))
    assert waiting.names == ("mirror",)
    ((time, commands),) = _run(waiting, 5.0)
    assert commands == [Mirror(True)] and abs(time - 2.0) <= 1 / 60
    assert waiting.names == ()


def test_what_the_dance_has_to_know_earlier_is_done_earlier():
    waiting = Waiting()
    waiting.put("style", Change([ChooseStyle("house")], 0.3, "bar", 0.3))
    ((time, _),) = _run(waiting, 5.0)
    assert abs(time - 1.7) <= 1 / 60


def test_the_newest_change_of_a_control_counts_and_keeps_its_turn():
    waiting = Waiting()
    waiting.put("style", Change([ChooseStyle("house")], 0.3, "beat", 0.0))
    waiting.due(music(0.49), 0.45, 0.0)
    waiting.put("style", Change([ChooseStyle("salsa")], 0.49, "beat", 0.0))
    waiting.put("mirror", Change([Mirror(True)], 0.49, "beat", 0.0))
    ((_, commands),) = _run(waiting, 0.9)
    assert commands == [ChooseStyle("salsa"), Mirror(True)]


def test_what_was_set_at_once_in_the_meantime_does_not_come_again():
    waiting = Waiting()
    waiting.put("mirror", Change([Mirror(True)], 0.3, "bar", 0.0))
    waiting.drop("mirror")
    waiting.drop("style")
    assert _run(waiting, 5.0) == []


@pytest.mark.parametrize("quantum", [name for name in WAITED_FOR if name != "off"])
def test_where_the_music_ends_nothing_waits_for_ever(quantum):
    waiting = Waiting()
    waiting.put("mirror", Change([Mirror(True)], 0.3, quantum, 0.0))
    ended = music(0.3)
    ((time, _),) = _run(waiting, 60.0, heard=lambda time: ended if time > 0.3 else music(time))
    assert time <= 2.4, "a grid that nobody confirms is not believed"
    waiting.put("mirror", Change([Mirror(True)], 0.3, quantum, 0.0))
    assert waiting.due(None, 0.31, 0.0) == [Mirror(True)]
