"""Colours around the dancer where nothing is to be seen, so that the edge outlives coding. Pure.

NDI codes colour apart from alpha, in blocks and at half its resolution across. With colours that
are not multiplied the black around a dancer would run into the edge: see benchmarks/ndi_edge.py.
"""

import cv2
import numpy as np

from live.core.cutout import Box
from models.types import Array

BLOCK_PX = 16  # two of the codec's blocks of 8, as half the resolution makes them
HARDLY_SEEN = 16  # alpha below which colours that were multiplied by it are too coarse to be coded


def filled(multiplied: Box, straight: Box, size: tuple[int, int]) -> Array:
    """The whole picture, uint8 (H, W, 4) of `size` (W, H) px, colours not multiplied.

    Both boxes are the same dancer. In each block that has some of them, what is hardly seen or not
    at all takes their mean colour there; alpha stays as it is. A new array.
    """
    width, height = size
    picture = np.zeros((height, width, 4), np.uint8)
    if not straight.rgba.size:
        return picture
    rows, columns = straight.rgba.shape[:2]
    top, left = (at - at % BLOCK_PX for at in (straight.y, straight.x))  # of the first block
    inside = (
        slice(straight.y - top, straight.y - top + rows),
        slice(straight.x - left, straight.x - left + columns),
    )
    around = _around(multiplied.rgba, inside)
    part, alpha = around[inside], straight.rgba[..., 3]
    part[..., 3] = alpha
    cv2.copyTo(straight.rgba, (alpha >= HARDLY_SEEN).view(np.uint8), part)
    shown = picture[top : top + len(around), left : left + around.shape[1]]
    shown[:] = around[: shown.shape[0], : shown.shape[1]]
    return picture


def _around(rgba: Array, inside: tuple[slice, slice]) -> Array:
    """Mean colours by block with alpha 0; `rgba` (h, w, 4) is multiplied and lies `inside`."""
    down, across = (-(-part.stop // BLOCK_PX) for part in inside)
    whole = np.zeros((down * BLOCK_PX, across * BLOCK_PX, 4), np.float32)
    whole[inside] = rgba
    mean = cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA)
    colours = 255 * mean / np.maximum(mean[..., 3:], 1e-6)
    colours[..., 3] = 0
    blocks = colours.round().astype(np.uint8)
    return cv2.resize(blocks, whole.shape[1::-1], interpolation=cv2.INTER_NEAREST)
