"""--calibrate in a room that is made here: clicks heard again; its window of flash and click."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from made_clock import made_clock
from painted import noted, painting
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent

from live.calibration import calibrate, window
from live.calibration.clicks import clicks
from live.calibration.delays import Delays
from live.core.media_clock import MediaClock
from live.core.messages import AudioBlock
from live.core.settings import Settings
from live.sound.source import SourceError
from live.window.palette import CALM, FAINT, TEXT

KEPT = []  # PySide6 takes the screen along with a window that is deleted; a show has one window


class Waited:
    """An event that has come, and how long one would have waited."""

    def __init__(self, order, name):
        self._order, self._name = order, name

    def wait(self, seconds):
        self._order.append((self._name, seconds))

    def set(self):
        self._order.append((self._name, "set"))


class Room:
    """What is played comes back after a delay; both devices say late when they sounded."""

    def __init__(self, patch, delay=0.08):
        self.clock = made_clock(patch, calibrate)
        self.order, self.delay, self.rate = [], delay, 48_000
        self.loudness = 0.5
        patch.setattr(calibrate, "Player", self._player)
        began = lambda: Waited(self.order, "began")  # noqa: E731
        patch.setattr(calibrate, "threading", SimpleNamespace(Event=began))

    def _player(self, name, rate, channels, pieces):
        self.order.append(("player", name, rate, channels))
        self._sound = np.concatenate(list(pieces()))
        return SimpleNamespace(
            start=self._play, stop=lambda: self.order.append("quiet"),
            finished=Waited(self.order, "finished"),
        )  # fmt: skip

    def start(self, put):
        """The microphone opens, 0.3 s before anything is played."""
        self.order.append("listen")
        self._hear = put
        silence = np.zeros((round(0.3 * self.rate), 1), np.float32)
        self.clock.now += 0.3
        put(AudioBlock(silence, self.rate, 0, self.clock.now))

    def stop(self):
        self.order.append("deaf")

    def _play(self, put):
        self.order.append("play")
        began, n_block, before = self.clock.now, 480, round(0.3 * self.rate)
        late = round(self.delay * self.rate)
        heard = np.concatenate([np.zeros((late, 1), np.float32), self._sound]) * self.loudness
        for first in range(0, len(self._sound) - n_block + 1, n_block):
            at = began + (first + n_block) / self.rate
            put(AudioBlock(self._sound[first : first + n_block], self.rate, first, at))
            block = heard[first : first + n_block]
            self._hear(AudioBlock(block, self.rate, before + first, at))


def test_the_clicks_that_are_played_are_heard_again(monkeypatch):
    room = Room(monkeypatch, 0.08)
    trip = calibrate.measure_loop(room)
    assert trip is not None
    assert trip.delay == pytest.approx(0.08, abs=1e-4) and trip.n_found == 12
    assert trip.spread < 1e-4
    seconds = 1.5 + sum(calibrate.GAPS_S) + 1.2
    assert len(room._sound) == round(48_000 * seconds)
    order = [step for step in room.order if step != ("began", "set")]
    assert order == [
        ("player", "clicks", 48_000, 1), "listen", ("began", 5.0), "play",
        ("finished", pytest.approx(seconds + 5.0)), "quiet", "deaf",
    ]  # fmt: skip
    assert room.clock.slept == [1.2]


def test_a_silent_room_gives_nothing_and_everything_is_stopped(monkeypatch):
    room = Room(monkeypatch)
    room.loudness = 0.0
    assert calibrate.measure_loop(room) is None
    assert room.order[-2:] == ["quiet", "deaf"]
    room._play = lambda put: 1 / 0
    monkeypatch.setattr(
        calibrate, "Player",
        lambda *_: SimpleNamespace(start=room._play, stop=lambda: room.order.append("quiet")),
    )  # fmt: skip
    room.order.clear()
    with pytest.raises(ZeroDivisionError):
        calibrate.measure_loop(room)
    assert room.order[-2:] == ["quiet", "deaf"], "though it broke"


@pytest.mark.parametrize(
    ("before", "kept", "said"),
    [
        (None, 0.03, "eye and ear  flash and click meet with the picture 30 ms later"),
        (0.05, -0.02, "eye and ear  flash and click meet with the picture 20 ms earlier"),
        (0.05, None, "eye and ear  left as it was"),
    ],
)
def test_a_person_moves_the_flash_until_it_meets_the_click(monkeypatch, before, kept, said):
    made_clock(monkeypatch, calibrate)
    order, told = [], []
    ticks = SimpleNamespace(
        start=lambda put: order.append("ticks"), stop=lambda: order.append("quiet")
    )

    def player(name, rate, channels, pieces):
        order.append((name, rate, channels))
        every = pieces()
        first, second = next(every), next(every)
        assert first is second and first.shape == (48_000, 1)
        assert np.array_equal(first, clicks(48_000, [0.0], 1.0))
        return ticks

    monkeypatch.setattr(calibrate, "Player", player)
    monkeypatch.setattr(window, "CalibrationWindow", lambda *given: order.append(given) or "it")
    monkeypatch.setattr(window, "run", lambda shown: order.append(shown) or kept)
    found = Delays() if before is None else Delays().with_picture("HDMI", before)
    new = calibrate._by_eye(found, Settings(fullscreen="1"), "HDMI", told.append)
    assert new == (found if kept is None else found.with_picture("HDMI", kept))
    assert told == [said]
    given = order.pop(2)
    assert isinstance(given[0], MediaClock) and given[1:] == (before or 0.0, "1")
    assert order == [("clicks", 48_000, 1), "ticks", "it", "quiet"]


def test_what_is_done_is_said_in_this_order(monkeypatch, tmp_path):
    monkeypatch.setenv("DANCELIVE_DELAYS", str(tmp_path / "delays.json"))
    said = []
    monkeypatch.setattr(calibrate, "measure_loop", lambda microphone: None)
    found = calibrate._by_loop(Delays(), SimpleNamespace(name="mic"), "HDMI", said.append)
    assert found == Delays()
    assert said == [
        "microphone   playing 12 clicks, 7 seconds ...",
        'microphone   "mic" does not hear the clicks: turn the loudspeaker up or bring the '
        "microphone nearer; without them only the eye and the ear count.",
    ]


# its window


@pytest.fixture
def made(monkeypatch):
    """A window on a clock, 1000.0 = media time 0, and what it paints."""
    clock = made_clock(monkeypatch, window)
    clicks_at = MediaClock(clock.now)
    clicks_at.observe(0.0, clock.now)
    shown = window.CalibrationWindow(clicks_at, 0.03)
    shown._timer.stop()
    KEPT.append(shown)
    marks = noted(monkeypatch, window)
    yield SimpleNamespace(window=shown, clock=clock, paint=lambda: painting(shown, marks))
    shown.close()


def press(shown, name):
    key = Qt.Key[f"Key_{name}"]
    shown.keyPressEvent(QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier))


def test_the_arrows_move_it_by_ten_and_by_two_as_far_as_half_a_second(made):
    shown = made.window
    assert (shown.delay_ms, shown.kept) == (30, None)
    for name, ms in (("Left", 20), ("Right", 30), ("Down", 28), ("Up", 30), ("X", 30)):
        press(shown, name)
        assert shown.delay_ms == ms
    for way, end in (("Left", -500), ("Right", 500)):
        for _ in range(200):
            press(shown, way)
        assert shown.delay_ms == end and shown.isVisible()


@pytest.mark.parametrize(("name", "kept"), [("Return", 0.03), ("Enter", 0.03), ("Escape", None)])
def test_enter_keeps_it_and_escape_does_not(made, monkeypatch, name, kept):
    ended = []
    monkeypatch.setattr(window, "QApplication", SimpleNamespace(quit=lambda: ended.append(1)))
    monkeypatch.setattr(window, "run_window", lambda shown: press(shown, name))
    made.window._timer.start(1000)
    assert window.run(made.window) == kept
    assert ended == [1] and not made.window.isVisible() and not made.window._timer.isActive()
    event = QCloseEvent()
    event.ignore()
    made.window.closeEvent(event)
    assert event.isAccepted()


def test_when_told_to_finish_it_closes_and_keeps_nothing(made):
    made.window.finish()
    assert not made.window.isVisible() and made.window.kept is None


@pytest.mark.parametrize("later", [0.0, 0.25, 0.5, 0.75, 5.9])
def test_the_hand_goes_round_once_a_second_and_is_up_with_the_flash(made, later):
    """30 ms after the click; what is drawn stands for 4 ms and is meant for their middle."""
    made.clock.now = 1000.03 + later - 0.002 + 1e-7
    marks = made.paint()
    is_flash = later % 1 == 0
    ground, circle, hand, top, words, *helps = marks
    ink = "#000000" if is_flash else TEXT.name()
    assert (ground.where, ground.fill) == (
        (0, 0, 720, 560), "#ffffff" if is_flash else "#000000",
    )  # fmt: skip
    assert circle.where == (360, 224, 168, 168)
    assert (circle.ink, circle.pen.width()) == (FAINT.name(), 2)
    turn = 2 * math.pi * later
    assert hand.where == pytest.approx(
        (360, 224, 360 + 168 * math.sin(turn), 224 - 168 * math.cos(turn)), abs=1e-3
    )
    assert (hand.ink, hand.pen.width(), hand.pen.capStyle()) == (ink, 6, Qt.PenCapStyle.RoundCap)
    assert top.where == pytest.approx((360, 224 - 1.12 * 168)) and top.ink == ink
    assert (words.text, words.size, words.ink) == ("picture 30 ms later", 28, ink)
    assert words.where[:4] == pytest.approx((0, 0.76 * 560, 720, 48))
    assert [m.where[:4] for m in helps] == [
        pytest.approx((0, down * 560, 720, 48)) for down in (0.86, 0.915)
    ]
    assert {(m.size, m.ink) for m in helps} == {(13, ink if is_flash else CALM.name())}
    assert [m.text for m in helps] == [
        "Move the flash until it meets the click:   ← earlier   → later   (↑ ↓ by 2 ms)",
        "Enter keeps it      Esc leaves all as it was",
    ]


@pytest.mark.parametrize(
    ("since", "is_flash"), [(-0.001, False), (0.001, True), (0.079, True), (0.081, False)]
)
def test_a_flash_is_eighty_milliseconds(made, since, is_flash):
    made.clock.now = 1003.03 + since - 0.002
    assert (made.paint()[0].fill == "#ffffff") == is_flash


def test_the_circle_fits_into_a_window_that_is_high(made):
    made.window.resize(300, 900)
    circle = made.paint()[1]
    assert circle.where == (150, 360, 90, 90)


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0, "picture as it is"), (1, "picture 1 ms later"), (-2, "picture 2 ms earlier")],
)
def test_the_delay_in_words(made, ms, words):
    made.window._ms = ms
    assert words in [mark.text for mark in made.paint()]


def test_it_opens_in_a_window_or_on_the_screen_that_was_asked_for(made, monkeypatch):
    assert made.window.size().toTuple() == (720, 560) and not made.window.isFullScreen()
    assert not made.window.windowIcon().isNull()
    assert made.window.isVisible() and made.window.windowTitle() == "dancelive: flash and click"
    started, chosen = [], []
    monkeypatch.setattr(window.QTimer, "start", lambda timer, ms: started.append((timer, ms)))
    screens = [
        SimpleNamespace(name=lambda n=n: f"S{n}", geometry=lambda n=n: QRect(100 * n, 0, 700, 500))
        for n in (0, 1)
    ]
    monkeypatch.setattr(window.QGuiApplication, "screens", lambda: screens, raising=False)
    monkeypatch.setattr(window, "choose_screen", lambda *given: chosen.append(given) or (0, ""))
    for wanted in (0, 1):
        shown = window.CalibrationWindow(MediaClock(0.0), -0.0124, str(wanted))
        KEPT.append(shown)
        assert shown.isFullScreen() and shown.delay_ms == -12
        assert started[wanted][1] == 4
        assert started[wanted][0].timerType() == Qt.TimerType.PreciseTimer
        shown.close()
    assert chosen == [(["S0", "S1"], "0"), (["S0", "S1"], "1")]


def test_it_is_painted_anew_at_each_poll(made):
    assert made.window._timer.receivers("2timeout()") == 1


def test_where_nothing_can_be_played_nothing_is_asked(monkeypatch):
    monkeypatch.setattr(calibrate, "playable_rate", lambda *asked: asked != (48_000, 1) or None)
    with pytest.raises(SourceError, match="There is no sound output"):
        calibrate.calibrate(Settings(), print)


def test_the_times_of_the_clicks():
    gaps = (0.31, 0.43, 0.37, 0.29, 0.47, 0.34, 0.41, 0.28, 0.45, 0.33, 0.39)
    assert gaps == calibrate.GAPS_S
    assert pytest.approx(np.cumsum([1.5, *gaps])) == calibrate.TIMES_S
