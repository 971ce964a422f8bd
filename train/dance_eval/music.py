"""Any sound file as a song without a dance, with what is known of it. librosa finds beats."""

from pathlib import Path

import numpy as np

from models import spec
from models.types import Array
from train.dance_eval.beat_alignment import tracked_beats
from train.dance_eval.dance_metrics import SHORTEST_S
from train.songs.audio_file import read
from train.songs.known_times import times_beside
from train.songs.song import POSE_HZ, DataError, Song


def load_music(given: str) -> Song:
    """FILE or FILE@BPM; the beats are those that are known, else found, at this tempo if told.

    Raises DataError when it cannot be read or is too short.
    """
    path, bpm = _file_and_tempo(given)
    try:
        audio = read(path)
    except OSError as error:
        raise DataError(str(error)) from error
    if len(audio) < SHORTEST_S * spec.SAMPLE_RATE:
        raise DataError(f"{path} is too short to judge on: {SHORTEST_S:.0f} s are needed.")
    times = np.arange(int(len(audio) / spec.SAMPLE_RATE * POSE_HZ)) / POSE_HZ
    beats = times_beside(path, "beats") if bpm is None else np.zeros(0)
    if len(beats) < 2:
        beats = tracked_beats(audio, bpm)
    nothing = np.full(len(times), np.nan, np.float32)
    counts = np.interp(times, beats, np.arange(len(beats)), np.nan, np.nan)
    poses = np.zeros((len(times), spec.N_JOINTS, 2), np.float32)
    return Song(
        name=path.stem, style="music", split="test", beats_per_bar=0, audio=audio, poses=poses,
        real=poses, beats=counts.astype(np.float32), heard=nothing, licence="", provenance="",
    )  # fmt: skip


def known_drops(given: str) -> Array:
    """Of FILE or FILE@BPM, s; none where nobody wrote them down.

    Raises DataError when they cannot be read.
    """
    return times_beside(_file_and_tempo(given)[0], "drops")


def _file_and_tempo(given: str) -> tuple[Path, float | None]:
    name, _, tempo = given.rpartition("@")
    is_told = bool(name) and tempo.replace(".", "", 1).isdigit() and not Path(given).exists()
    return (Path(name), float(tempo)) if is_told else (Path(given), None)
