"""The dancer without what is behind them, for whoever shows them elsewhere. Any thread.

It is kept as it was painted and only worked out where somebody asks: the paint thread gives it away
at no cost.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from live.core.once import Once
from models.runtime.painter import Picture, share
from models.types import Array


class Box(NamedTuple):
    """A part of a picture that has something in it; all around it is empty."""

    x: int  # px, first column and row in the whole picture
    y: int
    rgba: Array  # uint8 (h, w, 4), colours multiplied by alpha unless it is said otherwise


NOTHING = Box(0, 0, np.zeros((0, 0, 4), np.uint8))


@dataclass(frozen=True)
class PictureOnStage:
    """Where a square picture of the dancer lies on the stage screen."""

    stage: tuple[int, int]  # (W, H) px
    origin: tuple[float, float]  # px of the stage, may be negative
    zoom: tuple[float, float]  # px of the stage for one of the picture, across and down
    # float32 (size,), 0..1: how the picture fades where the stage goes on; None where it does not
    fade_columns: Array | None = None
    fade_rows: Array | None = None


class Cutout:
    """One picture of the dancer alone."""

    def __init__(
        self, picture: Picture | None, plate: Array, lies: PictureOnStage, light: float = 1.0
    ) -> None:
        """`picture` before its `plate`, uint8 (size, size, 3); None = nobody is there.

        `light` 0..1: how much of the dancer is there.
        """
        self.lies, self._light = lies, light
        self._picture, self._plate = picture, plate
        self._boxes: Once[Box] = Once()

    def nobody(self) -> "Cutout":
        """The same place without the dancer."""
        return Cutout(None, self._plate, self.lies)

    def faded(self, light: float) -> "Cutout":
        """The same dancer, there by this share, 0..1."""
        return Cutout(self._picture, self._plate, self.lies, light)

    def box(self) -> Box:
        """The dancer in pixels of their own picture, colours multiplied by alpha.

        The first who asks waits for it (0.5 ms at 720 px); the others get the same arrays.
        """
        return self._boxes.get("own", self._work_out)

    def box_as(self, what: Hashable, make: Callable[[], Box]) -> Box:
        """What `make` makes of this dancer, the same arrays for all who ask for the same `what`."""
        return self._boxes.get(("made", what), make)

    def _work_out(self) -> Box:
        import cv2  # a show without outputs or puppets does without

        if self._picture is None:
            return NOTHING
        box = cut(self._picture, self._plate)
        if self._light < 1 and box.rgba.size:
            box = box._replace(rgba=cv2.convertScaleAbs(box.rgba, alpha=self._light))
        return at_its_edges(box, self.lies)


def cut(picture: Picture, plate: Array, with_shadow: bool = False) -> Box:
    """The dancer in pixels of their own picture; `with_shadow` that counts as black of theirs."""
    import cv2

    seen = picture.trimmed(with_shadow)
    if not seen.alpha.size:
        return NOTHING
    alpha = seen.alpha
    if with_shadow:
        alpha = 255 - share(255 - alpha, 255 - seen.shadow)
    rgba = cv2.merge([*seen.person(plate), np.ascontiguousarray(alpha)])
    return Box(seen.x, seen.y, rgba)


def at_its_edges(box: Box, lies: PictureOnStage) -> Box:
    """The same, faded where the picture ends and the stage goes on."""
    height, width = box.rgba.shape[:2]
    for fade, at, axis in (
        (lies.fade_rows, slice(box.y, box.y + height), (slice(None), None, None)),
        (lies.fade_columns, slice(box.x, box.x + width), (None, slice(None), None)),
    ):
        if fade is not None and (weights := fade[at]).size and weights.min() < 1:
            rgba = (box.rgba * weights[axis] + np.float32(0.5)).astype(np.uint8)
            box = box._replace(rgba=rgba)
    return box
