"""Reads any sound file that FFmpeg knows, as the stage hears it."""

from pathlib import Path

import numpy as np

from models import spec
from models.files import url
from models.sound_file import mono
from models.types import Array
from train.songs.song import at_stage_level


def read(path: Path, rate: int = spec.SAMPLE_RATE) -> Array:
    """A sound file at the stage's level, float32 (n,) mono at `rate`.

    Raises OSError when it cannot be read or holds no sound.
    """
    import av
    from av.error import FFmpegError

    try:
        with av.open(url(path)) as file:
            parts = list(mono(file, file.streams.audio[0], rate))
    except (FFmpegError, IndexError, ValueError) as error:
        raise OSError(f"Cannot read the sound of {path} ({error}).") from error
    if not parts:
        raise OSError(f"{path} holds no sound.")
    return at_stage_level(np.concatenate(parts))
