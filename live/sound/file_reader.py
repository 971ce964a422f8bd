"""Sound files in, float32 pieces out, decoded as asked for: a two-hour mix needs no memory.

libsndfile reads wav, aiff, flac and ogg; PyAV (FFmpeg) the rest: m4a, webm, the sound of a video,
more than two channels, a length that its header does not know, and mp3, where it goes on behind
damaged places at which libsndfile ends.
"""

import logging
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live.sound.source import SourceError
from models.files import unreadable
from models.media_file import MediaFileError, is_sound, open_media, sound_of
from models.sound_file import MOST_CHANNELS, channels_of, pieces

PIECE_SECONDS = 0.5
LONGEST_S = 1e7  # a length that a header only claims
log = logging.getLogger(__name__)

Array = NDArray[np.float32]
_Opened = tuple[int, int, float, Iterator[Array]]  # rate, channels, s (0 = unknown), pieces


class SoundFileReader:
    """An open sound file at its own rate; SourceError for one with no sound in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if why := unreadable(path):
            raise SourceError(f"{why}: name a sound file.")
        self.rate, self.channels, duration, pieces = _open_sndfile(path) or _open_av(path)
        self.duration = duration if duration < LONGEST_S else 0.0
        self._pieces = pieces
        # The first piece is decoded at once: a bad file is told before the show.
        first = next(self._pieces, None)
        if first is None:
            raise SourceError(f"{path} holds no sound: choose another file.")
        self._pieces = chain([first], self._pieces)

    def pieces(self, start: float = 0.0) -> Iterator[Array]:
        """The sound from `start` s on, once: float32 (n, 1 or 2) in -1..1, n as it comes."""
        if start <= 0:
            return self._pieces
        return (_open_sndfile(self._path, start) or _open_av(self._path, start))[-1]


def _open_sndfile(path: Path, start: float = 0.0) -> _Opened | None:
    import soundfile

    name: Any = os.fsencode(path)  # as bytes: soundfile makes UTF-8 of text
    try:
        file = soundfile.SoundFile(name)
    except (soundfile.LibsndfileError, TypeError):
        return None
    is_sane = is_sound(file.samplerate, file.channels)
    if not is_sane or file.format == "MP3" or file.channels > MOST_CHANNELS or not file.frames:
        file.close()
        return None

    def read() -> Iterator[Array]:
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

    return file.samplerate, file.channels, file.frames / file.samplerate, read()


def _clean(samples: NDArray[Any]) -> Array:
    """What is not a number is silence; what is too loud is clipped."""
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)


def _open_av(path: Path, start: float = 0.0) -> _Opened:
    import av

    try:
        container = open_media(path)
    except MediaFileError as error:
        raise SourceError(
            f"{path} is not a sound file that can be read: choose another."
        ) from error
    stream: Any = sound_of(container)
    if stream is None:
        has_one = any(s.codec_context is not None for s in container.streams.audio)
        container.close()
        if has_one:
            raise SourceError(f"{path} is damaged at its beginning: choose another file.")
        raise SourceError(f"{path} has no sound track that can be read: choose another file.")

    def read() -> Iterator[Array]:
        with container:
            heard = pieces(container, stream, lambda why: log.warning("%s %s", path, why), start)
            yield from map(_clean, heard)

    if stream.duration and stream.time_base:
        duration = float(stream.duration * stream.time_base)
    else:
        duration = (container.duration or 0) / av.time_base
    return int(stream.rate), channels_of(stream), duration, read()
