"""The empty place behind a person, from frames in which they stand elsewhere."""

import numpy as np

from models.types import Array
from train.person.data import TargetDataError


def find_plate(frames: Array, joints: Array, background: Array | None) -> Array:
    """The place without the person, uint8 (size, size, 3), from training frames of a fixed camera.

    With an empty picture: its brightness is set right and every pixel that the person leaves often
    enough becomes the median of its free moments. Without one: the median of the frames in which
    the person's joints are far from the pixel. Raises TargetDataError for one of another place.
    """
    size = frames.shape[1]
    rows = np.linspace(0, len(frames) - 1, min(len(frames), 200)).astype(int)
    some = np.asarray(frames[rows])
    if background is not None:
        difference = some.astype(np.int16) - background
        near = np.abs(difference).max(-1) < 12
        if not near.any():
            raise TargetDataError("The picture of the empty place shows another place.")
        offset = np.array([np.median(difference[..., c][near]) for c in range(3)])
        plate = np.clip(background + offset, 0, 255)
        free = np.abs(some - plate.astype(np.int16)).max(-1) <= 4
    else:
        plate = np.median(some, axis=0)
        column, row = np.meshgrid(*[(np.arange(size) + 0.5) / size] * 2)
        low, high = joints[rows].min(1) - 0.08, joints[rows].max(1) + 0.08
        free = (column < low[:, 0, None, None]) | (column > high[:, 0, None, None])
        free |= (row < low[:, 1, None, None]) | (row > high[:, 1, None, None])
    for y in range(size):  # by rows, to keep the masked copy small
        strip = np.ma.masked_array(some[:, y], ~np.repeat(free[:, y, :, None], 3, -1))
        enough = free[:, y].sum(0) > 10
        median = np.ma.median(strip, axis=0).filled(0)
        plate[y, enough] = median[enough]
    return plate.round().astype(np.uint8)
