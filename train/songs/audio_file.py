"""Reads any sound file that FFmpeg knows, as the stage hears it."""

from pathlib import Path

import numpy as np

from models import spec
from models.types import Array
from train.songs.song import at_stage_level


def read(path: Path, rate: int = spec.SAMPLE_RATE) -> Array:
    """A sound file at the stage's level, float32 (n,) mono at `rate`.

    Raises OSError when it cannot be read or holds no sound.
    """
    import av
    from av.error import FFmpegError

    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
    try:
        with av.open(str(path.absolute())) as file:  # a relative "20:30.mp4" is no protocol
            frames = [out for frame in file.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    except (FFmpegError, IndexError, ValueError) as error:
        raise OSError(f"Cannot read the sound of {path} ({error}).") from error
    if not frames:
        raise OSError(f"{path} holds no sound.")
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    return at_stage_level(np.nan_to_num(sound, posinf=0.0, neginf=0.0))
