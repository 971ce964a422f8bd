"""The coverage of each frame's part around the person, as a film takes it: known, or found."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.types import Array
from train.person import matte
from train.person.film import Box
from train.person.masks import Masks
from train.person.outline import Outline
from train.person.place import Place
from train.person.square import Square


def coverage_beside(video: Path) -> Path:
    """Where the true coverage of a rendered person is looked for."""
    return video.with_name(f"{video.stem}.alpha.mp4")


class KnownCoverage:
    """The true coverage of a rendered person, from a video of the same frames."""

    def __init__(self, video: Path, square: Square, size: int, count: int) -> None:
        self._frames = square.frames(video, size, count)

    def __call__(self, row: int, rgb: Array, area: Box) -> Array:
        """Of the next frame. Raises TargetDataError when there is none."""
        return next(self._frames)[..., 1][area]


class FoundCoverage:
    """From the network's masks and the known empty place."""

    def __init__(
        self, masks: Callable[[], Masks], outline: Outline, clip: Array, place: Place
    ) -> None:
        """`clip` (N,) numbers the excerpts; the masks are asked for with the first frame."""
        self._masks, self._outline, self._clip, self._place = masks, outline, clip, place

    def __call__(self, row: int, rgb: Array, area: Box) -> Array:
        """uint8 (h, w)."""
        import cv2

        plate = self._place.picture
        size = len(plate)
        told = cv2.resize(self._told(row), (size, size), interpolation=cv2.INTER_LINEAR)[area]
        core = self._outline.core(row, size)[area]
        return matte.coverage(rgb[area], plate[area], told, core, self._place.noise, size)

    def _told(self, row: int) -> Array:
        """Over three frames, for what the network misses in one of them; never across a cut."""
        around = [
            other if 0 <= other < len(self._clip) and self._clip[other] == self._clip[row] else row
            for other in (row - 1, row, row, row + 1)
        ]
        return np.mean([matte.logit(self._masks()[other]) for other in around], axis=0)
