"""Frames on a clock made here: begun, published and left out to the digit."""

import threading

import numpy as np
import pytest
from made_clock import made_clock

from live.core import exact_sleep, media_time
from live.core.media_clock import MediaClock
from live.core.messages import Frame, Pose
from live.core.settings import Settings
from live.core.stats import Stats
from live.show import frame_clock
from live.show.frame_clock import FrameClock, Pace

START = 1000.0
IMAGE, JOINTS = np.zeros((4, 4, 3), np.uint8), np.zeros((18, 2), np.float32)


class Stage:
    """A painter that takes `paint_s` each; what was begun and published when, in media time."""

    def __init__(self, patch, paint_s, heard=None, **settings):
        self.clock = made_clock(patch, frame_clock, media_time, exact_sleep)
        self.paint_s, self.stats = paint_s, Stats()
        self.begun, self.shown, self.watched = [], [], []
        self.frames = FrameClock(
            Settings(**settings), heard or MediaClock(START), self.stats, self._paint,
            self._publish, lambda t: t >= self.until, lambda *told: self.watched.append(told),
        )  # fmt: skip
        self.until = 0.0

    def _paint(self, media_time, due):
        self.begun.append((media_time, self.clock.now - START))
        self.clock.now += self.paint_s
        frame = Frame(media_time, due, IMAGE, Pose(media_time, JOINTS, 0.0), self.clock.now)
        return frame, JOINTS

    def _publish(self, frame, placed):
        assert placed is JOINTS
        self.stats.frames += 1
        self.shown.append((frame.time, self.clock.now - START))

    def perform(self, until):
        self.until, ending = until, threading.Event()
        self.frames.run(ending)
        assert ending.is_set()
        return np.array(self.shown), np.array(self.begun)


@pytest.mark.parametrize("delay_ms", [0.0, 80.0, -50.0])
def test_frames_are_published_when_they_are_due(monkeypatch, delay_ms):
    stage = Stage(monkeypatch, 0.004, fps=25.0, delay_ms=delay_ms)
    shown, begun = stage.perform(2.0)
    delay = delay_ms / 1e3
    assert shown[1:, 1] == pytest.approx(shown[1:, 0] + delay, abs=1e-6)
    assert np.diff(shown[:, 0]) == pytest.approx(0.04)
    assert shown[-1, 0] == pytest.approx(1.96)
    # A quick painter is begun well after the frame before is out, once it is known for that.
    assert begun[20:, 1] == pytest.approx(begun[20:, 0] + delay - 0.6 * 0.04, abs=1e-6)
    assert stage.stats.frames_late == 0
    assert stage.stats.renderer_ms.recent() == pytest.approx(4.0)
    assert stage.stats.lead_ms.recent() == pytest.approx(0.6 * 40 - 4, abs=1e-3)
    assert [lost for *_, lost in stage.watched] == [0] * len(shown)
    assert [took for _, took, _ in stage.watched] == pytest.approx([0.004] * len(shown))
    assert stage.watched[-1][0] == pytest.approx(START + begun[-1, 1] + 0.004)


def test_a_slow_painter_leaves_out_as_many_as_it_must_and_they_are_counted(monkeypatch):
    stage = Stage(monkeypatch, 0.1, fps=30.0)
    shown, _ = stage.perform(10.0)
    late = shown[20:, 1] - shown[20:, 0]
    assert late.max() < 0.5 / 30 + 0.012 and late.min() > -1e-6
    steps = np.round(np.diff(shown[20:, 0]) * 30)
    assert set(steps) <= {3.0, 4.0}
    lost = sum(lost for *_, lost in stage.watched)
    assert lost <= stage.stats.frames_late <= lost + 3, "those before the end are not painted"
    assert lost == round(30 * (shown[-1, 0] - shown[0, 0])) + 1 - len(shown)


def test_another_rate_goes_on_from_the_same_moment(monkeypatch):
    stage = Stage(monkeypatch, 0.004, fps=30.0)
    stage.perform(1.0)
    stage.frames.set_fps(10.0)
    shown, _ = stage.perform(2.0)
    times = shown[:, 0]
    after = times[times >= 1.0 - 1e-9]
    assert after == pytest.approx(np.arange(10, 20) / 10)
    assert shown[1:, 1] == pytest.approx(times[1:], abs=1e-6)
    stage.frames.set_fps(20.0)
    shown, _ = stage.perform(2.5)
    assert shown[-10:, 0] == pytest.approx(2.0 + np.arange(10) / 20)
    assert stage.stats.frames_late == 0


def test_where_media_time_goes_back_frames_go_on_from_there(monkeypatch):
    heard = MediaClock(START)
    heard.observe(0.0, START)
    stage = Stage(monkeypatch, 0.004, heard, fps=25.0)
    stage.perform(3.0)
    heard.observe(1.0, stage.clock.now, stood=True)
    shown, _ = stage.perform(1.5)
    again = shown[75:]
    assert again[0, 0] == pytest.approx(1.0, abs=0.05)
    assert np.diff(again[:, 0]) == pytest.approx(0.04)
    assert stage.stats.frames_late == 0


def test_the_first_frame_waits_for_nothing(monkeypatch):
    stage = Stage(monkeypatch, 0.5, fps=30.0)
    stage.perform(0.1)
    assert stage.begun[0][1] == 0.0
    assert stage.watched[0][2] == 0, "what nobody could have painted is not late"


def test_an_end_is_heard_while_a_frame_is_waited_for(monkeypatch):
    stage = Stage(monkeypatch, 0.0, fps=1.0)
    ending = threading.Event()
    stage.until = 99.0
    stage.clock.tick = lambda: stage.clock.now > START + 3.3 and ending.set()
    stage.frames.run(ending)
    assert stage.clock.now < START + 3.6


def test_what_is_expected_of_a_painter():
    pace = Pace(0.04)
    assert pace.usual == 0.02
    pace.took(0.03)
    assert pace.usual == pytest.approx(0.021)
    pace.took(9.0)
    assert pace.usual == pytest.approx(0.0231), "a hiccup counts as twice the usual"
    assert pace.swing == pytest.approx(0.004 + 0.1 * 0.006 + 0.1 * (0.021 - 0.0046))
    pace.swing = 0.001
    for usual, ahead in ((0.05, 0.053), (0.2, 0.085), (0.022, 0.022 + 0.005 + 0.003)):
        pace.usual = usual
        assert pace.ahead == pytest.approx(ahead)
    pace.usual = 0.01
    assert pace.ahead == pytest.approx(0.6 * 0.04), "what the hand does is seen sooner"
    pace.usual, pace.swing = 0.03, 0.004
    assert pace.ahead == pytest.approx(0.97 * 0.04), "the frame before is to be out"


@pytest.mark.parametrize("until", [0.02, 0.3, 0.74, 10.0])
def test_who_waits_for_a_frame_sees_the_end_within_a_tenth_of_a_second(monkeypatch, until):
    clock, ending = made_clock(monkeypatch, exact_sleep), threading.Event()
    began = clock.now
    clock.tick = lambda: ending.set() if clock.now >= began + until else None
    assert exact_sleep.sleep_until(began + 1.0, ending) == (until <= 1.0)
    assert max(clock.slept) <= 0.1
    assert clock.now - began == pytest.approx(min(1.0, np.ceil(until / 0.1 - 1e-6) * 0.1))
    before = len(clock.slept)
    exact_sleep.sleep_until(clock.now, ending)
    assert len(clock.slept) == before
