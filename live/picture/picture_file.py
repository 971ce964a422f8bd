"""A picture file -> the whole stage screen, scaled and cropped to fill it. Before the show."""

from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from models.files import unreadable
from models.types import Array

MOST_LONGER = 16.0  # than the screen, times: what is cut off is scaled as well, and needs room


class PictureFileError(Exception):
    """A picture that cannot be shown, in one sentence for the performer."""


@lru_cache(maxsize=1)  # so that switching targets in a show needs no file
def read_picture(path: Path, size: tuple[int, int]) -> Array:
    """PNG, JPEG or another still picture -> uint8 (H, W, 3) RGB; `size` is (W, H) px.

    What is transparent in it is black. Raises PictureFileError.
    """
    if path.exists() and (why := unreadable(path)):
        raise PictureFileError(f"{why}: name a PNG or JPEG file.")
    try:
        # As an open file: a name is also taken as an address or as a numbered series.
        with path.open("rb") as file, av.open(file, "r") as container:
            name = container.format.name
            if name != "image2" and not name.endswith("_pipe"):
                raise PictureFileError(f"{path} is not a still picture: name a PNG or JPEG file.")
            picture = next(container.decode(video=0))
            # A camera held upright writes its pictures lying.
            quarters = round(getattr(picture, "rotation", 0) / 90)  # PyAV has it from 14.2 on
            width, height = size if quarters % 2 == 0 else (size[1], size[0])
            zoom = max(width / picture.width, height / picture.height)
            if zoom * max(picture.width / width, picture.height / height) > MOST_LONGER:
                raise PictureFileError(
                    f"{path} is too long and narrow to fill the screen: cut it first."
                )
            scaled = picture.reformat(
                width=max(width, round(picture.width * zoom)),
                height=max(height, round(picture.height * zoom)),
                format="rgba",
                interpolation="LANCZOS",
            ).to_ndarray()
    except FileNotFoundError as error:
        raise PictureFileError(
            f"There is no picture {path}: say target, black, green or the name of a file."
        ) from error
    except (OSError, FFmpegError, StopIteration, IndexError, ValueError) as error:
        raise PictureFileError(
            f"{path} cannot be read as a picture: name a PNG or JPEG file."
        ) from error
    top, left = (scaled.shape[0] - height) // 2, (scaled.shape[1] - width) // 2
    cropped = np.rot90(scaled[top : top + height, left : left + width], quarters)
    if (cropped[..., 3] == 255).all():
        return np.ascontiguousarray(cropped[..., :3])
    return (cropped[..., :3].astype(np.float32) * (cropped[..., 3:] / np.float32(255))).astype(
        np.uint8
    )
