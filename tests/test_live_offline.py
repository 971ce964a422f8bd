"""A rendered song is the live chain: the same poses at the same media times, and all of them."""

import numpy as np
import pytest
import soundfile
from made_clock import made_clock
from seeds import rng_of, seed_of

from live.core.settings import Settings
from live.core.stats import Stats
from live.dance.performer import open_performer
from live.picture.screen import open_screen
from live.show import offline
from live.show.dance import Dance
from live.show.offline import OfflineShow
from live.sound.chunker import Chunker
from live.sound.open import AudioFileSource
from models.pose_file import read_pose_file

RATE, FPS = 16_000, 30.0


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """2.35 s: its end lies within a chunk, and within a frame."""
    path = tmp_path_factory.mktemp("music") / "song.wav"
    sound = rng_of(0).normal(0, 0.1, (round(2.35 * RATE), 2))
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    return path


def _settings(folder, **more):
    asked = {"target": "skeleton", "dance": "free", "size": 64, "output": (128, 96), "fps": FPS,
             "seed": seed_of(1), "record_poses": str(folder / "a.npz")}  # fmt: skip
    return Settings(**asked | more)


def _expected(song, settings, n_frames):
    """Where the joints are, px, when everything is heard before anything is painted."""
    dance = Dance(open_performer(settings), Stats(), delay=60.0)
    chunker = Chunker()
    for block in AudioFileSource(song, aloud=False).blocks():
        for chunk in chunker.feed(block):
            dance.hear(chunk)
    for chunk in chunker.flush():
        dance.hear(chunk)
    screen = open_screen(settings, "skeleton")
    times = np.arange(n_frames) / FPS
    return np.stack([screen.joints(dance.tween.at(t).joints)[0] for t in times]) * [128, 96]


def test_every_frame_is_the_dance_at_its_time(song, tmp_path):
    settings = _settings(tmp_path, record=str(tmp_path / "a.mp4"))
    report = OfflineShow(settings, AudioFileSource(song, aloud=False), None).run()
    read = read_pose_file(tmp_path / "a.npz")
    n_frames = 71  # before 2.35 s
    assert (report["frames"], len(read.points), report["chunks"]) == (n_frames, n_frames, 24)
    assert report["poses"] == 5 * 24 and report["chunks_lost"] == 0
    assert report["duration_s"] == pytest.approx(n_frames / FPS, abs=1e-3)
    assert read.time == pytest.approx(np.arange(n_frames) / FPS)
    assert read.size == (128, 96) and read.fps == FPS
    assert np.allclose(read.points[..., :2], _expected(song, settings, n_frames), atol=1e-3)
    assert report["error"] == "" and report["dance"] == "free"
    assert report["renderer_ms"] is not None and report["output"] == [128, 96]
    import av

    with av.open(str(tmp_path / "a.mp4")) as film:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])
    assert len(heard) / RATE == pytest.approx(n_frames / FPS, abs=0.1)
    assert heard[RATE // 2 : 2 * RATE].std() == pytest.approx(0.1, rel=0.3), "with its sound"


def test_what_painting_and_all_of_it_took_is_told(song, tmp_path, monkeypatch):
    clock = made_clock(monkeypatch, offline)
    settings = _settings(tmp_path, record=str(tmp_path / "a.mp4"), duration=0.5)
    show = OfflineShow(settings, AudioFileSource(song, aloud=False), None)
    real = show._current.picture

    def picture(joints, time):
        clock.now += 0.25
        return real(joints, time)

    monkeypatch.setattr(show._current, "picture", picture)
    report = show.run()
    assert report["frames"] == 15 and report["wall_s"] == 3.75
    assert report["fps"] == 4.0 and report["renderer_ms"]["p50"] == pytest.approx(250.0)


@pytest.mark.parametrize("duration", [1.0, 1.234])
def test_it_ends_when_it_is_asked_to(song, tmp_path, duration):
    settings = _settings(tmp_path, duration=duration)
    report = OfflineShow(settings, AudioFileSource(song, aloud=False), None).run()
    n_frames = int(np.ceil(duration * FPS - 1e-6))
    assert report["frames"] == n_frames == len(read_pose_file(tmp_path / "a.npz").points)
    assert report["renderer_ms"] is None, "a picture that nobody sees is not painted"
    found = read_pose_file(tmp_path / "a.npz").points[..., :2]
    # What is heard is cut there: only the newest plans differ.
    whole = _expected(song, settings, n_frames)
    assert np.allclose(found[:-12], whole[:-12], atol=1e-3)


def test_a_recorded_dance_is_played_to_its_end(song, tmp_path):
    from live.dance.motion import PoseFileMotion
    from live.sound.open import SilentSource
    from models.pose_playback import PoseFile

    OfflineShow(_settings(tmp_path), AudioFileSource(song, aloud=False), None).run()
    again = tmp_path / "again"
    again.mkdir()
    for duration, n_frames in ((0.0, 71), (1.5, 45), (9.0, 71)):
        poses = PoseFileMotion(PoseFile(tmp_path / "a.npz"))
        settings = _settings(again, overwrite=True, duration=duration)
        report = OfflineShow(settings, SilentSource(), poses).run()
        assert report["frames"] == n_frames
        assert report["dance"] == "" and report["chunks"] == 0
