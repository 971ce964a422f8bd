"""Recordings are decoded again: tracks, sync, and what is left after a crash or on a full disk."""

import json
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest
from seeds import rng_of

from live.core.messages import AudioBlock
from live.film.forms import MP4
from live.recording import film_recorder, kinds
from live.recording.film_recorder import FilmRecorder
from live.recording.part_file import RecorderError
from live.recording.pose_recorder import PoseRecorder
from models.pose_file import read_pose_file
from models.pose_playback import PoseFile

SIZE = 64
FPS = 30
RATE = 48_000
BLOCK = 480


def picture(number, is_white=False, size=SIZE):
    if is_white:
        return np.full((size, size, 3), 255, np.uint8)
    image = np.full((size, size, 3), 40, np.uint8)
    image[:, number % size] = (200, 30, 30)
    return image


def block(number, click=False, rate=RATE, channels=2):
    n = rate // 100
    samples = np.zeros((n, channels), np.float32)
    if click:
        samples[: n // 4] = 0.8
    return AudioBlock(samples, rate, number * n, 0.0)


def record(recorder, seconds, flash_at=0.5, rate=RATE, channels=2, pause=0.0):
    """A click in the sound and a white picture at the same media times, once a second."""
    for hundredth in range(round(seconds * 100)):
        at = hundredth / 100
        time.sleep(pause)
        recorder.add_audio(block(hundredth, abs(at % 1 - flash_at) < 1e-6, rate, channels))
        for number in range(-(-hundredth * 3 // 10), -(-(hundredth + 1) * 3 // 10)):
            recorder.add_frame(picture(number, number % FPS == flash_at * FPS), number / FPS)


def decode(path):
    """Durations and, in media time, when it is white and when it clicks."""
    facts = {"white": [], "click": []}
    with av.open(str(path)) as file:
        facts["tracks"] = [s.codec_context.name for s in file.streams]
        frames = list(file.decode(video=0))
    facts["pictures"] = len(frames)
    facts["size"] = (frames[0].width, frames[0].height)
    facts["video_s"] = frames[-1].time + 1 / FPS
    facts["steps"] = np.diff([frame.time for frame in frames])
    for frame in frames:
        if frame.to_ndarray(format="gray").mean() > 200:
            facts["white"].append(frame.time)
    if len(facts["tracks"]) > 1:
        with av.open(str(path)) as file:
            for frame in file.decode(audio=0):
                loud = np.flatnonzero(np.abs(frame.to_ndarray()).max(0) > 0.3)
                at = frame.time + (loud[0] / frame.sample_rate if len(loud) else 0)
                if len(loud) and (not facts["click"] or at > facts["click"][-1] + 0.3):
                    facts["click"].append(at)
                facts["audio_s"] = frame.time + frame.samples / frame.sample_rate
    return facts


def test_picture_and_music_are_in_sync_and_equally_long(tmp_path):
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, RATE, 2, offline=True)
    record(recorder, 3.0)
    recorder.close()
    assert recorder.error == ""
    assert [path.name for path in tmp_path.iterdir()] == ["show.mp4"]
    facts = decode(tmp_path / "show.mp4")
    assert facts["tracks"] in (["h264", "aac"], ["libx264", "aac"])
    assert facts["size"] == (SIZE, SIZE)
    assert facts["pictures"] == 90
    assert np.allclose(facts["steps"], 1 / FPS, atol=1e-4)
    assert facts["video_s"] == pytest.approx(3.0, abs=0.05)
    assert facts["audio_s"] == pytest.approx(facts["video_s"], abs=0.05)
    assert facts["white"] == pytest.approx([0.5, 1.5, 2.5], abs=1e-3)
    assert facts["click"] == pytest.approx(facts["white"], abs=1 / FPS)


def test_another_program_finds_an_ordinary_mp4(tmp_path):
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed (apt-get install ffmpeg)")
    path = tmp_path / "show.mp4"
    recorder = FilmRecorder(path, 65, 63, FPS, 16_000, 1, offline=True)  # odd sizes, mono
    record(recorder, 2.0, rate=16_000, channels=1)
    recorder.close()
    text = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert text.stderr == ""
    facts = json.loads(text.stdout)
    video, audio = facts["streams"]
    assert (video["codec_name"], video["pix_fmt"], audio["codec_name"]) == (
        "h264",
        "yuv420p",
        "aac",
    )
    assert (video["width"], video["height"], video["r_frame_rate"]) == (64, 62, "30/1")
    assert (audio["sample_rate"], audio["channels"]) == ("16000", 1)
    assert float(video["duration"]) == pytest.approx(float(audio["duration"]), abs=0.05)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # starts playing at once
    assert b"moof" not in content


def test_missing_pictures_and_lost_sound_leave_the_rest_in_place(tmp_path):
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, RATE, 2, offline=True)
    for hundredth in range(300):
        if not 100 <= hundredth < 130:  # 0.3 s of sound never came
            recorder.add_audio(block(hundredth, hundredth == 250))
    for number in range(90):
        if not 30 <= number < 60:  # a second of pictures never came
            recorder.add_frame(picture(number, number == 75), number / FPS)
    recorder.close()
    facts = decode(tmp_path / "show.mp4")
    assert facts["pictures"] == 90
    assert facts["white"] == pytest.approx([2.5], abs=1e-3)
    assert facts["click"] == pytest.approx([2.5], abs=0.005)
    assert facts["audio_s"] == pytest.approx(3.0, abs=0.05)


def test_due_times_that_jitter_give_one_picture_each(tmp_path):
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, offline=True)
    rng = rng_of(0)
    for number in range(60):
        late = rng.uniform(-0.010, 0.010) + 0.4 / FPS  # never far from the grid, off its phase
        recorder.add_frame(picture(number, number == 45), number / FPS + late)
    recorder.add_frame(picture(0), float("nan"))
    recorder.close()
    facts = decode(tmp_path / "show.mp4")
    assert 60 <= facts["pictures"] <= 61
    assert len(facts["white"]) == 1
    assert facts["white"][0] == pytest.approx(1.5, abs=1 / FPS)
    assert len(facts["tracks"]) == 1


