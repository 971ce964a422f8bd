"""Who reads sounds, videos and pictures: the stage, its film, and the trainings."""

import itertools
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.fuzz import media
from benchmarks.fuzz.kind import Reader
from live.picture.background import open_background
from live.picture.picture_file import PictureFileError
from live.picture.placement import Placement
from live.recording.film_recorder import FilmRecorder
from live.recording.part_file import RecorderError
from live.sound.chunker import Chunker
from live.sound.open import AudioFileSource
from live.sound.source import SourceError
from models.pose_file import Keypoints, write_pose_file
from models.skeleton import STANDING
from train.person import load
from train.person.data import TargetDataError
from train.readers import video as videos
from train.readers.video import VideoError
from train.songs import audio_file

STAGE = (320, 180)
FILMED_BLOCKS = 12


def sound() -> list[Reader]:
    """As `--input`, filmed, and as a song for the trainings."""
    return [
        Reader("stage", _heard, (SourceError,)),
        Reader("film", _filmed, (SourceError, RecorderError)),
        Reader("trainings", audio_file.read, (OSError,)),
        Reader("preparation", videos.sound, (VideoError, OSError)),
    ]


def video() -> list[Reader]:
    """As `--input`, as `--background`, and as a training video."""
    return [
        Reader("stage", _heard, (SourceError,)),
        Reader("background", _background, (PictureFileError,)),
        Reader("preparation", _prepared, (VideoError, OSError)),
        Reader("person", _learned, (TargetDataError,)),
    ]


def pictures() -> list[Reader]:
    """As `--background` of the stage, and as the empty place of a person."""
    return [
        Reader("background", _background, (PictureFileError,)),
        Reader("empty place", _empty_place, (TargetDataError,)),
    ]


def _heard(path: Path) -> None:
    chunker = Chunker()
    for block in AudioFileSource(path, aloud=False).blocks():
        chunker.feed(block)
    chunker.flush()


def _filmed(path: Path) -> None:
    """The first second of it, with black pictures."""
    source = AudioFileSource(path, aloud=False)
    with tempfile.TemporaryDirectory() as folder:
        film = FilmRecorder(
            Path(folder) / "film.mp4", 64, 48, 25.0, source.rate, source.channels, offline=True
        )
        for number, block in enumerate(itertools.islice(source.blocks(), FILMED_BLOCKS)):
            film.add_audio(block)
            film.add_frame(np.zeros((48, 64, 3), np.uint8), number / 10)
        film.close()
        if film.error:
            raise RecorderError(film.error)


def _background(path: Path) -> None:
    stage = Placement(64, STAGE)
    open_background(str(path), stage, np.zeros((64, 64, 3), np.uint8))


def _prepared(path: Path) -> None:
    """What `train.prepare` takes of a video, without an estimator."""
    videos.frame_count(path)
    videos.sound(path)
    for picture in videos.pictures(path):
        assert picture.rgb.ndim == 3
    videos.facts(path)


def _learned(path: Path) -> None:
    """As `train.target` decodes it, beside the pose file of the whole video."""
    with tempfile.TemporaryDirectory() as folder:
        load.load(path, _poses(Path(folder)), 32, Path(folder) / "cache")


def _empty_place(path: Path) -> None:
    """The empty place beside a valid video."""
    with tempfile.TemporaryDirectory() as folder:
        film = media.write_film(Path(folder) / "person.mp4", *media.FILMS["h.mp4"])
        load.load(film, _poses(Path(folder)), 32, Path(folder) / "cache", background=path)


def _poses(folder: Path) -> Path:
    """Of a person who stands in the pictures of `media`."""
    points = np.ones((media.N_PICTURES, len(STANDING), 3), np.float32)
    points[..., :2] = STANDING * 18 + [32, 22]
    times = np.arange(media.N_PICTURES) / media.FILM_HZ
    path = folder / "keypoints.npz"
    write_pose_file(path, Keypoints(points, media.SIZE, times, media.FILM_HZ))
    return path
