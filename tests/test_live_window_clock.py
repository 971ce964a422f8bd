"""The stage window on a clock made here: when frames are shown, what keys set, places and sizes."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_clock import made_clock
from painted import noted, painting
from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QWindowStateChangeEvent

from live.core.messages import (
    Beat,
    Blackout,
    ChangeLevel,
    ChooseStyle,
    Frame,
    Freeze,
    Fullscreen,
    Meters,
    Mirror,
    Nudge,
    Pose,
    Reset,
    SetBpm,
    Tap,
)
from live.core.settings import Settings
from live.window import beat_light, picture_view, stage_window, status_bar
from live.window.stage_window import StageWindow
from live.window.status_bar import HEIGHT

BEAT = Beat(0.0, 0.5, 0.0, 120.0, 0.5, None, 0.9)
METERS = Meters("listening", "alice", "club", BEAT, 0.5, None, 30.0, 60.0, 2.0, 20.0, 0, 0, True)
POSE = Pose(0.0, np.zeros((18, 2), np.float32), 0.0)
KEPT = []  # PySide6 takes the screen along with a window that is deleted; a show has one window


class Stage:
    """A window that is polled by the test alone, and all that goes in and out."""

    def __init__(self, patch, settings=None):
        self.clock = made_clock(patch, stage_window, status_bar, beat_light)
        self.frames, self.sent, self.shown = [], [], []
        self.meters = None
        self.asked = 0
        self.window = StageWindow(
            settings or Settings(output=(320, 240)), self._take, self._read, self.sent.append,
            lambda frame, at: self.shown.append((frame.time, at)),
        )  # fmt: skip
        self.window._timer.stop()
        KEPT.append(self.window)

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
        self.window._poll()

    def press(self, name, **more):
        no = Qt.KeyboardModifier.NoModifier
        key = Qt.Key[f"Key_{name}"]
        self.window.keyPressEvent(QKeyEvent(QEvent.Type.KeyPress, key, no, **more))


@pytest.fixture
def stage(monkeypatch):
    stage = Stage(monkeypatch)
    yield stage
    stage.window.close()


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
    stage.window.screen_view.show_picture = lambda picture: seen.append(int(picture[0, 0, 0]))
    stage.frame(0.0, colour=1)
    stage.poll()
    stage.press("Space")
    stage.frame(0.0, colour=2)
    stage.poll()
    assert seen == [1] and len(stage.shown) == 2
    stage.press("Space")
    stage.frame(0.0, colour=3)
    stage.poll()
    assert seen == [1, 3] and stage.sent == [Freeze(True), Freeze(False)]


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
        return stage.window.bar.is_black, stage.window.bar.is_frozen, stage.window._mirror

    stage.meters = replace(METERS, blackout=True, frozen=True, mirror=True)
    stage.poll()
    assert flags() == (True, True, True)
    for name in ("B", "Space", "M"):
        stage.press(name)
    assert stage.sent == [Blackout(False), Freeze(False), Mirror(False)]
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
    assert getattr(stage.window.bar, flag) if flag else stage.window._mirror
    stage.poll(0.6)
    assert not (getattr(stage.window.bar, flag) if flag else stage.window._mirror)


def test_black_and_frozen_are_painted_once_each_change(stage):
    bar, view = [], []
    stage.window.bar.update = lambda *where: bar.append(where)
    stage.window.screen_view.repaint = lambda: view.append(stage.window.screen_view.is_black)
    stage.press("B")
    assert (len(bar), view) == (1, [True])
    stage.press("B")
    assert (len(bar), view) == (2, [True, False])
    stage.press("Space")
    assert (len(bar), len(view)) == (3, 2)
    stage.window._set_black(False)
    stage.window._set_frozen(True)
    assert (len(bar), len(view)) == (3, 2), "as it was"


def test_what_each_key_sends(stage):
    for name, sent in (
        ("S", ChooseStyle("")), ("R", Reset()), ("Left", Nudge(-10.0)), ("Right", Nudge(10.0)),
        ("Comma", ChangeLevel(0.5)), ("Period", ChangeLevel(2.0)), ("0", SetBpm(0.0)),
        ("Backspace", SetBpm(0.0)), ("T", Tap(stage.clock.now)), ("B", Blackout(True)),
        ("B", Blackout(False)), ("Space", Freeze(True)), ("M", Mirror(True)), ("M", Mirror(False)),
    ):  # fmt: skip
        stage.press(name)
        assert stage.sent.pop() == sent and not stage.sent, name
    assert stage.window.bar._beat_light.tapped_at == stage.clock.now
    for name in ("X", "Return", "F5"):
        stage.press(name)
    stage.press("B", autorep=True)
    assert not stage.sent, "no other key, none that is held down"


def test_the_bar_goes_and_comes_below_a_picture_that_keeps_its_size(stage):
    window = stage.window

    def places():
        return (
            (window.width(), window.height()), window.screen_view.geometry().getRect(),
            window.bar.isVisibleTo(window) and window.bar.geometry().getRect(),
        )  # fmt: skip

    with_bar = ((320, 240 + HEIGHT), (0, 0, 320, 240), (0, 240, 320, HEIGHT))
    assert places() == with_bar
    stage.press("I")
    assert places() == ((320, 240), (0, 0, 320, 240), False)
    stage.press("I")
    assert places() == with_bar
    window.resize(500, 400)
    assert places() == ((500, 400), (0, 0, 500, 340), (0, 340, 500, HEIGHT))
    stage.press("F")
    full = window.screen().geometry()
    window._fill_screen()
    assert places() == ((full.width(), full.height()), (0, 0, full.width(), full.height()), False)
    stage.press("I")  # in full screen over the picture
    assert places()[1:] == (
        (0, 0, full.width(), full.height()), (0, full.height() - HEIGHT, full.width(), HEIGHT),
    )  # fmt: skip
    stage.press("F")
    assert places() == ((500, 400), (0, 0, 500, 340), (0, 340, 500, HEIGHT))


def test_full_screen_by_key_by_click_by_command_and_back_to_its_place(stage):
    window = stage.window
    window.setGeometry(30, 40, 400, 360)
    ways = (
        lambda: stage.press("F"), lambda: stage.press("F11"),
        lambda: window.mouseDoubleClickEvent(None),
        lambda: window.post(Fullscreen(None)), lambda: window.post(Fullscreen(not window.is_full)),
    )  # fmt: skip
    for way in ways:
        for is_full in (True, False):
            way()
            stage.poll()
            assert window.is_full == is_full == window.isFullScreen()
            shape = Qt.CursorShape.BlankCursor if is_full else Qt.CursorShape.ArrowCursor
            assert window.cursor().shape() == shape
            if not is_full:
                assert window.geometry().getRect() == (30, 40, 400, 360)
    for on in (False, True, True, False):
        window.post(Fullscreen(on))
        stage.poll()
        assert window.is_full == on
    stage.press("F")
    stage.press("Escape")
    assert not window.is_full
    stage.press("Escape")
    assert not window.is_full and window.isVisible() and not stage.sent
    window.post(Fullscreen(True))
    window.post(Fullscreen(False))
    window.post(Reset())
    stage.poll()
    assert not window.is_full, "one after the other; others do not concern it"


def test_without_a_window_manager_it_fills_the_screen_by_itself(stage, monkeypatch):
    asked = []
    monkeypatch.setattr(
        stage_window.QTimer, "singleShot", lambda ms, then: asked.append((ms, then)), raising=False
    )
    stage.press("F")
    ((wait, fill),) = asked
    assert wait == 300
    stage.window.setGeometry(0, 0, 300, 290)
    fill()
    assert stage.window.geometry() == stage.window.screen().geometry()
    stage.press("F")
    before = stage.window.geometry()
    fill()
    assert stage.window.geometry() == before, "full screen no more"


def test_the_window_manager_may_begin_and_end_full_screen(stage):
    window = stage.window
    full, normal = Qt.WindowState.WindowFullScreen, Qt.WindowState.WindowNoState
    for old, new, is_full in (
        (normal, full, True), (full, full, True), (full, normal, False), (normal, normal, False),
    ):  # fmt: skip
        window.windowState = lambda new=new: new
        arranged = []
        window._arrange = lambda noted=arranged: noted.append(1)
        window.changeEvent(QWindowStateChangeEvent(old))
        assert window.is_full == is_full
        assert len(arranged) == (old != new)
        shape = Qt.CursorShape.BlankCursor if is_full else Qt.CursorShape.ArrowCursor
        assert window.cursor().shape() == shape


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
    assert stage.window._size_for(wide, high).toTuple() == (size[0], size[1] + HEIGHT)


def test_the_first_frame_says_how_large_the_screen_is_where_nobody_did(monkeypatch):
    stage = Stage(monkeypatch, Settings())
    assert stage.window.size().toTuple() == (512, 512 + HEIGHT)
    for size in ((150, 400), (300, 300)):
        stage.frame(0.0, size)
        stage.poll()
        assert stage.window.size().toTuple() == (400, 150 + HEIGHT)
    stage.window.close()


def test_a_frame_in_full_screen_says_how_large_the_window_is_later(monkeypatch):
    stage = Stage(monkeypatch, Settings(fullscreen=0))
    assert stage.window.is_full and stage.window.isFullScreen()
    stage.frame(0.0, (200, 400))
    stage.poll()
    assert stage.window.isFullScreen()
    stage.press("F")
    assert stage.window.size().toTuple() == (400, 200 + HEIGHT)
    stage.window.close()
    asked = Stage(monkeypatch, Settings(output=(320, 240)))
    asked.frame(0.0, (100, 100))
    asked.poll()
    assert asked.window.size().toTuple() == (320, 240 + HEIGHT), "as asked for"
    asked.window.close()


def test_the_chosen_screen_is_taken_once(stage, monkeypatch):
    chosen = []
    screens = [SimpleNamespace(geometry=lambda n=n: QRect(100 * n, 0, 700, 500)) for n in (0, 1)]
    monkeypatch.setattr(stage_window.QGuiApplication, "screens", lambda: screens, raising=False)
    monkeypatch.setattr(
        stage_window, "choose_screen", lambda _, wanted: chosen.append(wanted) or wanted
    )
    window = stage.window
    placed = []
    monkeypatch.setattr(window, "setGeometry", lambda place: placed.append(place.getRect()))
    window._wanted_screen = 1
    for is_on in (True, False, True):
        window.set_fullscreen(is_on)
    assert chosen == [1] and placed[0] == (100, 0, 700, 500)
    window._wanted_screen, window.is_full = 0, False
    window.set_fullscreen(True)
    assert chosen == [1, 0], "the first one as well"


def test_it_ends_where_it_is_told_to(stage, monkeypatch):
    ended = []
    application = SimpleNamespace(quit=lambda: ended.append(1))
    monkeypatch.setattr(stage_window, "QApplication", application)
    stage.window._timer.start(1000)
    stage.frame(0.0)
    stage.window.finish()
    stage.poll()
    assert ended == [1] and stage.shown == [] and not stage.window.isVisible()
    assert not stage.window._timer.isActive()
    event = QCloseEvent()
    event.ignore()
    stage.window.closeEvent(event)
    assert event.isAccepted()


def test_it_is_black_and_bears_its_name_and_the_skeleton(stage, monkeypatch):
    window = stage.window
    assert window.windowTitle() == "dancelive" and not window.windowIcon().isNull()
    assert window.styleSheet() == "background: black"
    raised = []
    window.bar.raise_ = lambda: raised.append(1)
    window.resize(400, 400)
    window._arrange()
    assert raised, "over the picture"


def test_a_picture_is_painted_at_once_when_it_is_shown():
    view = picture_view.PictureView()
    painted = []
    view.repaint = lambda: painted.append(view.image.width())
    view.show_picture(np.zeros((20, 40, 3), np.uint8))
    assert painted == [40]


def test_it_is_polled_250_times_a_second_to_the_ms(monkeypatch):
    started = []
    monkeypatch.setattr(stage_window.QTimer, "start", lambda timer, ms: started.append((timer, ms)))
    stage = Stage(monkeypatch)
    ((timer, ms),) = started
    assert ms == 4 and timer.timerType() == Qt.TimerType.PreciseTimer
    stage.window.close()


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
    ground, picture = painting(view, marks)
    assert (picture.kind, picture.where) == ("image", (50, 0, 100, 100)) and view.n_painted == 1
    view.is_black = True
    assert len(painting(view, marks)) == 1 and view.n_painted == 1


def test_a_picture_of_the_windows_size_is_neither_scaled_nor_converted(monkeypatch):
    kinds = []

    def format_of(picture):
        view.show_picture(picture)
        view.image.convertToFormat = lambda form: kinds.append(form) or view.image
        view.grab()

    view = picture_view.PictureView()
    view.resize(64, 48)
    format_of(np.zeros((48, 64, 3), np.uint8))
    assert not kinds
    format_of(np.zeros((24, 32, 3), np.uint8))
    assert len(kinds) == 1


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
