"""A short MP4 of a dance in training, stick figures beside each other, with the music."""

from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.files import url
from models.types import Array
from train.dance_eval.measures import HZ
from train.dance_eval.stick_figures import CELL_H, CELL_W, figure
from train.songs.segments import sample

FPS = 30
SCALE = 3


def write(path: Path, dancers: list[Array], audio: Array) -> None:
    """Dancers (n, 18, 2) at 10 Hz side by side, all to the same 16 kHz sound (m,).

    Raises OSError when the file cannot be written.
    """
    import av
    import cv2

    seconds = min(min(len(poses) / HZ for poses in dancers), len(audio) / spec.SAMPLE_RATE)
    times = np.arange(int(seconds * FPS)) / FPS
    moving = [sample(poses, times * HZ) for poses in dancers]
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(url(path), "w") as film:
        video: Any = film.add_stream("libx264", rate=FPS)
        video.width, video.height = CELL_W * SCALE * len(dancers), CELL_H * SCALE
        video.pix_fmt, video.options = "yuv420p", {"preset": "veryfast", "crf": "26"}
        sound: Any = film.add_stream("aac", rate=spec.SAMPLE_RATE, layout="mono")
        for number in range(len(times)):
            pictures = [figure(poses[number]) for poses in moving]
            wide = np.concatenate(pictures, 1)[..., ::-1]
            large: Array = cv2.resize(wide, (video.width, video.height))
            frame = av.VideoFrame.from_ndarray(large.astype(np.uint8), "rgb24")
            film.mux(video.encode(frame))
        film.mux(video.encode())
        heard = audio[None, : int(seconds * spec.SAMPLE_RATE)].astype(np.float32)
        piece = av.AudioFrame.from_ndarray(np.ascontiguousarray(heard), "fltp", "mono")
        piece.sample_rate = spec.SAMPLE_RATE
        film.mux(sound.encode(piece))
        film.mux(sound.encode())
