"""Plays a song through the program itself and reads back the poses as shown.

`dancelive` runs as a process of its own and writes a pose file, which is mapped to body units.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import resample_poly

from models import skeleton, spec
from models.pose_file import PoseFileError, read_pose_file
from models.types import Array
from train.dance_eval import beat_alignment, measures
from train.dance_eval.dance_metrics import START_S
from train.songs.song import DataError, Song

FPS = 60
PATIENCE_S = 60.0  # beyond the length of the music


def play(
    dance: str,
    song: Song,
    seconds: float,
    seed: int,
    metre: bool = True,
    live: bool = True,
    phase_lock: bool = True,
) -> tuple[Array, Array]:
    """The first `seconds` of a song as shown: poses from START_S on at 10 Hz and at 60 Hz.

    Raises DataError when the show fails or shows nothing.
    """
    times, poses = show(dance, song, seconds, seed, FPS, metre, live, phase_lock)
    return at_rates(times, poses, min(seconds, song.seconds))


def show(
    dance: str,
    song: Song,
    seconds: float,
    seed: int,
    fps: float,
    metre: bool = True,
    live: bool = True,
    phase_lock: bool = True,
) -> tuple[Array, Array]:
    """The first `seconds` of a song as shown: media times (n,) s and poses in body units.

    `live`: in real time; else as fast as the program can, which shows the same poses.

    Raises DataError when the show fails or shows nothing.
    """
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        music, record = Path(folder) / "music.wav", Path(folder) / "poses.npz"
        soundfile.write(music, song.audio[: round(seconds * spec.SAMPLE_RATE)], spec.SAMPLE_RATE)
        style = song.beats_per_bar if metre and song.beats_per_bar else "auto"
        command = [
            sys.executable, "-m", "live.cli", "--input", str(music), "--dance", dance,
            "--target", "skeleton", "--mute", "--headless" if live else "--offline",
            "--fps", str(fps), "--seed", str(seed), "--style", str(style),
            "--record-poses", str(record), "--phase-lock" if phase_lock else "--no-phase-lock",
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=seconds + PATIENCE_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise DataError(f"The show of {song.name} did not end: this machine hangs.") from error
        if done.returncode or not record.is_file():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise DataError(f"The show of {song.name} failed: {last}")
        return read_poses(record)


def read_poses(path: Path) -> tuple[Array, Array]:
    """A pose file of the target `skeleton` -> media times (n,) s and poses in body units.

    Raises DataError when it holds too little.
    """
    try:
        shown = read_pose_file(path)
    except PoseFileError as error:
        raise DataError(f"{path.name} shows no dance.") from error
    times, rows = np.unique(shown.time, return_index=True)
    if len(times) < 2:
        raise DataError(f"{path.name} shows no dance.")
    joints = shown.points[rows, :, :2] / np.float32(min(shown.size))
    return times, skeleton.PLAIN_BODY.canonical(joints)


def at_rates(times: Array, poses: Array, seconds: float) -> tuple[Array, Array]:
    """Poses shown at any times -> the measured part at 10 Hz and at 60 Hz.

    Raises DataError when the show ended before that part.
    """
    fine = measured_part(times, poses, seconds, beat_alignment.FINE_HZ)
    # What is quicker than 5 Hz would fold into 10 Hz; what is slower stays as it was shown.
    fold = round(beat_alignment.FINE_HZ / measures.HZ)
    coarse = resample_poly(fine, 1, fold, axis=0, padtype="line")
    last = min(seconds, float(times[-1]))
    return coarse[: int((last - START_S) * measures.HZ)], fine


def measured_part(times: Array, poses: Array, seconds: float, hz: float) -> Array:
    """Poses at any times -> those from START_S on, up to `seconds`, at `hz`.

    Raises DataError when they end before that part.
    """
    last = min(seconds, float(times[-1]))
    if last - START_S < 10.0:
        raise DataError(f"The dance ended after {last:.0f} s: at least {START_S + 10:.0f} needed.")
    return CubicSpline(times, poses)(np.arange(START_S, last, 1 / hz))
