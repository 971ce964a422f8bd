"""What leaves when over OSC, to the digit: on a clock made here."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from made_clock import made_clock
from made_songs import Told

from live.core import media_time
from live.core.media_clock import MediaClock
from live.core.messages import Beat
from live.core.settings import Settings
from live.core.stats import Stats
from live.osc import schedule
from live.osc.schedule import OscSchedule

START = 1000.0  # host time at which media time 0 is heard
METERS = SimpleNamespace(target="alice", fps=29.0, latency_ms=21.0, sound=True)


class Post:
    """Writes down what leaves, and when."""

    picture_size = (640, 360)

    def __init__(self, clock):
        self.clock, self.sent = clock, []

    def __getattr__(self, name):
        return lambda *told: self.sent.append((self.clock.now - START, name, told))

    def of(self, *names):
        return [(at, *told) for at, name, told in self.sent if name in names]


@pytest.fixture
def clock(monkeypatch):
    return made_clock(monkeypatch, schedule, media_time)


def run(clock, seconds, beat=lambda now: None, heard=None, song_at=lambda t: None, **settings):
    """All that is sent while so many seconds pass."""
    heard = heard or MediaClock(START)
    post, stats, ending = Post(clock), Stats(), threading.Event()
    made = OscSchedule(
        Settings(**settings), post, heard, stats, lambda t: np.full((18, 2), t),
        lambda: beat(clock.now - START), lambda: METERS, song_at,
    )  # fmt: skip
    clock.tick = lambda: clock.now > START + seconds and ending.set()
    made.run(ending)
    return post, stats


def steady(bpm, first, beats_per_bar=4, until=1e9):
    """A Beat every 0.1 s."""

    def ear(now):
        at = min(int(now * 10 + 1e-6) / 10, until)
        beats = (at - first) * bpm / 60
        return Beat(at, 0.5, 0.0, bpm, beats % 1, beats / beats_per_bar % 1, 0.9, beats_per_bar)

    return ear


@pytest.mark.parametrize("delay_ms", [0.0, 250.0, -50.0])
@pytest.mark.parametrize("rate", [4.0, 30.0])
def test_poses_leave_at_their_rate_a_delay_after_their_media_time(clock, rate, delay_ms):
    post, stats = run(clock, 2.0, osc_rate=rate, delay_ms=delay_ms)
    poses = post.of("pose")
    first = poses[0][1]
    assert [told[1] for told in poses] == list(range(first, first + len(poses)))
    assert first == max(0, int(np.ceil(-delay_ms / 1e3 * rate)))
    for at, number, moment, joints, beat, seen_at in poses:
        assert moment == pytest.approx(number / rate)
        assert at == pytest.approx(number / rate + delay_ms / 1e3, abs=1e-6)
        assert seen_at - START == pytest.approx(at, abs=1e-6)
        assert (joints == moment).all() and beat is None
    assert len(poses) == pytest.approx((2.0 - max(0.0, delay_ms) / 1e3) * rate, abs=2)
    assert stats.osc_messages == len(poses)
    assert stats.osc_error_ms.summary()["max"] == pytest.approx(0.0, abs=1e-3)


def test_the_state_is_told_once_a_second(clock):
    post, _ = run(clock, 3.5)
    assert [at for at, *_ in post.of("status")] == pytest.approx([0, 1, 2, 3], abs=1e-6)
    assert post.of("status")[0][1:] == ("alice", 29.0, 21.0, True)
    assert [told[1:] for told in post.of("info")] == [(640, 360)] * 4


def test_the_song_is_told_once_a_second_and_when_it_changes(clock):
    songs = Told((0.0, "a.wav"), (1.45, "b.wav"), length=1.0)
    post, _ = run(clock, 3.5, song_at=songs.at, osc_rate=20.0)
    assert [at for at, *_ in post.of("song")] == pytest.approx([0, 1, 1.45, 2, 3], abs=1e-6)
    assert [told[1:3] for told in post.of("song")] == [("a.wav", 1)] * 2 + [("b.wav", 2)] * 3
    assert [told[3] for told in post.of("song")] == pytest.approx([0, 1, 0, 0.55, 1], abs=1e-6)
    assert {told[4] for told in post.of("song")} == {1.0}
    assert not run(clock, 1.5)[0].of("song"), "without a list nothing is said of one"


@pytest.mark.parametrize("delay_ms", [0.0, 120.0])
def test_beats_leave_on_the_beat_and_a_bar_just_before_its_first(clock, delay_ms):
    post, stats = run(clock, 4.0, steady(120, 0.21), delay_ms=delay_ms, osc_rate=2.0)
    beats, bars = post.of("beat"), post.of("bar")
    due = 0.21 + 0.5 * np.arange(len(beats)) + delay_ms / 1e3
    assert [at for at, *_ in beats] == pytest.approx(due, abs=1e-6)
    assert [told[1:3] for told in beats] == [(n + 1, 120.0) for n in range(len(beats))]
    assert [at for at, *_ in bars] == pytest.approx(due[::4], abs=1e-6)
    assert [told[1:3] for told in bars] == [(n + 1, 4) for n in range(len(bars))]
    for at, *_, seen_at in beats + bars:
        assert seen_at - START == pytest.approx(at, abs=1e-6)
    names = [name for _, name, _ in post.sent if name in ("beat", "bar")]
    assert names[:2] == ["bar", "beat"]
    assert stats.beats == len(beats) == stats.beat_error_ms.n
    assert stats.beat_error_ms.summary()["max"] == pytest.approx(0.0, abs=1e-3)


def test_a_beat_that_moves_is_looked_for_every_twentieth_of_a_second(clock):
    """One pose a second: only the looks between can notice."""

    def ear(now):
        return steady(60, 0.9 if now < 0.5 else 0.75)(now)

    post, _ = run(clock, 1.3, ear, osc_rate=1.0)
    assert [at for at, *_ in post.of("beat")] == pytest.approx([0.75], abs=1e-6)
    assert max(clock.slept) <= 0.05


def test_where_media_time_goes_back_the_numbers_still_rise(clock):
    heard = MediaClock(START)
    heard.observe(0.0, START)
    done = []

    def back(now):
        if now >= 2.0 and not done:
            done.append(heard.observe(0.5, START + now, stood=True))

    post, _ = run(clock, 3.0, back, heard, osc_rate=10.0)
    numbers, times = np.array([told[1:3] for told in post.of("pose")]).T
    assert (np.diff(numbers) == 1).all()
    (at,) = np.flatnonzero(np.diff(times) < 0)
    assert times[at + 1] == pytest.approx(0.5, abs=0.11)
    assert np.delete(np.diff(times), at) == pytest.approx(0.1)


def test_what_could_not_leave_in_time_is_left_out_and_its_numbers_with_it(clock):
    """A computer that stood for a second: the poses of then are of no use any more."""
    stood = []

    def stall(now):
        if now >= 1.0 and not stood:
            stood.append(now)
            clock.now += 1.0

    post, _ = run(clock, 3.0, stall, osc_rate=10.0)
    numbers = [told[1] for told in post.of("pose")]
    missed = set(range(numbers[0], numbers[-1])) - set(numbers)
    assert len(missed) in (9, 10)
    for at, number, *_ in post.of("pose"):
        assert at == pytest.approx(number / 10, abs=1e-6) or at == pytest.approx(2.0, abs=0.06)
