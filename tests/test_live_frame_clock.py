"""Frames in real time: published when they are due; a slow painter skips, it never falls behind."""

import threading
import time

import numpy as np
import pytest

from live.core.media_clock import MediaClock
from live.core.messages import Frame, Pose
from live.core.settings import Settings
from live.core.stats import Stats
from live.show.frame_clock import FrameClock

IMAGE = np.zeros((4, 4, 3), np.uint8)
JOINTS = np.zeros((18, 2), np.float32)


def perform(settings, seconds, paint_s):
    """(media time, seconds after the frame was due) of each frame, and what was counted."""
    stats, shown, began = Stats(), [], time.perf_counter()

    def paint(media_time, due):
        time.sleep(paint_s)
        frame = Frame(media_time, due, IMAGE, Pose(media_time, JOINTS, 0.0), time.perf_counter())
        return frame, JOINTS

    def publish(frame, placed):
        stats.frames += 1
        late = time.perf_counter() - began - frame.time - settings.delay_ms / 1e3
        shown.append((frame.time, late))

    ending = threading.Event()
    clock = FrameClock(
        settings, MediaClock(began), stats, paint, publish, lambda media_time: media_time >= seconds
    )
    clock.run(ending)
    assert ending.is_set()
    return np.array(shown), stats


@pytest.mark.parametrize("delay_ms", [-30.0, 0.0, 80.0])
def test_frames_are_published_when_they_are_due(delay_ms):
    shown, stats = perform(Settings(fps=30.0, delay_ms=delay_ms), 1.0, 0.004)
    times, late = shown[3:].T
    assert np.all(late > -0.0005)
    assert np.median(late) < 0.005
    assert len(shown) + stats.frames_late >= 27
    assert stats.frames_late < 6  # of a busy machine
    assert np.allclose(times * 30, np.round(times * 30))
    assert stats.lead_ms.recent() > 5  # painted ahead of its time


def test_a_painter_that_is_too_slow_skips_frames_and_stays_in_time():
    shown, stats = perform(Settings(fps=60.0), 1.5, 0.05)
    times, late = shown[5:].T
    assert np.all(np.diff(times) > 0)
    assert stats.frames_late > 40
    assert 15 < len(shown) < 35
    assert np.median(late) < 0.03
    assert np.median(late[-8:]) < np.median(late[:8]) + 0.02  # it does not pile up


@pytest.mark.parametrize("delay_ms", [-30.0, 80.0])
def test_every_frame_is_due_its_delay_after_its_media_time_is_heard(delay_ms):
    """However busy the machine: what it is told, not when it comes."""
    clock, due = MediaClock(time.perf_counter()), []

    def paint(media_time, due_at):
        due.append((media_time, due_at))
        frame = Frame(media_time, due_at, IMAGE, Pose(media_time, JOINTS, 0.0), 0.0)
        return frame, JOINTS

    settings = Settings(fps=50.0, delay_ms=delay_ms)
    FrameClock(settings, clock, Stats(), paint, lambda *_: None, lambda t: len(due) == 4).run(
        threading.Event()
    )
    for media_time, due_at in due:
        assert due_at - clock.host(media_time) == pytest.approx(delay_ms / 1e3, abs=1e-9)
