"""Colours multiplied by alpha or not, and boxes made whole pictures: the one place. Pure."""

import cv2
import numpy as np

from live.core.cutout import Box
from models.types import Array

_LEVELS = np.arange(256)
# By 256 * alpha + colour; nothing can be seen of what has no alpha.
_TO_STRAIGHT = (
    np.minimum(255, np.floor(255 * _LEVELS / np.maximum(_LEVELS, 1)[:, None] + 0.5))
    * (_LEVELS[:, None] > 0)
).astype(np.uint8).ravel()  # fmt: skip


def straight(rgba: Array) -> Array:
    """Colours multiplied by alpha, uint8 (h, w, 4), each at most alpha -> not multiplied.

    A new array, off by at most half a level (of 255, once it is multiplied again). What has no
    alpha is black.
    """
    if not rgba.size:
        return rgba.copy()
    # Planes: numpy is slow along a last axis of 4.
    *colours, alpha = (np.asarray(plane) for plane in cv2.split(rgba))
    row = alpha.astype(np.uint16) << 8
    told = [_TO_STRAIGHT.take(np.bitwise_or(row, one), mode="clip") for one in colours]
    return cv2.merge([*told, alpha])


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
