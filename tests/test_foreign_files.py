"""Files of others with one thing wrong in them: read, or one sentence; found by benchmarks.fuzz."""

import struct
import wave

import numpy as np
import pytest
from made_pictures import write_png
from made_recordings import dance, film, write_openpose, write_sound

from live.picture.picture_file import PictureFileError, read_picture
from live.sound.file_reader import SoundFileReader
from live.sound.source import SourceError
from models import array_file
from models.array_file import ArrayFileError, read_arrays
from models.pose_file import Keypoints, PoseFileError, write_pose_file
from models.pose_playback import PoseFile
from models.skeleton import STANDING
from train.person import load
from train.person.data import TargetDataError
from train.readers import find, openpose, preview, video
from train.readers.job import Options
from train.songs import audio_file, beat_as_heard
from train.songs.song import DataError

RATE, FORMAT = 24, 20  # of a .wav: places in its header


@pytest.fixture
def wav(tmp_path):
    """A second of sound, with something else at a place of its header, or behind it."""

    def make(at: int = 0, what: bytes = b"", behind: bytes = b""):
        path = tmp_path / "song.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes((8_000 * np.sin(np.arange(16_000) / 9)).astype("<i2").tobytes())
        content = bytearray(path.read_bytes())
        content[at : at + len(what)] = what
        content += behind
        content[4:8] = struct.pack("<I", len(content) - 8)
        path.write_bytes(content)
        return path

    return make


@pytest.mark.parametrize("rate", [1, 200, 2_000_000, 2**31 - 1])
def test_a_rate_of_no_sound_is_refused_before_anything_is_made_for_it(wav, rate):
    path = wav(RATE, struct.pack("<I", rate))
    with pytest.raises(SourceError, match="damaged at its beginning"):
        SoundFileReader(path)
    with pytest.raises(OSError, match="no sound track that can be read"):
        audio_file.read(path)
    assert video.sound(path) is None


def test_a_sound_that_nobody_can_decode_is_refused(wav):
    path = wav(FORMAT, struct.pack("<H", 0x7777))
    with pytest.raises(SourceError, match="no sound track that can be read"):
        SoundFileReader(path)
    with pytest.raises(OSError, match="no sound track that can be read"):
        audio_file.read(path)
    assert video.sound(path) is None


def test_tags_in_other_letters_are_no_fault(wav):
    """Older programs write them in the letters of their country."""
    artist = b"IART" + struct.pack("<I", 6) + b"Andr\xe9\0"
    path = wav(behind=b"LIST" + struct.pack("<I", 4 + len(artist)) + b"INFO" + artist)
    assert len(audio_file.read(path)) == 16_000
    heard = video.sound(path)
    assert heard is not None and len(heard) == 16_000


def test_a_picture_without_a_decoder_is_no_video(tmp_path):
    path = film(tmp_path / "dance.mkv", None)
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/", b"V_OTHER/"))
    with pytest.raises(video.VideoError, match="no pictures that can be read"):
        next(video.pictures(path))
    assert video.frame_count(path) >= 0


def test_pictures_larger_than_any_camera_makes_are_refused(tmp_path, monkeypatch):
    path = film(tmp_path / "dance.mp4", None)
    monkeypatch.setattr(video, "MOST_PX", 64 * 48 - 1)
    with pytest.raises(video.VideoError, match="larger pictures"):
        next(video.pictures(path))


def test_a_picture_that_is_too_long_to_be_scaled_is_refused(tmp_path):
    path = write_png(tmp_path / "strip.png", np.zeros((3_000, 4, 3), np.uint8))
    with pytest.raises(PictureFileError, match="too long and narrow"):
        read_picture(path, (1920, 1080))
    narrow = write_png(tmp_path / "narrow.png", np.zeros((3_000, 400, 3), np.uint8))
    assert read_picture(narrow, (192, 108)).shape == (108, 192, 3)


@pytest.fixture
def person(tmp_path):
    """A film of three seconds and its pose file; the person can stand elsewhere."""

    def make(place=(32, 22), size=(64, 48)):
        points = np.ones((75, 18, 3), np.float32)
        points[..., :2] = STANDING * 18 + place
        times = np.arange(75) / 25
        write_pose_file(tmp_path / "keypoints.npz", Keypoints(points, size, times, 25.0))
        return film(tmp_path / "me.mp4", None), tmp_path / "keypoints.npz"

    return make


