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
from models.media_file import MediaFileError, damaged, is_sound, open_media, sound_of

PIECE_SECONDS = 0.5
log = logging.getLogger(__name__)

Array = NDArray[np.float32]
_Opened = tuple[int, int, float, Iterator[Array]]  # rate, channels, s (0 = unknown), pieces


class SoundFileReader:
    """An open sound file at its own rate and channels; SourceError for one with no sound in it."""

    def __init__(self, path: Path) -> None:
        _check_readable(path)
        self.rate, self.channels, self.duration, pieces = _open_sndfile(path) or _open_av(path)
        self._pieces = pieces
        # The first piece is decoded at once: a bad file is told before the show.
        first = next(self._pieces, None)
        if first is None:
            raise SourceError(f"{path} holds no sound: choose another file.")
        self._pieces = chain([first], self._pieces)

    def pieces(self) -> Iterator[Array]:
        """The sound from the beginning, once: float32 (n, channels) in -1..1, n as it comes."""
        return self._pieces


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


def _open_sndfile(path: Path) -> _Opened | None:
    import soundfile

    if path.suffix.lower() == ".mp3":
        return None
    try:
        file = soundfile.SoundFile(str(path))
    except (soundfile.LibsndfileError, TypeError):
        return None
    if not is_sound(file.samplerate, file.channels):
        file.close()
        return None

    def pieces() -> Iterator[Array]:
        n_frames = max(1, int(PIECE_SECONDS * file.samplerate))
        with file:
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


def _open_av(path: Path) -> _Opened:
    import av

    try:
        container = open_media(path)
    except MediaFileError as error:
        raise SourceError(
            f"{path} is not a sound file that can be read: choose another."
        ) from error
    stream: Any = sound_of(container)
    if stream is None:
        container.close()
        raise SourceError(f"{path} has no sound track that can be read: choose another file.")
    if not is_sound(stream.rate or 0, stream.channels or 0):
        container.close()
        raise SourceError(f"{path} is damaged at its beginning: choose another file.")
    rate, channels = int(stream.rate), int(stream.channels)

    def pieces() -> Iterator[Array]:
        layout = stream.layout
        resampler, kind = av.AudioResampler(format="flt", layout=layout, rate=rate), None
        with container:
            for frame in chain(_decoded(container, stream, path), [None]):
                if frame is not None:
                    if not is_sound(frame.sample_rate, channels):
                        continue  # damaged
                    kind, last = (frame.format.name, frame.layout.name, frame.sample_rate), kind
                    if last not in (None, kind):  # files that were joined to one
                        resampler = av.AudioResampler(format="flt", layout=layout, rate=rate)
                for converted in resampler.resample(frame):
                    yield _clean(converted.to_ndarray().reshape(-1, channels))

    if stream.duration and stream.time_base:
        duration = float(stream.duration * stream.time_base)
    else:
        duration = (container.duration or 0) / av.time_base
    return rate, channels, duration, pieces()


def _decoded(container: Any, stream: Any, path: Path) -> Iterator[Any]:
    """The stream's frames; damaged packets are left out, and said once."""
    from av.error import InvalidDataError

    is_told = False
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            frames = packet.decode()
        except InvalidDataError as error:
            if not is_told:
                log.warning("%s is damaged: %s", path, error)
            is_told = True
            continue
        except damaged() as error:
            log.warning("%s ends early: %s", path, error)
            return
        yield from frames