def test_a_device_with_another_rate_is_resampled_in_mid_show(tmp_path):
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, RATE, 2, offline=True)
    for hundredth in range(100):
        recorder.add_audio(block(hundredth, hundredth == 50))
    for hundredth in range(100, 200):  # the device came back with 44.1 kHz and one channel
        recorder.add_audio(block(hundredth, hundredth == 150, 44_100, 1))
    broken = np.array([[np.nan, 3.0], [-np.inf, 0.0]], np.float32)
    recorder.add_audio(AudioBlock(broken, 44_100, 2 * 44_100, 0.0))
    for number in range(60):
        recorder.add_frame(picture(number), number / FPS)
    recorder.close()
    assert recorder.error == ""
    assert decode(tmp_path / "show.mp4")["click"] == pytest.approx([0.5, 1.5], abs=0.01)


def test_an_encoder_that_breaks_in_any_way_leaves_what_there_is(tmp_path):
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, offline=True)
    for number in range(60):
        recorder.add_frame(picture(number), number / FPS)
    recorder.add_frame("no picture", 2.1)  # an AttributeError, as nobody expects
    recorder.add_frame(picture(9), 2.2)
    recorder.close()
    assert recorder.error.startswith("The recording stopped: ")
    assert decode(tmp_path / "show.mp4")["pictures"] > 45
    assert [path.name for path in tmp_path.iterdir()] == ["show.mp4"]


