"""Frames and sound of any video as PyAV reads it: upright, with the time of each frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.media_file import (
    MediaFileError,
    damaged,
    in_short,
    open_media,
    pictures_of,
    sound_of,
)
from models.sound_file import HOLE_S, mono
from models.types import Array

USUAL_FPS = 25.0  # where a file does not tell
MOST_PX = 2**26  # of a picture: twice those of 8K


class VideoError(Exception):
    """A file that cannot be used as a video, in one sentence."""


@dataclass(frozen=True)
class Picture:
    """One frame."""

    time: float  # s from the first frame
    rgb: Array  # uint8 (H, W, 3), upright


def pictures(path: Path) -> Iterator[Picture]:
    """Every frame that can be decoded; what is behind a damaged place is left out.

    Raises VideoError when there is none, or they are larger than MOST_PX.
    """
    first: float | None = None
    last = -1.0
    try:
        with open_media(path) as container:
            stream = pictures_of(container)
            if stream is None:
                raise VideoError(f"{path.name} has no pictures that can be read.")
            stream.thread_type = "AUTO"
            step = 1 / float(stream.average_rate or USUAL_FPS)
            for frame in container.decode(stream):
                time = frame.time
                if first is None:
                    first = time or 0.0
                at = last + step if time is None else time - first
                if at <= last:  # two frames at one time: the clock of the file is wrong
                    continue
                last = at
                if frame.width * frame.height > MOST_PX:
                    raise VideoError(f"{path.name} has larger pictures than any camera makes.")
                yield Picture(at, _upright(frame.to_ndarray(format="rgb24"), frame.rotation))
    except (MediaFileError, *damaged()) as error:
        if first is None:
            said = in_short(error)
            raise VideoError(f"{path.name} cannot be read as a video ({said}).") from error
    if first is None:
        raise VideoError(f"{path.name} has no pictures.")


def _upright(rgb: Array, degrees: int) -> Array:
    """Phones film lying down and say so."""
    return np.ascontiguousarray(np.rot90(rgb, round(degrees / 90) % 4)) if degrees else rgb


@dataclass(frozen=True)
class Facts:
    """What a video says of itself."""

    fps: float
    size: tuple[int, int]  # px, upright


def facts(path: Path) -> Facts:
    """Raises VideoError."""
    for picture in pictures(path):
        height, width = picture.rgb.shape[:2]
        return Facts(_average_rate(path), (width, height))
    raise VideoError(f"{path.name} has no pictures.")


def _average_rate(path: Path) -> float:
    with open_media(path) as container:
        return float(pictures_of(container).average_rate or USUAL_FPS)


def frame_times(path: Path) -> Array:
    """When each frame is seen, float64 (N,) s from the first on, without decoding them.

    Raises VideoError.
    """
    try:
        with open_media(path) as container:
            stream = pictures_of(container)
            if stream is None:
                raise VideoError(f"{path.name} has no pictures that can be read.")
            found = [
                float(packet.pts * packet.time_base)
                for packet in container.demux(stream)
                if packet.pts is not None and packet.time_base and not packet.is_discard
            ]
    except (MediaFileError, *damaged()) as error:
        raise VideoError(f"{path.name} cannot be read as a video ({in_short(error)}).") from error
    times = np.unique(np.array(found, np.float64))  # packets come in the order of decoding
    return times - times[0] if len(times) else times


def frame_count(path: Path) -> int:
    """About how many frames there are; 0 = unknown."""
    try:
        with open_media(path) as container:
            stream = container.streams.video[0]
            if stream.frames:
                return int(stream.frames)
            seconds = (container.duration or 0) / 1e6
            return round(seconds * float(stream.average_rate or 0))
    except (MediaFileError, *damaged()):
        return 0


def sound(path: Path) -> Array | None:
    """Mono at spec.SAMPLE_RATE, float32, from the time of the first frame on; None without sound.

    Also reads files that are sound alone. Where sound is missing there is silence.
    """
    parts: list[Array] = []
    begins = 0.0
    try:
        with open_media(path) as container:
            stream = sound_of(container)
            if stream is None:
                return None
            begins = _begin(stream)
            if container.streams.video:
                begins -= _begin(container.streams.video[0])
            for part in mono(container, stream):
                parts.append(part)
    except (MediaFileError, *damaged()):
        if not parts:
            return None
    audio = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    late = round(begins * spec.SAMPLE_RATE) if abs(begins) < HOLE_S[1] else 0
    audio = np.concatenate([np.zeros(late, np.float32), audio]) if late > 0 else audio[-late:]
    return audio if np.any(np.abs(audio) > 1e-4) else None


def _begin(stream: Any) -> float:
    return float((stream.start_time or 0) * stream.time_base)
