"""A pose's parts laid over each other before the place: one interface, whatever draws."""

from typing import Protocol

import cv2
import numpy as np

from models.puppet.collage import Collage, Person
from models.puppet.placing import Moves, Window, both, dark, to_cells
from models.puppet.rig import Frames
from models.runtime.painter import Picture
from models.types import Array

PROCESSOR = "cpu"  # as in ENGINES of models/runtime/engines.py


class Compositor(Protocol):
    """What draws one person at one size."""

    device: str  # its name, where it is no processor

    def compose(self, frames: Frames, moves: Moves, /) -> Picture:
        """The first pose of `frames`, moved as the network says."""
        ...


class OnProcessor:
    """The collage, before the plate."""

    device = ""

    def __init__(self, views: list[Array], plate: Array) -> None:
        """`views` uint8 (V, rows, columns, 4) of each part, for a plate uint8 (size, size, 3)."""
        self.collage, self._plate = Collage(views, len(plate)), plate

    def compose(self, frames: Frames, moves: Moves) -> Picture:
        """The first pose of `frames`, moved as the network says."""
        return before_plate(self.collage.person(frames, moves), moves.shadow, self._plate)


def before_plate(person: Person, shadow: Array, plate: Array) -> Picture:
    """The person before their place with their shadow (cells, cells, 0..1) on it."""
    where = dark(shadow, len(plate))
    window = both(person.window, where)
    image = plate[window.top : window.bottom, window.left : window.right].copy()
    alpha, darker = np.zeros(window.shape, np.uint8), np.zeros(window.shape, np.uint8)
    if where is not None:
        lit, at = image[where.inside(window)], darker[where.inside(window)]
        at[:] = _shadow_in(shadow, where, len(plate))
        cv2.multiply(lit, cv2.merge([255 - at] * 3), lit, scale=1 / 255)
    own = person.window.inside(window)
    alpha[own] = person.alpha
    person.over(image[own], image[own])
    return Picture(image, alpha, darker, window.left, window.top)


def _shadow_in(shadow: Array, window: Window, size: int) -> Array:
    """The shadow in a window, uint8."""
    height, width = window.shape
    seen = cv2.warpAffine(
        shadow, to_cells(window, len(shadow), size), (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return cv2.convertScaleAbs(seen, alpha=255)