def test_live_a_full_queue_drops_pictures_and_never_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("live.recording.film_recorder.QUEUE_BYTES", 1)  # room for four pictures
    recorder = FilmRecorder(tmp_path / "show.mp4", 512, 512, FPS)
    image = rng_of(0).integers(0, 255, (512, 512, 3), np.uint8)
    longest = 0.0
    for number in range(200):
        began = time.thread_time()
        recorder.add_frame(image, number / FPS)
        longest = max(longest, time.thread_time() - began)
    recorder.close()
    assert recorder.n_dropped > 0
    assert recorder.error == ""
    assert longest < 0.005
    facts = decode(tmp_path / "show.mp4")
    assert np.allclose(facts["steps"], 1 / FPS, atol=1e-4)  # dropped ones repeat the last


def test_live_a_track_that_stops_is_filled_so_that_the_other_reaches_the_disk(tmp_path):
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, RATE, 2)
    for number in range(120):  # 4 s without any sound
        recorder.add_frame(picture(number), number / FPS)
        time.sleep(0.001)
    end = time.monotonic() + 10
    while time.monotonic() < end and recorder.part.stat().st_size < 4_000:
        time.sleep(0.05)
    assert decode(recorder.part)["video_s"] >= 1
    recorder.close()
    facts = decode(tmp_path / "show.mp4")
    assert facts["audio_s"] == pytest.approx(facts["video_s"], abs=0.05)


