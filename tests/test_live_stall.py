"""A show that was stopped (suspend, swap) is on its sound again at once, whatever it hears."""

import signal
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from seeds import rng_of
from stage_program import StageProgram, stage_program
from virtual_mic import needs_virtual_mic, virtual_mic_server

from live.core import media_time
from live.core.media_clock import MediaClock
from live.core.media_time import MediaTime
from live.core.messages import Beat, Frame, Pose
from live.core.settings import Settings
from live.core.stats import Stats
from live.dance.beat_events import BeatEvents
from live.osc.schedule import OscSchedule
from live.show.frame_clock import FrameClock
from live.sound.output_clock import OutputClock
from models.band import songs
from models.skeleton import STANDING

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGSTOP"), reason="this system cannot stop a process and let it go on"
)
BPM = 125


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    path = tmp_path_factory.mktemp("stall") / "song.wav"
    soundfile.write(path, songs.four_on_the_floor(BPM, 120, 16_000).mono, 16_000)
    return path


def behind(frames):
    """Seconds that media time is behind host time, by the bundles' own numbers and arrivals."""
    return float(np.median([at - said[1] for at, said in frames]))


def assert_it_goes_on(program: StageProgram, stall_s: float, stood_s: float) -> None:
    """`stood_s`: how long the sound stood still in a stall of `stall_s`."""
    began, before = time.perf_counter(), program.of("frame")
    back_at = program.stall(stall_s)
    time.sleep(2.2)
    after = program.of("frame", back_at + 1.0)
    in_a_second = sum(at < back_at + 2.0 for at, _ in after)
    assert in_a_second >= 20  # 30 where nothing else runs
    assert behind(after) - behind(before[-30:]) == pytest.approx(stood_s, abs=0.2)
    numbers = np.array([said[0] for _, said in program.of("frame", began)])
    assert np.all(np.diff(numbers) > 0)


@pytest.mark.parametrize("input", ["demo", "file"])
def test_a_stopped_show_goes_on_with_its_sound(input, song, tmp_path):
    poses = tmp_path / "poses.npz"
    words = ["--input", str(song) if input == "file" else input, "--mute"]
    words += ["--target", "skeleton", "--dance", "free", "--record-poses", str(poses)]
    with stage_program(*words) as program:
        program.dance_for(1.0)
        assert_it_goes_on(program, 2.5, stood_s=2.5)
        program.end()
    times = np.load(poses)["time"]
    assert np.diff(times).min() > 0
    assert np.diff(times).max() < 1.0, "no picture went ahead of the sound"


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_after_stalls_short_and_long_poses_and_beats_are_on_the_sound(song):
    words = ["--input", str(song), "--mute"]
    with stage_program(*words, "--target", "skeleton", "--dance", "free") as program:
        program.dance_for(6.0)
        assert_it_goes_on(program, 0.7, stood_s=0.0)  # so much is made up for
        for stall_s in (1.2, 6.0):
            assert_it_goes_on(program, stall_s, stood_s=stall_s)
            time.sleep(2.0)
        beats = program.of("beat", time.perf_counter() - 3.0)
        assert len(beats) >= 3
        # Its beats are at whole numbers of periods.
        at = np.array([at for at, _ in beats]) - behind(program.of("frame")[-30:])
        off = (at * BPM / 60 + 0.5) % 1 - 0.5
        assert np.abs(np.median(off)) * 60 / BPM < 0.06
        program.end()


@pytest.mark.slow
@pytest.mark.device
@pytest.mark.timeout(90)
@needs_virtual_mic
@pytest.mark.parametrize("input", ["demo", "virtual_mic"])
def test_with_a_sound_device_it_is_the_same(input, song):
    """Aloud the sound stands still with the show; a microphone hears on."""
    with virtual_mic_server() as server:
        server.start("virtual_mic")
        server.play(song, "virtual_mic")
        env = {key: value for key, value in server.env.items() if key != "PULSE_LATENCY_MSEC"}
        words = ["--input", input, "--target", "skeleton", "--dance", "free"]
        with stage_program(*words, env=env) as program:
            program.dance_for(4.0)
            for stall_s in (0.7, 5.0):
                assert_it_goes_on(program, stall_s, stood_s=stall_s if input == "demo" else 0.0)
                time.sleep(2.0)
            program.end()


