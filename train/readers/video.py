"""Frames and sound of any video as PyAV reads it: upright, with the time of each frame."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.media_file import (
    MediaFileError,
    damaged,
    in_short,
    is_sound,
    open_media,
    pictures_of,
    sound_of,
)
from models.types import Array

SUFFIXES = {
    ".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ogv", ".wmv", ".mts",
    ".m2ts", ".m2t", ".ts", ".3gp", ".3g2", ".flv", ".f4v", ".vob", ".mxf", ".asf", ".divx",
}  # fmt: skip
USUAL_FPS = 25.0  # where a file does not tell
MOST_PX = 2**26  # of a picture: twice those of 8K
HOLE_S = (0.1, 600.0)  # of sound that is missing: more than rounding, less than nonsense


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
            for part in _without_holes(_decoded(container, stream)):
                parts.append(part)
    except (MediaFileError, *damaged()):
        if not parts:
            return None
    audio = np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
    audio = np.nan_to_num(audio, copy=False, posinf=0.0, neginf=0.0)
    late = round(begins * spec.SAMPLE_RATE) if abs(begins) < HOLE_S[1] else 0
    audio = np.concatenate([np.zeros(late, np.float32), audio]) if late > 0 else audio[-late:]
    return audio if np.any(np.abs(audio) > 1e-4) else None


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """The frames of a stream without the packets that are damaged."""
    from av.error import InvalidDataError

    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except InvalidDataError:
            continue
        yield from (frame for frame in frames if is_sound(frame.sample_rate, 1))


def _without_holes(frames: Iterable[Any]) -> Iterator[Array]:
    """Decoded sound, mono at spec.SAMPLE_RATE, with silence where the times jump ahead."""
    import av

    resampler = av.AudioResampler("flt", "mono", spec.SAMPLE_RATE)
    ended: float | None = None
    lost = 0.0  # in all holes
    for frame in frames:
        hole = frame.time - ended if ended is not None and frame.time is not None else 0.0
        if ended is not None and HOLE_S[0] < hole < HOLE_S[1] - lost:
            lost += hole
            yield from (segment.to_ndarray().ravel() for segment in resampler.resample(None))
            yield np.zeros(round(hole * spec.SAMPLE_RATE), np.float32)
            resampler = av.AudioResampler("flt", "mono", spec.SAMPLE_RATE)
            ended += hole
        if ended is None:
            ended = frame.time
        if ended is not None:  # by what was heard, so that rounded times do not add up
            ended += frame.samples / frame.sample_rate
        yield from (segment.to_ndarray().ravel() for segment in resampler.resample(frame))
    yield from (segment.to_ndarray().ravel() for segment in resampler.resample(None))


def _begin(stream: Any) -> float:
    return float((stream.start_time or 0) * stream.time_base)
