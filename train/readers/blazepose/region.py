"""A turned square of a picture in which the person is upright, as the landmark network wants."""

from dataclasses import dataclass

import numpy as np

from models.types import Array

SPREAD = 1.25  # side of the square by that of the circle around the body


@dataclass(frozen=True)
class Region:
    """Places are px of the picture."""

    centre: Array  # (2,)
    side: float  # px
    angle: float  # radians, clockwise as seen

    @property
    def _matrix(self) -> Array:
        """(2, 3): from places in the square, 0..1, to the picture."""
        turned = self.side * np.array(
            [[np.cos(self.angle), -np.sin(self.angle)], [np.sin(self.angle), np.cos(self.angle)]]
        )
        return np.column_stack([turned, self.centre - turned @ (0.5, 0.5)])

    def is_sound(self) -> bool:
        """Whether a picture can be cut out by it."""
        numbers = (*self.centre, self.side, self.angle)
        return bool(np.isfinite(numbers).all() and self.side >= 1)

    def to_picture(self, places: Array) -> Array:
        """(N, 2) in the square, 0..1 -> px."""
        return places @ self._matrix[:, :2].T + self._matrix[:, 2]

    def cut(self, rgb: Array, size: int, *, extends: bool) -> Array:
        """uint8 (H, W, 3) -> uint8 (size, size, 3). Outside is the edge's colour or black."""
        import cv2

        border = cv2.BORDER_REPLICATE if extends else cv2.BORDER_CONSTANT
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(rgb, self._pixels(size), (size, size), flags=flags, borderMode=border)

    def put_back(self, mask: Array, shape: tuple[int, ...]) -> Array:
        """float32 (size, size) of the square -> (H, W) of the picture, 0 outside the square."""
        import cv2

        return cv2.warpAffine(mask, self._pixels(len(mask)), (shape[1], shape[0]))

    def _pixels(self, size: int) -> Array:
        """(2, 3): from pixels of a square of that size to pixels of the picture."""
        matrix = self._matrix
        matrix[:, :2] /= size
        return matrix


def around(centre: Array, rim: Array) -> Region:
    """Of the middle of the hips and a point on the circle around the body, both (2,) px.

    The line from one to the other is upright in the square.
    """
    x, y = rim - centre
    angle = np.pi / 2 - np.arctan2(-y, x)
    angle -= 2 * np.pi * np.floor((angle + np.pi) / (2 * np.pi))
    return Region(np.asarray(centre, float), float(2 * SPREAD * np.hypot(x, y)), float(angle))


def whole(shape: tuple[int, ...]) -> Region:
    """The smallest upright square that holds a picture (H, W, ...)."""
    return Region(np.array([shape[1], shape[0]]) / 2, float(max(shape[:2])), 0.0)