def test_a_source_that_stood_still_is_believed_at_once():
    clock = MediaClock(0.0)
    clock.observe(1.0, 1.0)
    clock.observe(1.01, 8.0)  # late by a jitter, as far as one block tells
    assert clock.media(8.0) == pytest.approx(8.0, abs=0.1)
    clock.observe(1.02, 8.0, stood=True)
    assert clock.media(8.0) == pytest.approx(1.02)


def test_after_a_stall_the_first_block_is_waited_for_but_not_for_long(monkeypatch):
    now = [100.0]
    tick = [lambda: None]

    def nap(seconds):
        now[0] += seconds
        tick[0]()

    monkeypatch.setattr(media_time.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(media_time.time, "sleep", nap)
    clock = MediaClock(100.0)
    view = MediaTime(clock)
    clock.observe(0.01, 100.01)
    now[0] += 5.0
    woke_at = now[0]
    tick[0] = lambda: now[0] > woke_at + 0.05 and clock.observe(0.02, now[0], stood=True)
    assert view.now() == pytest.approx(0.02, abs=0.02)
    assert now[0] < woke_at + 0.1
    now[0] += 5.0
    woke_at, tick[0] = now[0], lambda: None
    view.now()  # the device is gone
    assert 0.1 < now[0] - woke_at < 0.6


@pytest.mark.parametrize("stop_s", [0.0, 0.2, 0.4, 5.0])
def test_the_output_tells_a_stop_from_a_late_callback(stop_s):
    rng, clock, errors = rng_of(0), OutputClock(48_000), []
    for n in range(1000):
        heard_at = 7.0 + n * 0.01 + (stop_s if n >= 500 else 0.0)
        late = 0.08 if n % 50 == 20 else 0.0
        said = heard_at + float(rng.uniform(0, 0.01)) + late
        errors.append(clock.end_of(480, said) - heard_at - 0.01)
    errors = np.abs(errors)
    assert errors[:500].max() < 0.02
    assert errors[500 + 15 :].max() < 0.02


def test_frames_and_bundles_follow_a_media_time_that_went_back():
    """The source says late that its sound had stood still: both thought to be far ahead."""
    clock, ending = MediaClock(time.perf_counter()), threading.Event()
    shown, sent, numbers = [], [], []

    def paint(media_time, due):
        picture = np.zeros((4, 4, 3), np.uint8)
        pose = Pose(media_time, STANDING, 0.0)
        return Frame(media_time, due, picture, pose, time.perf_counter()), STANDING

    def publish(frame, placed):
        stats.frames += 1
        shown.append(frame.time)

    def pose(number, media_time, *_):
        numbers.append(number)
        sent.append(media_time)

    sender = SimpleNamespace(
        pose=pose, status=lambda *_: None, info=lambda *_: None, picture_size=(512, 512)
    )
    stats, meters = Stats(), SimpleNamespace(target="", fps=0.0, latency_ms=0.0, sound=True)
    frames = FrameClock(Settings(), clock, stats, paint, publish, lambda _: False)
    bundles = OscSchedule(
        Settings(), sender, clock, stats, lambda _: STANDING, lambda: None, lambda: meters
    )
    threads = [threading.Thread(target=part.run, args=(ending,)) for part in (frames, bundles)]
    for thread in threads:
        thread.start()
    clock.observe(20.0, time.perf_counter(), stood=True)
    time.sleep(0.5)
    clock.observe(8.0, time.perf_counter(), stood=True)
    time.sleep(0.5)
    ending.set()
    for thread in threads:
        thread.join(2)
    for times in (shown, sent):
        assert sum(time_s > 20.0 for time_s in times) >= 5
        back = [time_s for time_s in times if 8.0 < time_s < 9.0]
        assert len(back) >= 8  # 15 where nothing else runs
        assert times[-len(back) :] == sorted(set(back))
    assert numbers == sorted(set(numbers)), "a receiver that drops what is old drops none of them"


def test_beats_go_on_where_media_time_went_back():
    events = BeatEvents()
    late = events.expect(Beat(60.0, 0.5, 0.0, 120.0, 0.0, 0.0, 0.9, 4), 60.0)
    assert late is not None
    events.sent(late)
    back = events.expect(Beat(50.0, 0.5, 0.0, 120.0, 0.0, 0.0, 0.9, 4), 50.1)
    assert back is not None
    assert back.time == pytest.approx(50.5)
