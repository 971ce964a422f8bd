"""Sound files in, float32 pieces out, decoded as asked for: a two-hour mix needs no memory.

libsndfile reads wav, aiff, flac and ogg; PyAV (FFmpeg) the rest: m4a, webm, the sound of a video,
and mp3, where it goes on behind damaged places at which libsndfile ends.
"""

import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live.sound.source import SourceError

PIECE_SECONDS = 0.5
PREROLL_S = 0.2  # what a decoder hears before the place it was wound to, until it is right
log = logging.getLogger(__name__)

Array = NDArray[np.float32]
_Opened = tuple[int, int, float, Iterator[Array]]  # rate, channels, s (0 = unknown), pieces


class SoundFileReader:
    """An open sound file at its own rate and channels; SourceError for one with no sound in it."""

    def __init__(self, path: Path) -> None:
        _check_readable(path)
        self._path = path
        self.rate, self.channels, self.duration, pieces = _open_sndfile(path) or _open_av(path)
        self._pieces = pieces
        # The first piece is decoded at once: a bad file is told before the show.
        first = next(self._pieces, None)
        if first is None:
            raise SourceError(f"{path} holds no sound: choose another file.")
        self._pieces = chain([first], self._pieces)

    def pieces(self, start: float = 0.0) -> Iterator[Array]:
        """The sound from `start` s on, once: float32 (n, channels) in -1..1, n as it comes."""
        if start <= 0:
            return self._pieces
        return (_open_sndfile(self._path, start) or _open_av(self._path, start))[-1]


def _check_readable(path: Path) -> None:
    if not path.exists():
        raise SourceError(f"There is no file {path}: check the path.")
    if path.is_dir():
        raise SourceError(f"{path} is a folder: name a sound file in it.")
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise SourceError(f"{path} is empty: choose another file.")
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error


def _clean(samples: NDArray[Any]) -> Array:
    """What is not a number is silence; what is too loud is clipped."""
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)


def _open_sndfile(path: Path, start: float = 0.0) -> _Opened | None:
    import soundfile

    if path.suffix.lower() == ".mp3":
        return None
    try:
        file = soundfile.SoundFile(str(path))
    except (soundfile.LibsndfileError, TypeError):
        return None

    def pieces() -> Iterator[Array]:
        n_frames = max(1, int(PIECE_SECONDS * file.samplerate))
        with file:
            if start > 0:
                file.seek(min(file.frames, round(start * file.samplerate)))
            while True:
                try:
                    samples = file.read(n_frames, dtype="float32", always_2d=True)
                except soundfile.LibsndfileError as error:
                    log.warning("%s is damaged and ends early: %s", path, error)
                    return
                if not len(samples):
                    return
                yield _clean(samples)

    return file.samplerate, file.channels, file.frames / file.samplerate, pieces()


def _open_av(path: Path, start: float = 0.0) -> _Opened:
    import av
    import av.error

    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, ValueError) as error:
        raise SourceError(
            f"{path} is not a sound file that can be read: choose another."
        ) from error
    if not container.streams.audio:
        container.close()
        raise SourceError(f"{path} has no sound track: choose another file.")
    stream: Any = container.streams.audio[0]
    if not stream.rate or not stream.channels:
        container.close()
        raise SourceError(f"{path} is damaged at its beginning: choose another file.")
    rate, channels = int(stream.rate), int(stream.channels)

    def pieces() -> Iterator[Array]:
        layout = stream.layout
        resampler, kind = av.AudioResampler(format="flt", layout=layout, rate=rate), None
        skip = None if start > 0 else 0  # samples to leave out, known with the first frame
        with container:
            if start > 0:
                _seek(container, stream, start)
            for frame in chain(_decoded(container, stream, path), [None]):
                if frame is not None:
                    skip = _samples_before(start, frame, stream) if skip is None else skip
                    kind, last = (frame.format.name, frame.layout.name, frame.sample_rate), kind
                    if last not in (None, kind):  # files that were joined to one
                        resampler = av.AudioResampler(format="flt", layout=layout, rate=rate)
                for converted in resampler.resample(frame):
                    samples = _clean(converted.to_ndarray().reshape(-1, channels))
                    if skip:
                        skip, samples = max(0, skip - len(samples)), samples[skip:]
                    if len(samples):
                        yield samples

    if stream.duration and stream.time_base:
        duration = float(stream.duration * stream.time_base)
    else:
        duration = (container.duration or 0) / av.time_base
    return rate, channels, duration, pieces()


def _seek(container: Any, stream: Any, start: float) -> None:
    """To a little before `start` s of the sound, or not at all: then all before it is decoded."""
    import av.error

    try:
        at = max(0.0, start - PREROLL_S) / stream.time_base
        container.seek(int(at) + (stream.start_time or 0), stream=stream)
    except (av.error.FFmpegError, ValueError) as error:
        log.info("%s cannot be wound: %s", container.name, error)


def _samples_before(start: float, frame: Any, stream: Any) -> int:
    """Of `start` s of the sound, from the first decoded frame on."""
    if frame.time is None:
        return 0
    began = float((stream.start_time or 0) * stream.time_base)
    return max(0, round((start - (frame.time - began)) * frame.sample_rate))


def _decoded(container: Any, stream: Any, path: Path) -> Iterator[Any]:
    """The stream's frames; damaged packets are left out, and said once."""
    import av.error

    is_told = False
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            frames = packet.decode()
        except av.error.InvalidDataError as error:
            if not is_told:
                log.warning("%s is damaged: %s", path, error)
            is_told = True
            continue
        except (av.error.FFmpegError, ValueError) as error:
            log.warning("%s ends early: %s", path, error)
            return
        yield from frames
