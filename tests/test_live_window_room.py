"""Where the stage stands beside the controls, and what full screen leaves behind."""

import pytest
from PySide6.QtCore import QRect, QSize
from test_live_window_clock import KEPT, Stage

from live.core.settings import Settings
from live.window import windows
from live.window.free_room import room_beside
from live.window.panel_row import PanelRow
from live.window.windows import Windows


@pytest.mark.parametrize(
    ("taken", "size", "room", "scale"),
    [
        ((0, 0, 1180, 760), (512, 512), (1180, 0, 740, 1080), 1.0),
        ((0, 0, 1180, 760), (1024, 1024), (1180, 0, 740, 1080), 740 / 1024),
        ((0, 0, 1800, 500), (1024, 1024), (0, 500, 1920, 580), 580 / 1024),
        ((700, 0, 1220, 900), (1024, 1024), (0, 0, 700, 1080), 700 / 1024),
        ((0, 800, 1920, 280), (1920, 1080), (0, 0, 1920, 800), 800 / 1080),
        ((0, 0, 1920, 1080), (512, 512), (1920, 0, 0, 1080), 0.0),
    ],
)
def test_it_has_the_largest_room_beside(taken, size, room, scale):
    assert room_beside((0, 0, 1920, 1080), taken, size) == (room, pytest.approx(scale))


@pytest.mark.parametrize("output", [(512, 512), (1024, 1024), (1920, 1080), (1080, 1920)])
@pytest.mark.parametrize("screen", [(1920, 1080), (1600, 900), (1280, 720), (1024, 768)])
def test_stage_and_controls_stand_side_by_side(monkeypatch, screen, output):
    free = QRect(0, 0, *screen)
    stage = Stage(monkeypatch, Settings(output=output, control=True))
    control = stage.window
    monkeypatch.setattr(control, "screen", lambda: Screen(free))
    control.resize(
        *(
            min(pair)
            for pair in zip((1180, 760), (free.size() - QSize(8, 8)).toTuple(), strict=True)
        )
    )
    control.move(0, 0)
    place, controls = stage.windows.placing._beside(), control.frameGeometry()
    assert free.contains(place) and free.contains(controls) and not place.intersects(controls)
    assert place.width() / place.height() == pytest.approx(output[0] / output[1], rel=0.01)
    most = min(1.0, screen[0] / output[0], screen[1] / output[1])
    assert place.width() >= 0.24 * most * output[0], "large enough to be looked at"
    if screen[0] >= 1600:
        assert control.size() == QSize(1180, 760)
    stage.close()


class Screen:
    def __init__(self, free):
        self.availableGeometry = lambda: free


class Show:
    """Windows on the one screen of a show whose output is set as it is asked for."""

    def __init__(self, output, asked_for=(0, 0)):
        self.output, self.asked = output, []
        row = PanelRow(name="output", label="", kind="name", help="", group="stage",
                       send=lambda _: None, read=lambda: self.output)  # fmt: skip
        self.windows = Windows(Settings(output=asked_for), lambda: None, lambda: None, self.ask,
                               lambda *_: None, (row,))  # fmt: skip
        self.windows._timer.stop()
        KEPT.append(self.windows)

    def ask(self, name, value):
        self.asked.append((name, value))
        if name == "output":
            self.output = value

    def full(self, on):
        self.windows.placing.set_fullscreen(on)


def test_after_full_screen_stage_and_window_are_as_before(monkeypatch):
    monkeypatch.setattr(windows, "stage_size", lambda _: (1600, 900))
    show = Show("512x512")
    place = show.windows.control.geometry()
    for _ in range(2):
        show.full(True)
        assert show.output == "1600x900"
        show.full(False)
        assert show.output == "512x512" and show.windows.control.geometry() == place
    show.full(True)
    show.output = "1280x720"  # the performer
    show.full(False)
    assert show.output == "1280x720"
    show.full(True)
    show.full(False)
    assert show.output == "1280x720"
    show.windows.close()


def test_a_size_that_is_still_loading_goes_back_all_the_same(monkeypatch):
    monkeypatch.setattr(windows, "stage_size", lambda _: (1600, 900))
    show = Show("512x512")
    show.output = "512x512"
    for now in ("512x512", "1600x900", "512x512"):  # what it is by then
        show.full(True)
        show.output = now
        show.full(False)
        assert show.asked[-1] == ("output", "512x512")
        show.output = now
    show.windows.close()


def test_an_output_that_was_asked_for_stays(monkeypatch):
    show = Show("640x640", asked_for=(640, 640))
    show.full(True)
    show.full(False)
    assert not show.asked
    show.windows.close()
