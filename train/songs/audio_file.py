"""Reads any sound file that FFmpeg knows, as the stage hears it."""

from pathlib import Path

import numpy as np

from models import spec
from models.media_file import MediaFileError, damaged, in_short, open_media, sound_of
from models.sound_file import mono
from models.types import Array
from train.songs.song import at_stage_level


def read(path: Path, rate: int = spec.SAMPLE_RATE) -> Array:
    """A sound file at the stage's level, float32 (n,) mono at `rate`.

    Raises OSError when it cannot be read or holds no sound.
    """

    try:
        with open_media(path) as file:
            track = sound_of(file)
            if track is None:
                raise OSError(f"{path} has no sound track that can be read.")
            parts = list(mono(file, track, rate))
    except (MediaFileError, *damaged()) as error:
        raise OSError(f"Cannot read the sound of {path} ({in_short(error)}).") from error
    if not parts:
        raise OSError(f"{path} holds no sound.")
    return at_stage_level(np.concatenate(parts))
