"""Pose -> picture of a trained person with an exported renderer. onnxruntime only, no torch."""

from typing import NamedTuple

import numpy as np

from models.runtime.engines import EngineError
from models.runtime.stepper import NetworkStepper
from models.spec import N_JOINTS, TARGET
from models.types import Array


class OldRendererError(Exception):
    """The network gives no window around the person: an older version exported it."""


class Picture(NamedTuple):
    """The window around the person; everything outside it is the empty place, their plate.

    image = alpha * person + (1 - alpha) * (1 - shadow) * plate, shares of 255.
    """

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

    def trimmed(self, with_shadow: bool = True) -> "Picture":
        """The part in which there is person (or shadow); views of the same arrays."""
        there = self.alpha | self.shadow if with_shadow else self.alpha
        rows, columns = (np.flatnonzero(there.any(axis)) for axis in (1, 0))
        if not len(rows):
            return Picture(self.image[:0, :0], self.alpha[:0, :0], self.shadow[:0, :0], 0, 0)
        at = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        x, y = self.x + int(columns[0]), self.y + int(rows[0])
        return Picture(self.image[at], self.alpha[at], self.shadow[at], x, y)

    def without_shadow(self, plate: Array) -> "Picture":
        """The same where no shadow falls; `plate` uint8 (size, size, 3)."""
        if not self.shadow.any():
            return self
        dark = share(255 - self.alpha, self.shadow)[..., None]
        image = self.image + np.minimum(share(plate[self.area], dark), 255 - self.image)
        return Picture(image, self.alpha, np.zeros_like(self.shadow), self.x, self.y)

    def person(self, plate: Array) -> Array:
        """The person alone: colour times alpha, never more than alpha; planes, uint8 (3, h, w)."""
        # Whole planes: numpy is slow along a last axis of 3.
        own = self.image.transpose(2, 0, 1).copy()
        behind = plate[self.area].transpose(2, 0, 1).copy()
        seen = share(255 - self.alpha, 255 - self.shadow)
        own -= np.minimum(share(behind, seen), own)
        # It is more only by rounding and by colours that the network gave out of range.
        return np.minimum(own, self.alpha)


def share(levels: Array, of_255: Array) -> Array:
    """levels * of_255 / 255 of two uint8 arrays, rounded exactly; uint8."""
    product = np.multiply(levels, of_255, dtype=np.uint16)
    product += 128
    product += product >> 8
    product >>= 8
    return product.astype(np.uint8)


class NetworkPainter:
    """An exported renderer."""

    def __init__(self, network: bytes, engine: str = "cpu", threads: int = 1) -> None:
        """Raises EngineError, or OldRendererError for a network of an older version.

        A network that cannot paint is an EngineError as well.
        """
        self._stepper = NetworkStepper(network, engine, threads)
        self.engine = self._stepper.engine
        self._outputs = [TARGET.image, TARGET.alpha, TARGET.shadow, TARGET.corner]
        nowhere = np.full((1, N_JOINTS, 2), 0.5, np.float32)
        try:
            found = self._stepper.step(joints=nowhere)
        except Exception as error:  # whatever a driver throws, or a network that is no renderer
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise EngineError(f"{self.engine} cannot run this network ({said}).") from error
        self._stepper.reset()
        if not {*self._outputs, TARGET.plate} <= found.keys():
            raise OldRendererError("This network was exported by an older version.")
        self.plate: Array = found[TARGET.plate]

    def reset(self) -> None:
        """Forget the picture before, where it paints from that."""
        self._stepper.reset()

    def paint(self, joints: Array) -> Picture:
        """Joints (18, 2), 0..1 of the picture."""
        found = self._stepper.step(self._outputs, joints=joints[None])
        image, alpha, shadow, corner = (found[name][0] for name in self._outputs)
        return Picture(image, alpha, shadow, int(corner[0]), int(corner[1]))

    def whole(self, joints: Array) -> Array:
        """The whole picture, uint8 (size, size, 3)."""
        return self.paint(joints).whole(self.plate)
