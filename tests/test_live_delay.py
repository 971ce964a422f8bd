"""The delay set during a show: a glide of the pictures and of OSC, without a jump or a hole."""

import threading

import numpy as np
import pytest
from made_clock import made_clock
from test_live_show_parts import SHOWN, Stage

from live.core import exact_sleep, media_time
from live.core.delay import FASTEST_GLIDE, GLIDE, Delay
from live.core.media_clock import MediaClock
from live.core.messages import Accent, Frame, Pose, PosePlan
from live.core.settings import DELAYS_MS, Settings
from live.core.stats import Stats
from live.dance.tween import Tween
from live.show import frame_clock
from live.show.frame_clock import FrameClock
from models.skeleton import STANDING
from models.spec import HORIZONS


@pytest.mark.parametrize(("start", "goal"), [(0, 0.05), (0.05, 0), (0, -0.2), (0, 10), (10, -0.2)])
def test_it_glides_from_one_to_the_other(start, goal):
    delay = Delay(start)
    assert delay.at(5.0) == delay.goal == start
    delay.set(goal, 5.0)
    at = np.array([delay.at(5.0 + k * 0.01) for k in range(3_000)])
    assert at[0] == start and at[-1] == goal == delay.goal and delay.most == max(start, goal)
    steps = np.abs(np.diff(at)) / 0.01
    assert steps.max() <= FASTEST_GLIDE + 1e-6, "the picture never stands, nor runs backwards"
    assert (np.diff(at) * np.sign(goal - start) >= 0).all()
    if abs(goal - start) < 0.5:
        assert steps.max() <= GLIDE + 1e-6


def test_a_glide_that_is_turned_round_goes_on_from_where_it_is():
    delay = Delay(0.0)
    delay.set(0.1, 10.0)
    delay.set(0.0, 10.5)
    assert delay.at(10.5) == pytest.approx(0.05) and delay.at(11.0) == 0.0
    assert delay.at(9.0) == pytest.approx(0.05), "never before it began"


class Painting:
    """A frame clock on a made clock, which paints in no time."""

    def __init__(self, patch, delay):
        self.clock = made_clock(patch, frame_clock, media_time, exact_sleep)
        self.delay, self.stats, self.shown = delay, Stats(), []
        self.media = MediaClock(self.clock.now)
        self.frames = FrameClock(
            Settings(), self.media, self.stats, self._paint, self._publish,
            lambda time: time > self.until, delay=delay,
        )  # fmt: skip
        self.until, self.began = 0.0, self.clock.now

    def _paint(self, time, due):
        self.media.observe(self.clock.now - self.began, self.clock.now)
        pose = Pose(time, STANDING, 0.0)
        return Frame(time, due, np.zeros((1, 1, 3), np.uint8), pose, self.clock.now), STANDING

    def _publish(self, frame, _):
        self.shown.append((self.clock.now, frame.time))

    def run(self, until):
        self.until = until
        self.frames.run(threading.Event())


@pytest.mark.parametrize("goal", [0.12, -0.15])
def test_pictures_go_on_at_an_even_pace_while_it_changes(monkeypatch, goal):
    delay = Delay(0.0)
    painting = Painting(monkeypatch, delay)
    painting.run(2.0)
    delay.set(goal, painting.clock.now)
    painting.run(6.0)
    host, media = np.array(painting.shown).T
    assert np.diff(media) == pytest.approx(1 / 30), "none is left out or shown twice"
    assert np.diff(host).max() < 1.15 / 30 and np.diff(host).min() > 0.85 / 30
    late = host - painting.began - media
    assert late[10:50] == pytest.approx(0.0, abs=2e-3)
    assert late[-10:] == pytest.approx(goal, abs=2e-3)
    assert painting.stats.frames_late == 0


def _plan(end):
    times = end + np.array(HORIZONS)
    joints = np.zeros((len(times), 18, 2), np.float32)
    joints[..., 0] = times[:, None]  # goes to the right, one unit a second
    return PosePlan(end, times, joints, 0.0, Accent(0.0, 0.5, 0.0))


@pytest.mark.parametrize("goal", [2.0, -0.2])
def test_the_dance_is_remembered_for_as_long_as_it_is_needed(goal):
    tween, delay, seen = Tween(), Delay(0.0), []
    for number in range(300):
        now = number / 30
        if number % 3 == 0:
            tween.add(_plan(now))
        if number == 60:
            delay.set(goal, now)
        tween.read_at(delay.at(now), delay.most)
        time = now - delay.at(now)
        if number > 30:
            seen.append(tween.at(time).joints[0, 0] - time)
    assert np.abs(seen).max() < 0.02, "the body of each media time, at whatever delay"


def test_a_show_sets_it_everywhere(monkeypatch):
    stage = Stage(monkeypatch, SHOWN)
    stage.begin()
    allowed = []
    monkeypatch.setattr(stage.show._recorders, "allow", allowed.append)
    monkeypatch.setattr(stage.show.outputs, "allow", allowed.append)
    controls = stage.show.controls
    assert controls.read("delay") == 0.0 and "delay_ms" not in controls.kept()
    for value, told in ((40, 40.0), ("+10", 50.0), (99_999, DELAYS_MS[1]), (-999, DELAYS_MS[0])):
        assert controls.ask("delay", value) is not None
        assert controls.read("delay") == pytest.approx(told)
    assert allowed[:2] == pytest.approx([0.04, 0.04]) and allowed[-1] == pytest.approx(0.2)
    assert controls.kept()["delay_ms"] == controls.kept()["delay"] == DELAYS_MS[0]
    assert stage.show.frame_clock._delay is stage.show._osc_schedule._delay is controls.delay
    stage.show.finish()
