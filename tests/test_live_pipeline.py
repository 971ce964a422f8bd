"""A show under overload, and parts that break: poses keep time, nothing grows, the show goes on."""

import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from live.messages import AudioBlock, Blackout, Freeze, SwitchTarget, Tune
from live.pipeline import Show
from live.settings import Settings

RATE = 16_000


class Metronome:
    """A real-time source of clicks, made here; the smallest thing that is a Source."""

    name, rate, channels, status, sound = "clicks", RATE, 1, "listening to clicks", True
    restarts = overflows = 0
    duration = 0.0

    def __init__(self) -> None:
        self.finished = threading.Event()
        self._stop = threading.Event()

    def start(self, put) -> None:
        def run() -> None:
            start = time.perf_counter()
            n = 0
            while not self._stop.is_set():
                samples = np.random.default_rng(n).normal(0, 0.02, (160, 1)).astype(np.float32)
                if n % 50 < 3:
                    samples *= 20
                due = start + (n + 1) * 0.01
                time.sleep(max(0.0, due - time.perf_counter()))
                put(AudioBlock(samples, RATE, n * 160, due))
                n += 1

        threading.Thread(target=run, daemon=True).start()

    def stop(self) -> None:
        self._stop.set()


@pytest.fixture
def show():
    settings = Settings(target="skeleton", dance="free", headless=True, fps=20, size=256)
    show = Show(settings, Metronome(), time.perf_counter())
    show.prepare()
    yield show
    show.finish()


def _wait_for(condition, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_freeze_blackout_mirror_and_another_target(show):
    show.start()
    assert _wait_for(lambda: show.stats.chunks > 15)
    show.send(Freeze(True))
    poses = [show._pose(time_s).joints for time_s in (1.0, 2.0, 3.0)]
    assert np.array_equal(poses[0], poses[1])
    assert np.array_equal(poses[0], poses[2])
    show.send(Freeze(False))
    show.send(Blackout())
    assert _wait_for(lambda: (f := show.frames.take()) is not None and not f.image.any())
    show.send(Blackout(False))
    assert _wait_for(lambda: (f := show.frames.take()) is not None and f.image.any())
    show.send(Tune("mirror", 1.0))
    assert show.read("mirror") is True
    show.send(Tune("gain", 6.0))
    assert _wait_for(lambda: show.read("gain") == 6.0)
    show.send(SwitchTarget("nobody"))
    assert _wait_for(lambda: any("nobody" in text for text in show.meters().warnings))
    assert show.error == ""


def test_a_painter_that_breaks_is_started_again_and_the_dance_goes_on(show):
    show.start()
    assert _wait_for(lambda: show.stats.chunks > 5)
    good, show._screen = show._screen, None  # the next frame fails like a painter that broke
    assert _wait_for(lambda: any("started again" in text for _, text in show._warnings))
    show._screen = good
    before = show.stats.chunks
    assert _wait_for(lambda: show.stats.chunks > before + 5)
    assert show.error == ""
    assert not show.ending.is_set()


def test_the_loss_of_the_dance_thread_ends_the_show_with_its_error(show):
    show.start()
    assert _wait_for(lambda: show.stats.chunks > 5)
    show._ear.dancer._stepper = None
    assert _wait_for(show.ending.is_set)
    assert "dance" in show.error


@pytest.mark.slow
def test_overload_drops_frames_and_never_poses(tmp_path):
    """Law: overload. 240 pictures a second of 1080 px cannot be had here."""
    stats = tmp_path / "stats.json"
    subprocess.run(
        [sys.executable, "-m", "live.cli", "--input", "demo", "--target", "skeleton", "--dance",
         "free", "--mute", "--headless", "--fps", "240", "--output", "1920x1080", "--duration", "8",
         "--stats", str(stats)],
        check=True, timeout=60,
    )  # fmt: skip
    report = json.loads(stats.read_text())
    assert report["frames_late"] > 100
    assert report["chunks_lost"] == 0
    assert report["chunks"] >= 78
    assert report["audio_overflows"] == 0
    assert report["capture_to_pose_ms"]["p50"] < 100