def test_live_pictures_that_are_shown_two_seconds_late_are_with_their_sound(tmp_path):
    delay = 2.0
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, RATE, 2, picture_delay=delay)
    for hundredth in range(600):
        if hundredth < 400:
            recorder.add_audio(block(hundredth, hundredth % 100 == 50))
        shown = hundredth - round(100 * delay)
        for number in range(-(-shown * 3 // 10), -(-(shown + 1) * 3 // 10)) if shown >= 0 else ():
            recorder.add_frame(picture(number, number % FPS == 15), number / FPS)
        time.sleep(0.001)
    recorder.close()
    assert recorder.n_dropped == 0
    facts = decode(tmp_path / "show.mp4")
    assert facts["pictures"] == 120
    assert facts["white"] == pytest.approx([0.5, 1.5, 2.5, 3.5], abs=1e-3)
    assert facts["click"] == pytest.approx(facts["white"], abs=1 / FPS)


SCENE = """
    import sys, time
    sys.path[:0] = [{root!r}, {tests!r}]
    from pathlib import Path
    from test_live_recorder import *
    recorder = FilmRecorder(Path({path!r}), SIZE, SIZE, FPS, RATE, 2)
    {body}
"""


def play(path, body, *words, **options):
    tests = Path(__file__).resolve().parent
    code = textwrap.dedent(SCENE).format(
        root=str(tests.parent), tests=str(tests), path=str(path), body=body
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_after_a_crash_the_part_plays(tmp_path):
    path = tmp_path / "show.mp4"
    body = (
        "record(recorder, 6.0, pause=0.002); time.sleep(0.5); print('ready', flush=True); input()"
    )
    scene = play(path, body, stdin=subprocess.PIPE)
    assert scene.stdout.readline() == "ready\n"
    scene.send_signal(signal.SIGKILL)
    scene.wait(10)
    assert [found.name for found in tmp_path.iterdir()] == ["show.part.mp4"]
    facts = decode(tmp_path / "show.part.mp4")
    assert facts["video_s"] > 3.5  # all but the newest second or two
    assert facts["audio_s"] == pytest.approx(facts["video_s"], abs=1.1)
    assert facts["click"][:3] == pytest.approx(facts["white"][:3], abs=1 / FPS)
    # The next recording leaves it alone.
    recorder = FilmRecorder(path, SIZE, SIZE, FPS, offline=True)
    recorder.add_frame(picture(0), 0.0)
    recorder.close()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["show.mp4", "show.part.mp4"]


def test_a_full_disk_ends_the_recording_and_not_the_show(tmp_path):
    """The limit on a file's size stands for the full disk: write() fails in mid-recording."""
    body = (
        "noise = np.random.default_rng(0).integers(0, 255, (60, SIZE, SIZE, 3), np.uint8)\n"
        "for n in range(450):\n"
        "    recorder.add_frame(noise[n % 60], n / FPS); time.sleep(0.002)\n"
        "print(recorder.error, flush=True); recorder.close(); print(recorder.error)"
    )
    limit = 250_000

    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    scene = play(tmp_path / "show.mp4", body, preexec_fn=limit_files)
    said, errors = scene.communicate(timeout=60)
    assert scene.returncode == 0, errors
    during, after = said.splitlines()
    assert during.startswith("The recording stopped: file too large")
    assert "the show goes on" in during
    files = [found.name for found in tmp_path.iterdir()]
    assert len(files) == 1
    assert files == ["show.mp4"] or "show.part.mp4" in after
    assert decode(tmp_path / files[0])["video_s"] > 1


@pytest.mark.parametrize("limit", [0, 2_000])
def test_on_a_disk_that_is_full_already_nothing_is_left_that_does_not_play(tmp_path, limit):
    """FFmpeg keeps the beginning of a film to itself, and is silent where it cannot write that."""
    body = "recorder.add_frame(picture(0), 0.0); recorder.close(); print(recorder.error)"
    scene = play(
        tmp_path / "show.mp4", body,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    said, errors = scene.communicate(timeout=60)
    assert scene.returncode == 0, errors
    assert said.endswith(": the disk may be full. Nothing of it is left.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused_before_the_show(tmp_path):
    (tmp_path / "folder.mp4").mkdir()
    for path in (tmp_path / "no" / "show.mp4", tmp_path / "show.avi", tmp_path / "folder.mp4"):
        with pytest.raises(RecorderError, match="Cannot record to"):
            FilmRecorder(path, SIZE, SIZE, FPS)
        with pytest.raises(RecorderError, match="Cannot record poses to"):
            PoseRecorder(path, (SIZE, SIZE), FPS)
    with pytest.raises(RecorderError):
        FilmRecorder(tmp_path / "show.mp4", 1, 1, FPS)
    assert [found.name for found in tmp_path.iterdir()] == ["folder.mp4"]


def test_nothing_shown_leaves_nothing_behind(tmp_path):
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, RATE, 2)
    recorder.add_audio(block(0))
    recorder.close()
    recorder.close()
    assert recorder.error
    assert not list(tmp_path.iterdir())


def test_poses_are_saved_as_shown(tmp_path):
    path = tmp_path / "poses.npz"
    recorder = PoseRecorder(path, (640, 480), 30.0)
    assert not path.exists()
    joints = rng_of(0).random((5, 18, 2)).astype(np.float32)
    for n in range(5):
        recorder.add(joints[n], 0.5 + n / 30)
    recorder.close()
    assert recorder.error == ""
    assert [found.name for found in tmp_path.iterdir()] == ["poses.npz"]
    with np.load(path, allow_pickle=False) as saved:
        assert saved["keypoints"].shape == (5, 18, 3)
        assert np.allclose(saved["keypoints"][..., :2], joints * [640, 480], atol=1e-3)
        assert (saved["keypoints"][..., 2] == 1).all()
        assert np.allclose(saved["time"], 0.5 + np.arange(5) / 30)
        assert saved["size"].tolist() == [640, 480]
        assert float(saved["fps"]) == 30


def test_where_media_time_went_back_no_pose_is_saved_twice(tmp_path):
    recorder = PoseRecorder(tmp_path / "poses.npz", (640, 480), 30.0)
    for time_s in (0.1, 0.2, 0.9, 0.3, 0.9, 1.0):
        recorder.add(np.zeros((18, 2), np.float32), time_s)
    recorder.close()
    with np.load(tmp_path / "poses.npz", allow_pickle=False) as saved:
        assert saved["time"].tolist() == [0.1, 0.2, 0.9, 1.0]


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_pose_file_that_cannot_be_put_in_its_place_is_left_as_its_part(tmp_path, monkeypatch):
    monkeypatch.setattr("live.recording.pose_recorder.APPEND_S", 0.05)
    path = tmp_path / "poses.npz"
    recorder = PoseRecorder(path, (64, 64), 30.0)
    recorder.add(np.zeros((18, 2), np.float32), 0.0)
    part = tmp_path / "poses.part.npy"
    wait_for(lambda: len(np.load(part)) == 1)
    path.mkdir()  # somebody takes the name: the file cannot be put there
    (path / "x").touch()
    recorder.close()
    assert "poses.part.npy" in recorder.error
    assert len(np.load(part)) == 1


def test_poses_that_are_being_written_when_it_ends_are_written_once(tmp_path, monkeypatch):
    monkeypatch.setattr("live.recording.pose_recorder.APPEND_S", 0.01)
    recorder = PoseRecorder(tmp_path / "poses.npz", (64, 64), 30.0)
    append = recorder._rows.append
    writing, written, closing = threading.Event(), threading.Event(), threading.Event()

    def slowly(times, points):
        """The first to write is overtaken by whoever does not wait for it."""
        if writing.is_set():
            closing.set()
            assert written.wait(10)
            return append(times, points)
        writing.set()
        closing.wait(0.3)
        append(times, points)
        written.set()

    monkeypatch.setattr(recorder._rows, "append", slowly)
    recorder.add(np.zeros((18, 2), np.float32), 0.0)
    assert writing.wait(10)
    recorder.add(np.zeros((18, 2), np.float32), 0.1)
    recorder.close()
    assert recorder.error == ""
    assert read_pose_file(tmp_path / "poses.npz").time.tolist() == [0.0, 0.1]


def test_after_a_kill_the_poses_up_to_the_last_second_are_there_and_play(tmp_path):
    path = tmp_path / "show.npz"
    body = (
        "poses = PoseRecorder(Path(sys.argv[1]), (64, 64), 30.0)\n"
        "body = np.random.default_rng(0).random((18, 2)).astype(np.float32)\n"
        "for n in range(90): poses.add(body + n / 900, n / 30)\n"
        "time.sleep(1.5); print('ready', flush=True); input()"
    )
    scene = play(tmp_path / "unused.mp4", body, str(path), stdin=subprocess.PIPE)
    assert scene.stdout.readline() == "ready\n"
    scene.send_signal(signal.SIGKILL)
    scene.wait(10)
    left = read_pose_file(tmp_path / "show.part.npy")
    assert left.time.tolist() == [n / 30 for n in range(90)]
    assert (left.size, left.fps) == ((64, 64), 30)
    assert PoseFile(tmp_path / "show.part.npy").duration == pytest.approx(3.0)
    # The next recording leaves it alone.
    recorder = PoseRecorder(path, (64, 64), 30.0)
    recorder.add(np.zeros((18, 2), np.float32), 0.0)
    recorder.close()
    assert len(read_pose_file(path).time) == 1
    assert len(read_pose_file(tmp_path / "show.part.npy").time) == 90


def test_what_is_appended_costs_the_same_after_hours(tmp_path, monkeypatch):
    """A recording of an hour: its poses are neither kept in memory nor copied again."""
    monkeypatch.setattr("live.recording.pose_recorder.APPEND_S", 1e6)  # by hand
    rng = rng_of(0)
    recorder = PoseRecorder(tmp_path / "poses.npz", (64, 64), 30.0)
    joints = rng.random((18, 2)).astype(np.float32)
    took, wrote = [], []
    for minute in range(60):
        for n in range(1_800):
            recorder.add(joints, minute * 60 + n / 30)
        length, began = recorder.part.stat().st_size, time.thread_time()
        recorder._append()
        took.append(time.thread_time() - began)
        wrote.append(recorder.part.stat().st_size - length)
        assert not recorder._waiting
    assert np.median(took[-20:]) < 3 * np.median(took[:20])
    recorder.close()
    assert recorder.error == ""
    assert len(read_pose_file(tmp_path / "poses.npz").time) == 60 * 1_800
    assert [found.name for found in tmp_path.iterdir()] == ["poses.npz"]


def test_a_disk_that_is_full_for_a_while_costs_no_pose(tmp_path, monkeypatch):
    """The part cannot be written: what waits is written with the next."""
    monkeypatch.setattr("live.recording.pose_recorder.APPEND_S", 1e6)  # by hand
    recorder = PoseRecorder(tmp_path / "poses.npz", (64, 64), 30.0)
    recorder.add(np.zeros((18, 2), np.float32), 0.0)
    recorder._append()
    away = tmp_path / "away"
    recorder.part.rename(away)
    recorder.part.mkdir()
    recorder.add(np.ones((18, 2), np.float32), 0.1)
    recorder._append()
    assert recorder.error == "is a directory"
    recorder.part.rmdir()
    away.rename(recorder.part)
    recorder.add(np.ones((18, 2), np.float32), 0.2)
    recorder.close()
    assert recorder.error == ""
    assert read_pose_file(tmp_path / "poses.npz").time.tolist() == [0.0, 0.1, 0.2]


def test_an_existing_recording_is_replaced_only_by_a_whole_one(tmp_path):
    path = tmp_path / "show.mp4"
    path.write_bytes(b"the last show")
    recorder = FilmRecorder(path, SIZE, SIZE, FPS, offline=True)
    recorder.add_frame(picture(0), 0.0)
    assert path.read_bytes() == b"the last show"
    recorder.close()
    assert decode(path)["pictures"] == 1


@pytest.mark.parametrize("overlap", [120, 480])
def test_sound_that_comes_twice_is_in_the_film_once(tmp_path, overlap):
    """Noise in blocks that each begin so many samples before the end of the one before."""
    path, seconds = tmp_path / "show.mp4", 2
    noise = rng_of(8).uniform(-0.7, 0.7, (seconds * RATE, 2)).astype(np.float32)
    recorder = FilmRecorder(path, SIZE, SIZE, FPS, RATE, 2, offline=True)
    for first in range(0, len(noise), BLOCK):
        begin = max(0, first - overlap)
        recorder.add_audio(AudioBlock(noise[begin : first + BLOCK], RATE, begin, 0.0))
    for number in range(seconds * FPS):
        recorder.add_frame(picture(number), number / FPS)
    recorder.close()
    with av.open(str(path)) as file:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    assert len(heard) == pytest.approx(len(noise), abs=2_048)
    places = []
    for first in (RATE // 2, 3 * RATE // 2):
        piece = noise[first : first + 4_096, 0]
        around = heard[first - 4_096 : first + 8_192]
        places.append(int(np.correlate(around, piece, "valid").argmax()) - 4_096)
    assert max(map(abs, places)) <= 1


class Broken:
    """A film file that breaks where it is told to."""

    def __init__(self, *given):
        self.given, self.calls, self.is_empty, self.breaks = given, [], False, ""

    def _call(self, name):
        self.calls.append(name)
        if self.breaks == name:
            raise OSError(28, "No space left on device")

    def add_audio(self, item):
        self._call("sound")

    def add_frame(self, image, time):
        self._call("picture")

    def close(self, whole):
        self.calls.append(whole)
        self._call("close")


@pytest.fixture
def filmed(monkeypatch, tmp_path):
    """A recorder on such a file, and what is done to finish it."""
    done = []
    for name in ("trim", "remux"):
        note = lambda *paths, name=name: done.append((name, *paths))  # noqa: E731
        monkeypatch.setattr(kinds, name, note)
    monkeypatch.setattr(kinds, "plays", lambda film: True)
    monkeypatch.setattr(film_recorder, "FilmFile", Broken)
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, RATE, 2, offline=True)
    recorder.done = done
    return recorder


def test_what_breaks_while_a_film_is_closed_is_said_and_what_there_is_is_cut_to_what_is_whole(
    filmed, tmp_path
):
    filmed._file.breaks = "close"
    filmed.add_frame(picture(0), 0.0)
    filmed.close()
    assert filmed._file.calls == ["picture", True, "close"]
    part = filmed.part
    assert filmed.done == [("trim", part), ("remux", part, tmp_path / "show.finish.mp4")]
    assert filmed.error.startswith("The recording stopped: no space left on device; the show goes")
    assert filmed.error.endswith(f" What was recorded is in {part.name} and plays.")
    assert part.exists(), "nothing was remuxed here, so that the part stays"


def test_a_film_that_broke_takes_no_more_and_is_closed_as_it_is(filmed):
    filmed._file.breaks = "sound"
    filmed.add_audio(block(0))
    filmed._frame_slots.acquire()
    filmed._queue.put((picture(0), 0.0))  # on its way before it broke
    filmed.close()
    assert filmed._file.calls == ["sound", False, "close"] and filmed.n_dropped == 0
    assert filmed.done[0] == ("trim", filmed.part)
    filmed._closed = False
    filmed.add_frame(picture(0), 0.0)
    filmed.add_audio(block(1))
    assert filmed._queue.empty() and filmed.n_dropped == 0
    filmed._closed = True


def test_what_cannot_be_put_in_its_place_is_said(filmed, monkeypatch):
    def refuse(part, finished):
        finished.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kinds, "remux", refuse)
    filmed.add_frame(picture(0), 0.0)
    filmed.close()
    assert filmed.error == (
        "The recording could not be finished: no space left on device. "
        f"What was recorded is in {filmed.part.name} and plays."
    )
    assert [path.name for path in filmed.path.parent.iterdir()] == [filmed.part.name]


@pytest.mark.parametrize("is_offline", [False, True])
def test_what_finds_no_room_is_dropped_and_counted_live_alone(monkeypatch, tmp_path, is_offline):
    monkeypatch.setattr(film_recorder, "FilmFile", Broken)
    recorder = FilmRecorder(tmp_path / "show.mp4", SIZE, SIZE, FPS, RATE, 2, offline=is_offline)
    asked = []

    class Full:
        def acquire(self, blocking):
            asked.append(blocking)
            return blocking

        def release(self):
            pass

    recorder._frame_slots = recorder._audio_slots = Full()
    recorder.add_frame(picture(0), 0.0)
    recorder.add_audio(block(0))
    assert asked == [is_offline] * 2 and recorder.n_dropped == (0 if is_offline else 2)
    recorder._file.is_empty = True
    recorder.close()
    assert sorted(c for c in recorder._file.calls if isinstance(c, str)) == (
        ["close", "picture", "sound"] if is_offline else ["close"]
    )


@pytest.mark.parametrize(
    ("size", "n_pictures"), [((64, 64), 60), ((1920, 1080), 8), ((4096, 4096), 4), ((768, 512), 42)]
)
def test_as_many_pictures_wait_as_fit_into_48_mb(monkeypatch, tmp_path, size, n_pictures):
    monkeypatch.setattr(film_recorder, "FilmFile", Broken)
    monkeypatch.setattr(kinds, "AvTracks", lambda *given: given)
    recorder = FilmRecorder(tmp_path / "show.mp4", *size, FPS, picture_delay=-0.2)
    assert recorder._frame_slots._value == n_pictures and recorder._audio_slots._value == 1_000
    tracks, start, offline, lag = recorder._file.given
    assert tracks == (str(recorder.part), MP4, size, FPS, 0, 2, False)
    assert (start, offline) == (0.0, False)
    assert lag == pytest.approx(film_recorder.MAX_LAG + 0.2)
    recorder.close()


@pytest.mark.parametrize("n_poses", [0, 3])
def test_a_part_that_somebody_removed_is_not_missed(tmp_path, n_poses):
    path = tmp_path / "a.npz"
    recorder = PoseRecorder(path, (SIZE, SIZE), FPS)
    recorder._append = lambda: None  # all waits
    for n in range(n_poses):
        recorder.add(np.full((18, 2), 0.5, np.float32), n / FPS)
    recorder.part.unlink()
    recorder.close()
    assert recorder.error == ("" if n_poses else "No poses were recorded: no picture was shown.")
    assert path.exists() == bool(n_poses)