def test_the_empty_place_must_be_a_picture_of_the_same_place(person, tmp_path):
    files = (*person(), 32, tmp_path / "kept")
    other = write_png(tmp_path / "other.png", np.full((48, 64, 3), 255, np.uint8))
    with pytest.raises(TargetDataError, match="another place"):
        load.load(*files, other)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(TargetDataError, match="cannot be read as a picture"):
        load.load(*files, tmp_path / "text.png")
    grey = np.full((48, 64, 3), (40, 42, 44), np.uint8)
    plate = load.load(*files, write_png(tmp_path / "empty.png", grey)).plate
    assert np.ptp(plate.reshape(-1, 3).astype(int), axis=0).max() <= 2


def test_the_pose_file_of_another_video_is_said(person, tmp_path):
    with pytest.raises(TargetDataError, match="outside of the picture"):
        load.load(*person((3_000, 2_000), (4_000, 3_000)), 32, tmp_path / "kept")


@pytest.mark.parametrize("fields", [{"fps": 1e-9}, {"time": np.arange(75) * 1e6}])
def test_a_pose_file_that_would_never_end_is_refused(person, tmp_path, fields):
    _, path = person()
    with np.load(path) as file:
        np.savez(path, **{**file, **fields})
    with pytest.raises(PoseFileError, match="not in seconds"):
        PoseFile(path)


def test_arrays_that_unpack_to_more_than_memory_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.zeros(10_000))
    assert len(read_arrays(path)["a"]) == 10_000
    monkeypatch.setattr(array_file, "MOST_BYTES", 50_000)
    with pytest.raises(ArrayFileError, match="unpacks to more"):
        read_arrays(path)


def test_a_number_without_end_spoils_one_file_of_openpose(tmp_path):
    folder = tmp_path / "dance"
    write_openpose(folder, dance(seconds=2))
    path = sorted(folder.iterdir())[5]
    numbers = path.read_text().split('"pose_keypoints_2d": [', 1)
    path.write_text(f'{numbers[0]}"pose_keypoints_2d": [{10**400}, {numbers[1]}')
    (broken,) = openpose.read(folder).notes["broken_files"]
    assert broken.startswith(path.name)


def test_a_joint_outside_of_every_picture_was_not_found():
    person = np.full((18, 3), 5.0)
    person[4] = 1e30, 7, 0.9
    (joints,) = openpose.people_of({"people": [{"pose_keypoints": person.ravel().tolist()}]})
    assert (joints[4] == 0).all() and (np.delete(joints, 4, 0) == 5).all()


def test_files_of_openpose_that_are_numbered_far_apart_are_no_recording(tmp_path):
    folder = tmp_path / "dance"
    write_openpose(folder, dance(seconds=2))
    (folder / "dance_4000000000_keypoints.json").write_text('{"people": []}')
    with pytest.raises(DataError, match="most are missing"):
        openpose.read(folder)


def test_a_sound_shorter_than_a_chunk_has_no_beat(tmp_path):
    assert np.isnan(beat_as_heard.detected_beats(np.zeros(1_000, np.float32), 50)).all()
    folder = tmp_path / "dance"
    write_openpose(folder, dance(seconds=6))
    write_sound(folder, 0.05)
    (task,), _ = find.find([folder], tmp_path / "out")
    options = Options(str(tmp_path / "out"), 1, "own", "", 25.0, False, 0.5, "none")
    report = find.prepare_task(task, options)
    assert "fault" not in report and not report["songs"]


def test_a_preview_is_never_wider_than_a_screen(tmp_path):
    from train.readers.cleaning import Track

    track = Track(np.arange(3.0), np.ones((3, 18, 2), np.float32), (60_000, 10))
    preview.save(tmp_path / "sheet.png", track, np.ones(3), {})
    (picture,) = (p.rgb for p in video.pictures(tmp_path / "sheet.png"))
    assert picture.shape == (3 * preview.HEIGHT, 4 * preview.WIDEST, 3)
