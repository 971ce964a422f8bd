"""Who finds the person's pixels in a picture: the mask that BlazePose gives beside the joints."""

import numpy as np

from models.types import Array
from train.readers.blazepose.pose import BlazePose


class Segmenter:
    """Frames of one video in their order: the person is followed from one to the next.

    The network's own mask is 256 x 256, around the person.
    """

    def __init__(self) -> None:
        """Raises NetworksError when the networks cannot be had."""
        self._following = BlazePose()
        self._anew = BlazePose(follows=False)

    def mask(self, rgb: Array) -> Array | None:
        """uint8 (H, W, 3) -> float32 (H, W), 0..1; None where nobody is found."""
        found = self._following.find(rgb)
        return None if found is None else found.mask()

    def mask_of(self, rgb: Array, box: tuple[slice, slice]) -> Array | None:
        """The mask of whoever is in the box (rows, columns), by that part of the picture alone."""
        found = self._anew.find(np.ascontiguousarray(rgb[box]))
        if found is None:
            return None
        whole = np.zeros(rgb.shape[:2], np.float32)
        whole[box] = found.mask()
        return whole
