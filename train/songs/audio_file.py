"""Reads any sound file that FFmpeg knows, as the stage hears it."""

from pathlib import Path

import numpy as np

from models import spec
from models.media_file import MediaFileError, damaged, in_short, is_sound, open_media, sound_of
from models.types import Array
from train.songs.song import at_stage_level


def read(path: Path, rate: int = spec.SAMPLE_RATE) -> Array:
    """A sound file at the stage's level, float32 (n,) mono at `rate`.

    Raises OSError when it cannot be read or holds no sound.
    """
    import av

    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
    try:
        with open_media(path) as file:
            track = sound_of(file)
            if track is None or not is_sound(track.rate or 0, track.channels or 0):
                raise OSError(f"{path} has no sound track that can be read.")
            frames = [out for frame in file.decode(track) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    except (MediaFileError, *damaged()) as error:
        raise OSError(f"Cannot read the sound of {path} ({in_short(error)}).") from error
    if not frames:
        raise OSError(f"{path} holds no sound.")
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    return at_stage_level(np.nan_to_num(sound, posinf=0.0, neginf=0.0))
