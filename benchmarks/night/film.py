"""Is a film whole, and are its picture and its sound where they were?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from scipy.signal import correlate

from live.core.settings import Settings
from live.picture.screen import open_screen
from models.pose_file import Keypoints
from models.types import Array

RATE = 16_000  # Hz, at which sounds are compared
SMALL = 96  # px, at which pictures are
PICTURES = 24  # of a place in the film
SHIFTS_S = np.arange(-0.15, 0.1501, 0.01)  # where else a picture could belong
WINDOW_S = 8.0  # of sound
DARK = 24  # black is 16 in the file
ALIKE = 0.5  # correlation of two sounds that are one


@dataclass(frozen=True)
class Film:
    """What another program finds in it."""

    seconds: float  # of the picture
    sound_s: float
    pictures: int
    dark_s: float  # the longest black stretch


def look_through(path: Path) -> Film:
    """Decode the whole film. Raises av's FFmpegError when it does not play."""
    pictures, seconds, sound = 0, 0.0, 0.0
    dark_since: float | None = None
    longest = 0.0
    with av.open(str(path)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        for packet in file.demux(video, audio):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    pictures, seconds = pictures + 1, float(frame.time or 0)
                    is_dark = np.percentile(_luma(frame)[::16, ::16], 95) < DARK
                    dark_since = (
                        None if not is_dark else seconds if dark_since is None else dark_since
                    )
                    longest = max(longest, seconds - dark_since if dark_since is not None else 0.0)
                elif isinstance(frame, av.AudioFrame):
                    sound = float(frame.time or 0) + frame.samples / frame.sample_rate
        rate = float(video.average_rate or 30)
    return Film(round(seconds + 1 / rate, 3), round(sound, 3), pictures, round(longest, 2))


def _luma(frame: av.VideoFrame) -> Array:
    """Its brightness as stored, uint8 (height, width): to convert two hours takes long."""
    if not frame.format.name.startswith("yuv") or frame.format.components[0].bits != 8:
        return frame.to_ndarray(format="gray")
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def sound_lag(path: Path, at: float, music: Callable[[float, float], Array]) -> float | None:
    """Seconds that the film's sound at `at` s is later than the music was played.

    `music(since, until)` is what was played then, float32 mono at RATE, in seconds of the film.
    None where the two are not alike.
    """
    return lag(_sound(path, at, WINDOW_S), music, at)


def lag(
    sound: Array, music: Callable[[float, float], Array], at: float, around: float = 0.25
) -> float | None:
    """Seconds that `sound`, heard from `at` on, is later than `music` was; None if it is not it."""
    seconds = len(sound) / RATE
    heard = music(at - around, at + seconds + around)
    if not sound.any() or not heard.any():
        return None
    match = correlate(heard, sound, "valid")
    power = np.concatenate([[0.0], np.cumsum(np.square(heard, dtype=np.float64))])
    size = np.sqrt(power[len(sound) :] - power[: -len(sound)] + 1e-9)
    match = match / size[: len(match)] / np.sqrt(np.square(sound).sum() + 1e-9)
    best = int(match.argmax())
    return around - best / RATE if match[best] > ALIKE else None


def picture_lag(path: Path, at: float, poses: Keypoints, target: str) -> float | None:
    """Seconds that the film's pictures from `at` s on are later than their poses were due.

    Each pose is painted as `target` for several moments around, and the most alike is taken.
    None where the dancer hardly moves.
    """
    screen = open_screen(Settings(output=(SMALL, SMALL)), target)
    spans = poses.points[..., :2] / np.asarray(poses.size, np.float32)

    def painted(time: float) -> Array:
        after = int(np.clip(np.searchsorted(poses.time, time), 1, len(poses.time) - 1))
        before, share = after - 1, 0.0
        gap = float(poses.time[after] - poses.time[before])
        share = float(np.clip((time - poses.time[before]) / max(gap, 1e-6), 0, 1))
        joints = spans[before] * (1 - share) + spans[after] * share
        return _small(screen.background.show(screen.painter.paint(joints)))

    found = np.zeros(len(SHIFTS_S))
    for time, picture in _pictures(path, at):
        apart = [float(np.abs(painted(time - shift) - picture).mean()) for shift in SHIFTS_S]
        found += apart
    if found.min() > 0.9 * np.median(found):
        return None
    best = int(np.clip(found.argmin(), 1, len(found) - 2))
    left, middle, right = found[best - 1 : best + 2]
    bend = left - 2 * middle + right
    return float(SHIFTS_S[best] + 0.5 * (left - right) / max(bend, 1e-9) * 0.01)


def _small(picture: Array) -> Array:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (SMALL, SMALL), interpolation=cv2.INTER_AREA).astype(np.float32)


def _pictures(path: Path, at: float) -> list[tuple[float, Array]]:
    found: list[tuple[float, Array]] = []
    with av.open(str(path)) as file:
        video: Any = file.streams.video[0]
        file.seek(int(at / video.time_base), stream=video)
        for frame in file.decode(video):
            if float(frame.time) >= at:
                found.append((float(frame.time), _small(frame.to_ndarray(format="rgb24"))))
            if len(found) == PICTURES:
                break
    return found


def _sound(path: Path, at: float, seconds: float) -> Array:
    """Mono at RATE from `at` s of the film on; silence where it has none."""
    wanted = np.zeros(round(seconds * RATE), np.float32)
    with av.open(str(path)) as file:
        audio: Any = file.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        file.seek(max(0, int((at - 1) / audio.time_base)), stream=audio)
        place: int | None = None
        for frame in file.decode(audio):
            if place is None:
                place = round((float(frame.time) - at) * RATE)
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray().reshape(-1)
                first, last = max(0, place), min(len(wanted), place + len(samples))
                if last > first:
                    wanted[first:last] = samples[first - place : last - place]
                place += len(samples)
            if place >= len(wanted):
                break
    return wanted
