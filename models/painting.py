"""Pose -> picture of a trained person with an exported renderer. onnxruntime only, no torch."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.runtime import NetworkStepper
from models.spec import TARGET

Array = NDArray[Any]


class Picture(NamedTuple):
    """The window around the person; everything outside it is the empty place."""

    image: Array  # uint8 (h, w, 3) RGB, the person before their own background
    alpha: Array  # uint8 (h, w), the person
    shadow: Array  # uint8 (h, w), how much darker the background is
    x: int  # px, first column and row in the whole picture
    y: int

    @property
    def area(self) -> tuple[slice, slice]:
        """Rows and columns of the whole picture."""
        height, width = self.alpha.shape
        return slice(self.y, self.y + height), slice(self.x, self.x + width)

    def whole(self, plate: Array) -> Array:
        """The whole picture, a new array; `plate` uint8 (size, size, 3)."""
        picture = plate.copy()
        picture[self.area] = self.image
        return picture


class NetworkPainter:
    """An exported renderer."""

    def __init__(self, network: bytes, engine: str = "cpu", threads: int = 1) -> None:
        self._stepper = NetworkStepper(network, engine, threads)
        self.engine = self._stepper.engine
        self._outputs = [TARGET.image, TARGET.alpha, TARGET.shadow, TARGET.corner]
        nowhere = np.full((1, 18, 2), 0.5, np.float32)
        self.plate: Array = self._stepper.step([TARGET.plate], joints=nowhere)[TARGET.plate]

    def paint(self, joints: Array) -> Picture:
        """Joints (18, 2), 0..1 of the picture."""
        found = self._stepper.step(self._outputs, joints=joints[None])
        image, alpha, shadow, corner = (found[name][0] for name in self._outputs)
        return Picture(image, alpha, shadow, int(corner[0]), int(corner[1]))

    def whole(self, joints: Array) -> Array:
        """The whole picture, uint8 (size, size, 3)."""
        return self.paint(joints).whole(self.plate)
