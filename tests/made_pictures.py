"""Picture files and painted windows with known answers."""

from pathlib import Path

import av
import numpy as np

from live.core.cutout import Cutout
from live.outputs.alpha import whole
from live.outputs.fitting import Fitting
from models.runtime.painter import Picture
from models.types import Array


def write_png(path: Path, image: np.ndarray) -> Path:
    """uint8 (H, W, 3 or 4)."""
    kind = "rgb24" if image.shape[2] == 3 else "rgba"
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.height, stream.width, stream.pix_fmt = *image.shape[:2], kind
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, kind)))
    return path


def write_jpeg(path: Path, image: np.ndarray, orientation: int = 1) -> Path:
    """uint8 (H, W, 3), with the EXIF orientation that cameras write."""
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.height, stream.width, stream.pix_fmt = *image.shape[:2], "yuvj444p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
    tag = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([orientation]) + b"\0" * 6
    exif = b"Exif\0\0" + tag
    plain = path.read_bytes()
    path.write_bytes(
        plain[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[2:]
    )
    return path


def painted(person, alpha, shadow, plate, x: int = 0, y: int = 0) -> Picture:
    """The window as a renderer gives it: `person` (h, w, 3) and (h, w) shares 0..1."""
    a, dark = alpha[..., None], shadow[..., None]
    height, width = alpha.shape
    behind = plate[y : y + height, x : x + width] * (1 - dark)

    def levels(part):
        return np.round(part).astype(np.uint8)

    image = levels(a * person + (1 - a) * behind)
    return Picture(image, levels(alpha * 255), levels(shadow * 255), x, y)


def alone(cutout: Cutout | None) -> Array:
    """The dancer on the stage screen without what is behind them, uint8 (H, W, 4)."""
    assert cutout is not None
    stage = cutout.lies.stage
    return whole(Fitting(stage, stage).cutout(cutout), stage)
