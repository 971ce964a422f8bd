"""Colours multiplied by alpha or not, and boxes made whole pictures: the one place. Pure."""

import numpy as np

from live.core.cutout import Box
from models.types import Array

# 255 / alpha in 1/65536, for alpha 1 to 255; nothing can be seen of what has none.
_TO_STRAIGHT = np.array([0, *(255 * 65536 / np.arange(1, 256))]).round().astype(np.uint32)


def straight(rgba: Array) -> Array:
    """Colours multiplied by alpha, uint8 (h, w, 4), each at most alpha -> not multiplied.

    A new array, off by at most half a level (of 255, once it is multiplied again). What has no
    alpha is black.
    """
    told = np.array(rgba, order="C")  # a copy
    pixels = told.reshape(-1, 4)
    # Alpha 1 to 254, in one pass: 0 turns into 255. A dancer is mostly one or the other.
    clear = np.flatnonzero(pixels[:, 3] - np.uint8(1) < 254)
    some = pixels[clear]
    factor = _TO_STRAIGHT[some[:, 3]]
    for channel in range(3):  # numpy is slow along a last axis of 4
        scaled = some[:, channel] * factor
        scaled += 32768
        scaled >>= 16
        some[:, channel] = np.minimum(scaled, 255, out=scaled)
    pixels[clear] = some
    return told


def straight_box(box: Box) -> Box:
    """The same box, its colours not multiplied."""
    return Box(box.x, box.y, straight(box.rgba))


def multiplied(rgba: Array) -> Array:
    """The other way round: uint8 (h, w, 4), rounded; a new array."""
    told = rgba.copy()
    product = np.multiply(rgba[..., :3], rgba[..., 3:], dtype=np.uint16)
    product += 128
    product += product >> 8
    told[..., :3] = product >> 8
    return told


def opaque(rgb: Array) -> Array:
    """uint8 (h, w, 3) -> (h, w, 4), seen through nowhere."""
    told = np.empty((*rgb.shape[:2], 4), np.uint8)
    told[..., :3] = rgb
    told[..., 3] = 255
    return told


def whole(box: Box, size: tuple[int, int]) -> Array:
    """A box on nothing: uint8 (H, W, 4) of `size` (W, H) px; a new array."""
    width, height = size
    rows, columns = box.rgba.shape[:2]
    picture = np.zeros((height, width, 4), np.uint8)
    picture[box.y : box.y + rows, box.x : box.x + columns] = box.rgba
    return picture


def over_black(rgba: Array) -> Array:
    """Colours multiplied by alpha, uint8 (h, w, 4) -> (h, w, 3); a new array."""
    return np.ascontiguousarray(rgba[..., :3])
