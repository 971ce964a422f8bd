"""Boxes on a screen: a box of a picture brought to where the picture lies, and laid. Pure."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from live.core.cutout import NOTHING, Box
from models.types import Array

_MARGIN = 2  # px that bicubic interpolation reaches
_NEAR = 1 / 64  # px: as exactly as OpenCV's own warp keeps a place
_FAR = 64  # px, within which such a place is looked for
_HALF = 0.5  # smaller than this, four pixels are made one first: else some would be left out


def on_screen(
    box: Box, corner: Sequence[float], scale: Sequence[float], shown: Sequence[slice]
) -> Box:
    """A box of a picture in pixels of the screen on which the picture lies, scaled once.

    Pairs are (x, y): where the picture begins on the screen, how much larger it is there, and the
    columns and rows of the screen that show it.
    """
    while min(scale) < _HALF and box.rgba.size:
        box = _halved(box)
        scale = [2 * zoom for zoom in scale]
    columns, rows = (
        _inside(at, length, zoom, start, part)
        for at, length, zoom, start, part in zip(
            (box.x, box.y), box.rgba.shape[1::-1], scale, corner, shown, strict=True
        )
    )
    if columns.start >= columns.stop or rows.start >= rows.stop:
        return NOTHING
    larger = _enlarged(box, corner, scale, columns, rows)
    if larger is None:
        larger = _warped(box, corner, scale, columns, rows)
    return Box(columns.start, rows.start, larger)


def lay(box: Box, screen: Array) -> None:
    """A box over the screen, uint8 (H, W, 3), or (H, W, 4) with alpha, in place."""
    height, width = box.rgba.shape[:2]
    if not box.rgba.size:
        return
    part = screen[box.y : box.y + height, box.x : box.x + width]
    left = cv2.bitwise_not(box.rgba[..., 3])
    behind = cv2.multiply(part, cv2.merge([left] * screen.shape[2]), scale=1 / 255)
    own = box.rgba if screen.shape[2] == 4 else cv2.cvtColor(box.rgba, cv2.COLOR_RGBA2RGB)
    part[:] = cv2.add(own, behind)


def _inside(at: int, length: int, scale: float, corner: float, shown: slice) -> slice:
    """Pixels of the screen that `length` pixels from `at` on reach along one axis."""
    if not length:
        return slice(0, 0)
    first = math.floor(at * scale + corner) - (_MARGIN if scale != 1 else 0)
    last = math.ceil((at + length) * scale + corner) + (_MARGIN if scale != 1 else 0)
    return slice(max(shown.start, first), min(shown.stop, last))


def _enlarged(
    box: Box, corner: Sequence[float], scale: Sequence[float], columns: slice, rows: slice
) -> Array | None:
    """The columns and rows of the screen where the box is enlarged; None where it is not.

    A tenth of the time of a warp: from a pixel of the picture on that begins where a pixel of the
    screen does. None also where no such pixel is near.
    """
    if min(scale) <= 1:
        return None
    padded, starts = [], []
    for at, length, zoom, start, part in zip(
        (box.x, box.y), box.rgba.shape[1::-1], scale, corner, (columns, rows), strict=True
    ):
        first = math.floor((part.start - start) / zoom) - _MARGIN - at  # of the box's own pixels
        last = math.ceil((part.stop - start) / zoom) + _MARGIN - at
        back = _steps_back(start + (at + first) * zoom, zoom)
        if back is None:
            return None
        first -= back
        starts.append(part.start - round(start + (at + first) * zoom))
        kept = slice(max(0, first), min(length, last))
        padded.append((kept, max(0, -first), max(0, last - length)))
    (across, left, right), (down, top, bottom) = padded
    part = cv2.copyMakeBorder(
        box.rgba[down, across], top, bottom, left, right, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0)
    )
    large = cv2.resize(part, None, fx=scale[0], fy=scale[1], interpolation=cv2.INTER_CUBIC)
    if large.shape == part.shape:  # then OpenCV copies, however much larger it was to become
        return None
    x, y = starts
    cut = large[y : y + rows.stop - rows.start, x : x + columns.stop - columns.start]
    return _within_alpha(np.ascontiguousarray(cut))


def _steps_back(place: float, zoom: float) -> int | None:
    """How many pixels of `zoom` before `place` one begins where a pixel of the screen does."""
    steps = np.arange(_FAR)
    places = place - steps * zoom
    near = np.flatnonzero(np.abs(places - np.round(places)) <= _NEAR)
    return int(near[0]) if len(near) else None


def _warped(
    box: Box, corner: Sequence[float], scale: Sequence[float], columns: slice, rows: slice
) -> Array:
    """The columns and rows of the screen, wherever and however large the box lies on it."""
    # From the screen to the box. Pixels are squares: the middle of the first one lies at 0.5.
    back = np.zeros((2, 3))
    for axis, (first, at) in enumerate(((columns.start, box.x), (rows.start, box.y))):
        back[axis, axis] = 1 / scale[axis]
        back[axis, 2] = (first + 0.5 - corner[axis]) / scale[axis] - 0.5 - at
    size = (columns.stop - columns.start, rows.stop - rows.start)
    is_larger = scale[0] > 1
    scaled = cv2.warpAffine(
        box.rgba, back, size, flags=cv2.WARP_INVERSE_MAP
        | (cv2.INTER_CUBIC if is_larger else cv2.INTER_LINEAR),
        borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0),
    )  # fmt: skip
    return _within_alpha(scaled) if is_larger else scaled


def _within_alpha(rgba: Array) -> Array:
    """Bicubic interpolation swings beyond: no colour may be more than its alpha. In place."""
    # numpy is slow along a last axis of 4
    return cv2.min(rgba, cv2.merge([rgba[..., 3]] * 4), dst=rgba)


def _halved(box: Box) -> Box:
    """At half the size; begins at an even pixel of before, so that nothing trembles."""
    rows, columns = box.rgba.shape[:2]
    left, top = box.x % 2, box.y % 2
    even = cv2.copyMakeBorder(
        box.rgba, top, (rows + top) % 2, left, (columns + left) % 2,
        cv2.BORDER_CONSTANT, value=(0, 0, 0, 0),
    )  # fmt: skip
    size = (even.shape[1] // 2, even.shape[0] // 2)
    halved = cv2.resize(even, size, interpolation=cv2.INTER_AREA)
    return Box((box.x - left) // 2, (box.y - top) // 2, halved)
