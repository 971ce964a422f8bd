"""From the stage screen to the size of an output: as large as fits, nothing beside it. Pure."""

import cv2
import numpy as np

from live.core.cutout import Box, Cutout
from live.core.laying import on_screen
from models.types import Array


class Fitting:
    """Of one stage size to one output size; shapes are kept, and the rest stays empty."""

    def __init__(self, stage: tuple[int, int], size: tuple[int, int]) -> None:
        """Both (W, H) px."""
        self.stage, self.size = stage, size
        self._scale = scale = min(size[0] / stage[0], size[1] / stage[1])
        self._corner = tuple((of - scale * by) / 2 for of, by in zip(size, stage, strict=True))
        # Whole pixels that show the stage: columns and rows of the output.
        self._shown = [
            _whole(corner, scale * by, of)
            for corner, of, by in zip(self._corner, size, stage, strict=True)
        ]

    @property
    def key(self) -> tuple[tuple[int, int], ...]:
        """Two of the same key fit alike."""
        return self.stage, self.size

    def picture(self, image: Array) -> Array:
        """The stage, uint8 (H, W, 3) -> the same with black beside it; may be the same array."""
        if self.stage == self.size:
            return image
        columns, rows = self._shown
        how = cv2.INTER_AREA if self._scale < 1 else cv2.INTER_CUBIC
        inner = (columns.stop - columns.start, rows.stop - rows.start)
        picture = np.zeros((self.size[1], self.size[0], 3), np.uint8)
        picture[rows, columns] = cv2.resize(image, inner, interpolation=how)
        return picture

    def cutout(self, cutout: Cutout) -> Box:
        """The dancer in pixels of the output, scaled once; colours multiplied by alpha.

        Outputs of one size share it.
        """
        return cutout.box_as(self.key, lambda: self._scaled(cutout))

    def _scaled(self, cutout: Cutout) -> Box:
        lies = cutout.lies
        corner = [of * self._scale + at for of, at in zip(lies.origin, self._corner, strict=True)]
        scale = [zoom * self._scale for zoom in lies.zoom]
        return on_screen(cutout.box(), corner, scale, self._shown)


def _whole(corner: float, length: float, of: int) -> slice:
    """The pixels of `of` that a part is shown in; one of the thinnest."""
    first = min(of - 1, max(0, round(corner)))
    return slice(first, min(of, max(first + 1, round(corner + length))))
