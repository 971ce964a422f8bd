"""What is said while a film is rendered where there is no terminal."""

import pytest
from made_clock import made_clock

from live.show import progress
from live.show.progress import LINE_S, Progress


@pytest.mark.parametrize(
    ("n_frames", "said"),
    [
        (5400, "dancelive: rendered 0:20 of 3:00, 1:20 to go (2 times as fast as it plays)\n"),
        (None, "dancelive: rendered 0:20 (2 times as fast as it plays)\n"),
    ],
)
def test_without_a_terminal_a_line_is_said_each_ten_seconds(monkeypatch, capsys, n_frames, said):
    clock = made_clock(monkeypatch, progress)
    shown = Progress(n_frames, 30.0)
    for _ in range(599):
        clock.now += LINE_S / 600
        shown.update()
    assert capsys.readouterr().err == ""
    clock.now += 1.001 * LINE_S / 600
    shown.update()
    assert capsys.readouterr().err == said
    shown.update()
    assert capsys.readouterr().err == "", "not before the next ten"
    clock.now += LINE_S
    shown.close()
    assert capsys.readouterr().err == "dancelive: rendered 0:20 (1 times as fast as it plays)\n"


def test_what_is_done_soon_says_nothing(capsys):
    shown = Progress(30, 30.0)
    shown.update()
    shown.close()
    assert capsys.readouterr().err == ""


def test_in_a_terminal_there_is_a_bar_and_no_line(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    clock = made_clock(monkeypatch, progress)
    shown = Progress(100, 30.0)
    for _ in range(50):
        clock.now += LINE_S
        shown.update()
    shown.close()
    said = capsys.readouterr().err
    assert "rendering" in said and "dancelive: rendered" not in said
