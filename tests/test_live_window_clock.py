"""The windows on a clock made here: when frames are shown, what keys set, places and sizes."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_clock import made_clock
from painted import noted, painting
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QWindowStateChangeEvent

from live.core.messages import (
    Beat,
    Frame,
    Fullscreen,
    Meters,
    Pose,
    Reset,
)
from live.core.settings import Settings
from live.window import (
    beat_light,
    hand,
    picture_view,
    stage_window,
    status_bar,
    windows,
)
from live.window.keys_sheet import KeysSheet
from live.window.status_bar import HEIGHT, StatusBar
from live.window.windows import Windows

BEAT = Beat(0.0, 0.5, 0.0, 120.0, 0.5, None, 0.9)
METERS = Meters("listening", "alice", "club", BEAT, 0.5, None, 30.0, 60.0, 2.0, 20.0, 0, 0, True)
POSE = Pose(0.0, np.zeros((18, 2), np.float32), 0.0)
KEPT = []  # PySide6 takes the screen along with a window that is deleted; a show has one window


class Stage:
    """Windows that are polled by the test alone, and all that goes in and out."""

    def __init__(self, patch, settings=None):
        self.clock = made_clock(patch, windows, stage_window, hand, status_bar, beat_light)
        self.frames, self.sent, self.shown, self.told = [], [], [], []
        self.meters = None
        self.asked = 0
        self.windows = Windows(
            settings or Settings(output=(320, 240)), self._take, self._read,
            lambda *asked: self.sent.append(asked),
            lambda frame, at: self.shown.append((frame.time, at)), warn=self.told.append,
        )  # fmt: skip
        self.window, self.stage = self.windows.control, self.windows.stage
        self.windows._timer.stop()
        KEPT.append(self.windows)

    def close(self):
        self.windows.close()

    def _take(self):
        return self.frames.pop(0) if self.frames else None

    def _read(self):
        self.asked += 1
        return self.meters

    def frame(self, due_in, size=(240, 320), colour=0):
        due_at = self.clock.now + due_in
        self.frames.append(
            Frame(due_at, due_at, np.full((*size, 3), colour, np.uint8), POSE, self.clock.now)
        )
        return due_at

    def poll(self, passed=0.0):
        self.clock.now += passed
        self.windows._poll()

    def press(self, name, **more):
        no = Qt.KeyboardModifier.NoModifier
        key = Qt.Key[f"Key_{name}"]
        shown = self.stage if self.stage.isVisible() else self.window
        shown.keyPressEvent(QKeyEvent(QEvent.Type.KeyPress, key, no, **more))


@pytest.fixture
def stage(monkeypatch):
    stage = Stage(monkeypatch)
    yield stage
    stage.close()


def test_a_frame_is_shown_when_it_is_due_to_half_a_poll(stage):
    due = stage.frame(0.1)
    later = stage.frame(0.2)
    stage.poll()
    stage.poll(0.0975)
    assert stage.shown == [] and len(stage.frames) == 1, "it is held, no other is taken"
    stage.poll(0.001)
    assert stage.shown == [(due, stage.clock.now)]
    stage.poll(0.5)
    assert stage.shown[1:] == [(later, stage.clock.now)]


@pytest.mark.parametrize(("due_in", "is_shown"), [(0.49, False), (0.51, True), (60.0, True)])
def test_a_frame_of_a_wrong_time_is_shown_at_once(stage, due_in, is_shown):
    stage.frame(due_in)
    stage.poll()
    assert bool(stage.shown) == is_shown


def test_a_frozen_window_takes_frames_and_shows_none(stage):
    seen = []
    stage.window.view.show_picture = lambda picture: seen.append(int(picture[0, 0, 0]))
    stage.frame(0.0, colour=1)
    stage.poll()
    stage.press("Space")
    stage.frame(0.0, colour=2)
    stage.poll()
    assert seen == [1] and len(stage.shown) == 2
    stage.press("Space")
    stage.frame(0.0, colour=3)
    stage.poll()
    assert seen == [1, 3] and stage.sent == [("freeze", True), ("freeze", False)]


@pytest.mark.parametrize("way", ["F", "C"])
def test_what_is_frozen_is_seen_wherever_the_picture_goes(stage, way):
    def seen():
        shown = stage.stage if stage.stage.isVisible() else stage.window
        return shown.view.grab().toImage().pixelColor(shown.view.rect().center()).red()

    stage.press("F")  # an older picture is left there
    stage.frame(0.0, colour=90)
    stage.poll()
    stage.press("F")
    stage.frame(0.0, colour=200)
    stage.poll()
    stage.press("Space")
    for _ in range(4):
        stage.press(way)
        stage.frame(0.0, colour=250)
        stage.poll(0.1)
        assert seen() == 200
    stage.press("B")
    stage.press(way)
    assert seen() == 0, "black stays black"


def test_a_preview_that_becomes_the_show_is_the_picture_that_was_frozen(monkeypatch):
    stage = Stage(monkeypatch, Settings(output=(320, 240), control=True))
    for colour in (10, 20):  # the second comes too soon for another preview
        stage.frame(0.0, colour=colour)
        stage.poll(0.01)
    stage.press("Space")
    stage.stage.leave()
    assert stage.window.view.picture[0, 0, 0] == 20
    stage.close()


@pytest.mark.parametrize("fade", [0.0, 2.0])
def test_black_that_comes_by_and_by_is_seen_to_come(stage, fade):
    """A fade is in the pictures; without one the window need not wait for them."""
    stage.meters = replace(METERS, fade=fade)
    stage.poll()
    stage.press("B")
    assert stage.window.view.is_black == (fade == 0.0) and stage.window.bar.is_black
    stage.meters = replace(METERS, fade=fade, blackout=True)
    stage.poll(2.0)
    assert stage.window.view.is_black == (fade == 0.0)


def test_what_is_frozen_fades_to_black_as_well(stage):
    stage.meters = replace(METERS, fade=2.0)
    stage.poll()
    stage.press("Space")
    stage.meters = replace(METERS, fade=2.0, frozen=True)
    for passed, colour, is_seen in ((0.5, 90, False), (0.6, 80, True), (0.1, 0, True)):
        stage.frame(passed, colour=colour)
        stage.poll(passed)
        picture = stage.window.view.picture
        assert (picture is not None and picture[0, 0, 0] == colour) == is_seen


def test_meters_are_read_20_times_and_the_light_moves_30_times_a_second(stage):
    moved = []
    stage.window.bar.animate = moved.append
    stage.poll()
    assert (stage.asked, moved) == (1, [stage.clock.now])
    began = stage.clock.now
    for poll in range(1, 1001):
        stage.clock.now = began + poll * 0.001
        stage.poll()
    assert 20 <= stage.asked <= 21 and 29 <= len(moved) <= 31
    stage.window.bar.hide()
    stage.poll(1.0)
    assert len(moved) <= 31, "nobody sees it"


def test_the_meters_of_that_moment_are_shown(stage):
    shown = []
    stage.window.bar.show_meters = lambda *seen: shown.append(seen)
    stage.poll()
    assert shown == [], "there are none"
    stage.meters = METERS
    stage.poll(0.06)
    assert shown == [(METERS, stage.clock.now)]


def test_what_a_key_has_set_counts_a_second_before_the_show_is_believed(stage):
    def flags():
        return stage.window.bar.is_black, stage.window.bar.is_frozen, stage.windows.hand.is_mirrored

    stage.meters = replace(METERS, blackout=True, frozen=True, mirror=True)
    stage.poll()
    assert flags() == (True, True, True)
    for name in ("B", "Space", "M"):
        stage.press(name)
    assert stage.sent == [("blackout", False), ("freeze", False), ("mirror", False)]
    assert flags() == (False, False, False)
    stage.poll(0.94)
    assert flags() == (False, False, False)
    stage.poll(0.07)
    assert flags() == (True, True, True)


@pytest.mark.parametrize(("key", "flag"), [("B", "is_black"), ("Space", "is_frozen"), ("M", "")])
def test_each_of_these_keys_alone_counts_a_second(stage, key, flag):
    stage.meters = METERS
    stage.poll()
    stage.press(key)
    stage.poll(0.5)
    assert getattr(stage.window.bar, flag) if flag else stage.windows.hand.is_mirrored
    stage.poll(0.6)
    assert not (getattr(stage.window.bar, flag) if flag else stage.windows.hand.is_mirrored)


def test_black_and_frozen_are_painted_once_each_change(stage):
    bar, view = [], []
    stage.window.bar.update = lambda *where: bar.append(where)
    stage.window.view.repaint = lambda: view.append(stage.window.view.is_black)
    stage.press("B")
    assert (len(bar), view) == (1, [True])
    stage.press("B")
    assert (len(bar), view) == (2, [True, False])
    stage.press("Space")
    assert (len(bar), len(view)) == (3, 2)
    stage.meters = replace(METERS, frozen=True)
    stage.poll(2.0)
    assert len(view) == 2 and () in bar[3:] and len(bar) == 5, "the meters and the light alone"


def test_what_each_key_sends(stage):
    for name, sent in (
        ("S", ("style", "next")), ("Up", ("energy", "+0.1")), ("Down", ("energy", "-0.1")),
        ("PageDown", ("target", "next")), ("PageUp", ("target", "previous")),
        ("G", ("background", "next")), ("Q", ("quantise", "next")), ("D", ("dance", "next")),
        ("7", ("scene", 6)), ("R", ("reset", None)),
        ("Left", ("nudge", -10.0)), ("Right", ("nudge", 10.0)), ("Comma", ("half", None)),
        ("Period", ("double", None)), ("0", ("bpm", 0)), ("Backspace", ("bpm", 0)),
        ("T", ("tap", None)), ("B", ("blackout", True)), ("B", ("blackout", False)),
        ("Space", ("freeze", True)), ("M", ("mirror", True)), ("M", ("mirror", False)),
    ):  # fmt: skip
        stage.press(name)
        assert stage.sent.pop() == sent and not stage.sent, name
    assert stage.window.bar._beat_light.tapped_at == stage.clock.now
    for name in ("X", "Return", "F5"):
        stage.press(name)
    stage.press("B", autorep=True)
    assert not stage.sent, "no other key, none that is held down"


def places(stage):
    """Of the control window: its size, its picture, its bar; and of the stage its picture."""
    window = stage.window
    return (
        window.size().toTuple(), window.view.geometry().getRect(),
        window.bar.isVisibleTo(window) and window.bar.geometry().getRect(),
        stage.stage.view.geometry().getRect() if stage.stage.isVisible() else None,
    )  # fmt: skip


def test_the_bar_goes_and_comes_below_a_picture_that_keeps_its_size(stage):
    with_bar = ((320, 240 + HEIGHT), (0, 0, 320, 240), (0, 240, 320, HEIGHT), None)
    assert places(stage) == with_bar
    stage.press("I")
    assert places(stage) == ((320, 240), (0, 0, 320, 240), False, None)
    stage.press("I")
    assert places(stage) == with_bar
    stage.window.resize(500, 400)
    assert places(stage) == ((500, 400), (0, 0, 500, 340), (0, 340, 500, HEIGHT), None)


def test_on_the_one_screen_the_stage_has_no_bar_until_one_is_asked_for_and_then_not_over_the_feet(
    stage,
):
    stage.press("F")
    assert not stage.window.isVisible() and stage.stage.isFullScreen()
    full = stage.stage.screen().geometry()
    stage.stage.refill()
    assert places(stage)[3] == (0, 0, full.width(), full.height())
    assert not stage.stage.findChildren(StatusBar), "there is none that an event could show"
    for event in (Qt.WindowState.WindowNoState, Qt.WindowState.WindowFullScreen):
        stage.stage.changeEvent(QWindowStateChangeEvent(event))
    assert not stage.stage.findChildren(StatusBar)
    stage.press("I")
    (bar,) = stage.stage.findChildren(StatusBar)
    assert bar.geometry().getRect() == (0, full.height() - HEIGHT, full.width(), HEIGHT)
    assert places(stage)[3] == (0, 0, full.width(), full.height() - HEIGHT), "above the bar"
    stage.meters = replace(METERS, blackout=True)
    stage.poll(0.1)
    assert bar._meters is stage.meters and bar.is_black
    stage.press("I")
    assert stage.stage.note is None and places(stage)[3][3] == full.height()
    stage.press("I")
    stage.press("F")
    assert stage.stage.note is None and stage.window.isVisible() and not stage.stage.isVisible()


def test_all_keys_are_told_where_they_are_asked_for(stage):
    stage.press("Question")
    (sheet,) = stage.window.findChildren(KeysSheet)
    assert sheet.isVisible() and ("R", "reset") in sheet.lines
    assert sheet.geometry().bottom() == stage.window.view.geometry().bottom()
    stage.press("F1")
    assert not sheet.isVisible()
    stage.press("F")
    stage.press("Question")
    assert isinstance(stage.stage.note, KeysSheet)
    assert stage.stage.view.height() + stage.stage.note.height() == stage.stage.height()
    stage.press("Question")
    assert stage.stage.note is None


def test_full_screen_by_key_by_click_by_command_and_back_to_its_place(stage):
    window = stage.window
    window.setGeometry(30, 40, 400, 360)
    ways = (
        lambda: stage.press("F"), lambda: stage.press("F11"),
        lambda: stage.windows._toggle_fullscreen(),
        lambda: stage.windows.post(Fullscreen(None)),
        lambda: stage.windows.post(Fullscreen(not stage.windows.is_full)),
    )  # fmt: skip
    for way in ways:
        for is_full in (True, False):
            way()
            stage.poll()
            assert stage.windows.is_full == is_full == stage.stage.isVisible()
            assert window.isVisible() == (not is_full)
            shape = Qt.CursorShape.BlankCursor if is_full else Qt.CursorShape.ArrowCursor
            assert stage.stage.cursor().shape() == shape
            if not is_full:
                assert window.geometry().getRect() == (30, 40, 400, 360)
    for on in (False, True, True, False):
        stage.windows.post(Fullscreen(on))
        stage.poll()
        assert stage.windows.is_full == on
    stage.press("F")
    stage.press("Escape")
    assert not stage.windows.is_full
    stage.press("Escape")
    assert not stage.windows.is_full and window.isVisible() and not stage.sent
    stage.windows.post(Fullscreen(True))
    stage.windows.post(Fullscreen(False))
    stage.windows.post(Reset())
    stage.poll()
    assert not stage.windows.is_full, "one after the other; others do not concern it"


def test_a_double_click_on_either_picture_is_full_screen(stage):
    def click(window, x, y):
        at = QPointF(x, y)
        left, no = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        kind = QEvent.Type.MouseButtonDblClick
        window.mouseDoubleClickEvent(QMouseEvent(kind, at, at, left, left, no))

    click(stage.window, 10, 250)
    assert not stage.windows.is_full, "that is the bar"
    click(stage.window, 10, 10)
    assert stage.windows.is_full
    click(stage.stage, 10, 10)
    assert not stage.windows.is_full


def test_without_a_window_manager_it_fills_the_screen_by_itself(stage, monkeypatch):
    asked = []
    monkeypatch.setattr(
        stage_window.QTimer, "singleShot", lambda ms, then: asked.append((ms, then)), raising=False
    )
    stage.press("F")
    ((wait, fill),) = asked
    assert wait == 300
    stage.stage.setGeometry(0, 0, 300, 290)
    fill()
    assert stage.stage.geometry() == stage.stage.screen().geometry()
    stage.press("F")
    stage.stage.setGeometry(0, 0, 300, 290)
    fill()
    assert stage.stage.geometry().getRect() == (0, 0, 300, 290), "full screen no more"


def test_what_comes_late_ends_no_full_screen_but_the_window_manager_may(stage, monkeypatch):
    after = []
    monkeypatch.setattr(
        stage_window.QTimer, "singleShot", lambda ms, then: after.append(then), raising=False
    )
    stage.press("F")
    after.clear()
    lost = QWindowStateChangeEvent(Qt.WindowState.WindowFullScreen)
    stage.stage.isFullScreen = lambda: False
    again = []
    stage.stage._show_full = lambda: again.append(1)
    stage.clock.now += 1.9
    stage.stage.changeEvent(lost)
    after.pop()()
    assert again == [1] and stage.windows.is_full and stage.stage.isVisible()
    stage.clock.now += 0.2
    stage.stage.changeEvent(lost)
    after.pop()()
    assert not stage.windows.is_full and stage.window.isVisible() and not stage.stage.isVisible()
    stage.stage.changeEvent(lost)
    assert not after


def test_the_stage_in_a_window_of_its_own_has_the_controls_beside_it(monkeypatch):
    stage = Stage(monkeypatch, Settings(output=(320, 240), control=True))
    assert stage.window.isVisible() and stage.window.panel.isVisible()
    width, height = stage.stage.size().toTuple()
    assert stage.stage.isVisible() and width / height == pytest.approx(320 / 240, rel=0.02)
    assert not stage.stage.geometry().intersects(stage.window.geometry())
    stage.frame(0.0, colour=9)
    stage.poll()
    assert stage.stage.view.picture.shape[1] == 320 and stage.window.view.picture.shape[1] <= 320
    stage.frame(0.0, colour=10)
    stage.poll(0.05)
    stage.frame(0.0, colour=11)
    stage.poll(0.06)
    red = [v.picture[0, 0, 0] for v in (stage.stage.view, stage.window.view)]
    assert red == [11, 11] and stage.window.view.n_painted < 3, "ten previews a second"
    stage.close()


def test_a_preview_is_made_no_larger_than_it_is_seen():
    small = windows._small(np.zeros((1080, 1920, 3), np.uint8), QSize(480, 400))
    assert small.shape == (270, 480, 3)
    same = np.zeros((100, 200, 3), np.uint8)
    assert windows._small(same, QSize(480, 400)) is same


def test_the_window_may_not_be_smaller_than_a_picture_and_the_bar(stage):
    assert stage.window.minimumSize() == QSize(256, 144 + HEIGHT)


@pytest.mark.parametrize(
    ("ratio", "wide", "high", "size"),
    [
        (1.0, 320, 240, (320, 240)), (2.0, 320, 240, (160, 120)),
        (1.0, 4000, 1000, (950, 238)), (1.0, 1000, 4000, (169, 676)), (2.0, 1000, 1000, (500, 500)),
        (1.0, 800, 800, (676, 676)),
    ],
)  # fmt: skip
def test_a_screens_pixels_are_shown_one_to_one_or_made_to_fit(stage, ratio, wide, high, size):
    """Of a screen of 1000 by 800: 950 by 736, the bar included."""
    room = SimpleNamespace(availableGeometry=lambda: QRect(5, 5, 1000, 800))
    stage.window.screen = lambda: room
    stage.window.devicePixelRatio = lambda: ratio
    fitting = stage.windows.placing._size_for(QSize(wide, high))
    assert fitting.toTuple() == (size[0], size[1] + HEIGHT)


def test_the_first_frame_says_how_large_the_screen_is_where_nobody_did(monkeypatch):
    stage = Stage(monkeypatch, Settings())
    assert stage.window.size().toTuple() == (512, 512 + HEIGHT)
    for size in ((150, 400), (300, 300)):
        stage.frame(0.0, size)
        stage.poll()
        assert stage.window.size().toTuple() == (400, 150 + HEIGHT)
    stage.close()


def test_a_frame_in_full_screen_says_how_large_the_window_is_later(monkeypatch):
    stage = Stage(monkeypatch, Settings(fullscreen=""))
    assert stage.windows.is_full and stage.stage.isFullScreen()
    stage.frame(0.0, (200, 400))
    stage.poll()
    assert stage.stage.isFullScreen()
    stage.press("F")
    assert stage.window.size().toTuple() == (400, 200 + HEIGHT)
    stage.close()
    asked = Stage(monkeypatch, Settings(output=(320, 240)))
    asked.frame(0.0, (100, 100))
    asked.poll()
    assert asked.window.size().toTuple() == (320, 240 + HEIGHT), "as asked for"
    asked.close()


def test_it_ends_where_it_is_told_to(stage, monkeypatch):
    ended = []
    stage.windows._app = SimpleNamespace(quit=lambda: ended.append(1))
    stage.windows._timer.start(1000)
    stage.frame(0.0)
    stage.windows.finish()
    stage.poll()
    assert ended and stage.shown == [] and not stage.window.isVisible()
    assert not stage.windows._timer.isActive()
    for window in (stage.window, stage.stage):
        ended.clear()
        event = QCloseEvent()
        event.ignore()
        window.closeEvent(event)
        assert event.isAccepted() and ended == [1]


def test_it_is_black_and_bears_its_name_and_the_skeleton(stage):
    for window, title in ((stage.window, "dancelive"), (stage.stage, "dancelive stage")):
        assert window.windowTitle() == title and not window.windowIcon().isNull()
        assert window.styleSheet() == "background: black"


def test_a_picture_is_painted_at_once_when_it_is_shown():
    view = picture_view.PictureView()
    painted = []
    view.repaint = lambda: painted.append(view.picture.shape[1])
    view.show_picture(np.zeros((20, 40, 3), np.uint8))
    assert painted == [40]


def test_it_is_polled_250_times_a_second_to_the_ms(monkeypatch):
    started = []
    monkeypatch.setattr(windows.QTimer, "start", lambda timer, ms: started.append((timer, ms)))
    stage = Stage(monkeypatch)
    ((timer, ms),) = started
    assert ms == 4 and timer.timerType() == Qt.TimerType.PreciseTimer
    stage.close()


# the picture in it


def test_the_picture_is_painted_as_large_as_fits_on_black(monkeypatch):
    marks = noted(monkeypatch, picture_view)
    view = picture_view.PictureView()
    assert view.testAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
    view.resize(200, 100)
    ground, *others = painting(view, marks)
    assert ground.where == (0, 0, 200, 100) and not others and view.n_painted == 0
    view.show_picture(np.full((50, 50, 3), (200, 100, 7), np.uint8))
    view.n_painted = 0
    picture, ground = painting(view, marks)
    assert (picture.kind, picture.where) == ("image", (50, 0, 100, 100)) and view.n_painted == 1
    assert ground.where == (0, 0, 200, 100), "around it"
    seen = view.grab().toImage()
    colours = [seen.pixelColor(x, 50).getRgb()[:3] for x in (0, 49, 50, 149, 150, 199)]
    assert colours == [(0, 0, 0)] * 2 + [(200, 100, 7)] * 2 + [(0, 0, 0)] * 2
    view.n_painted = 1
    view.is_black = True
    (ground,) = painting(view, marks)
    assert ground.where == (0, 0, 200, 100) and view.n_painted == 1


def test_a_picture_is_scaled_once_and_only_where_the_window_has_another_size(monkeypatch):
    scaled = []
    resize = picture_view.cv2.resize

    def counted(picture, size, interpolation):
        scaled.append((size, interpolation))
        return resize(picture, size, interpolation=interpolation)

    monkeypatch.setattr(picture_view.cv2, "resize", counted)
    view = picture_view.PictureView()
    view.resize(64, 48)
    view.show_picture(np.zeros((48, 64, 3), np.uint8))
    view.grab()
    assert not scaled
    view.show_picture(np.zeros((24, 32, 3), np.uint8))
    for _ in range(3):
        view.grab()
    assert scaled == [((64, 48), picture_view.cv2.INTER_LINEAR)]
    view.resize(32, 24)
    view.show_picture(np.zeros((48, 64, 3), np.uint8))
    view.grab()
    assert scaled[1:] == [((32, 24), picture_view.cv2.INTER_AREA)], "no pixel is left out"


def test_the_colours_of_a_picture_arrive(monkeypatch):
    view = picture_view.PictureView()
    view.resize(40, 20)
    view.show_picture(np.full((20, 40, 3), (200, 100, 7), np.uint8)[:, ::-1])
    assert view.grab().toImage().pixelColor(20, 10).getRgb()[:3] == (200, 100, 7)


def test_the_icon_is_a_skeleton_in_the_middle():
    image = picture_view.standing_icon().pixmap(64, 64).toImage()
    lit = np.array(
        [[image.pixelColor(x, y).lightness() > 40 for x in range(64)] for y in range(64)]
    )
    rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
    assert (*rows[[0, -1]], *columns[[0, -1]]) == pytest.approx((7, 57, 23, 40), abs=1)
    assert lit.mean() == pytest.approx(0.135, abs=0.03)
