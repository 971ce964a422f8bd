"""Sounds and videos of others, opened by PyAV, and what counts as damaged. Any thread."""

from pathlib import Path
from typing import Any

from models.files import url

# Hz of sound files and channels; one that says others is damaged, and would be made so much longer
# or larger that no memory holds it.
RATES = (1_000, 1_000_000)
MOST_CHANNELS = 64


class MediaFileError(Exception):
    """A file that is neither a sound nor a video that can be read, in one sentence."""


def damaged() -> tuple[type[Exception], ...]:
    """What PyAV was seen to raise on damaged files; whoever reads on catches these as well."""
    from av.error import FFmpegError

    return FFmpegError, OSError, ValueError, IndexError, EOFError


def open_media(path: Path) -> Any:
    """A container of PyAV, to be closed. Raises MediaFileError.

    Tags in other letters than UTF-8 are no fault.
    """
    import av

    try:
        return av.open(url(path), metadata_errors="replace")
    except damaged() as error:
        raise MediaFileError(f"{path} is neither a sound nor a video that can be read.") from error


def sound_of(container: Any) -> Any:
    """The first track of sound that can be decoded here and be sound, or None."""
    tracks = (s for s in container.streams.audio if s.codec_context is not None)
    return next((s for s in tracks if is_sound(s.rate or 0, s.channels or 0)), None)


def pictures_of(container: Any) -> Any:
    """The first track of pictures that can be decoded here, or None."""
    return next((s for s in container.streams.video if s.codec_context is not None), None)


def is_sound(rate: int, channels: int) -> bool:
    """Whether a sound can have this rate, Hz, and so many channels."""
    return RATES[0] <= rate <= RATES[1] and 0 < channels <= MOST_CHANNELS


def in_short(error: Exception) -> str:
    """What PyAV says, in a line."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return said.split("\n")[0][:120]
