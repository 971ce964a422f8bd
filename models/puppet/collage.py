"""Views, grids and weights of a puppet -> picture, on the processor, in 8 bits with OpenCV.

The same numbers as models/nets/picture/puppet_layers.py, where they are defined, to two grey
levels. Work is done only where a part can be: inside the rectangle of its views' pixels.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from models.puppet.parts import N_PARTS, ranges
from models.puppet.rig import Frames
from models.puppet.coverage import LOGITS
from models.types import Array

_RANGES = ranges()
_LEAST_WEIGHT = 1e-7
_CODES = (np.arange(256) / 255 * 2 - 1) * LOGITS
_COVER = 1 / (1 + np.exp(-_CODES))
_COVER[0] = 0  # nothing at all beyond a view's edge
_BARE_8 = np.round(255 * (1 - _COVER)).astype(np.uint8)
_WEIGHT = (_COVER**3).astype(np.float32)
_SEEN_FROM = 8  # code of coverage below which a view has nothing to show


class Moves(NamedTuple):
    """What the network says of one pose, see PUPPET in models/spec.py."""

    warp: Array  # float32 (P, 4, rows, columns)
    chances: Array  # float32 (P, V)
    shadow: Array  # float32 (cells, cells)


class Person(NamedTuple):
    """The person alone, and where in the picture: uint8 (h, w, 3), (h, w), px."""

    colours: Array
    alpha: Array
    x: int
    y: int


@dataclass(frozen=True)
class _Box:
    """The part of the picture that one part of the person may cover."""

    part: int
    left: int
    top: int
    right: int
    bottom: int


class Collage:
    """The views of one person at one size, ready to be laid."""

    def __init__(self, views: list[Array], size: int, trained_size: int) -> None:
        """`views` uint8 (V, rows, columns, 4) of each part, cut for a picture of `trained_size`."""
        cv2.setNumThreads(1)
        self.size = size
        shrink = min(1.0, size / trained_size)
        self.views = [_resized(part, shrink) for part in views]
        # Where any view of a part shows something: -1..1, across and along, from and to.
        self._shown = np.array([_shown(part) for part in self.views], np.float32)

    @property
    def megabytes(self) -> float:
        """Of views in memory."""
        return sum(part.nbytes for part in self.views) / 1e6

    def person(self, frames: Frames, moves: Moves) -> Person:
        """Lay the parts of one pose (the first of `frames`)."""
        boxes = self._boxes(frames, moves.warp)
        if not boxes:
            return Person(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8), 0, 0)
        left, top = min(s.left for s in boxes), min(s.top for s in boxes)
        right, bottom = max(s.right for s in boxes), max(s.bottom for s in boxes)
        sums = np.zeros((bottom - top, right - left, 4), np.float32)
        bare = np.full(sums.shape[:2], 255, np.uint8)
        shares, numbers = chosen(moves.chances)
        for box in boxes:
            at = (
                slice(box.top - top, box.bottom - top),
                slice(box.left - left, box.right - left),
            )
            view = self._mixed(box.part, shares[box.part], numbers[box.part])
            self._lay(box, view, frames, moves.warp[box.part], sums[at], bare[at])
        return Person(_colours(sums), 255 - bare, left, top)

    def _mixed(self, part: int, shares: Array, numbers: Array) -> Array:
        views = self.views[part]
        if len(numbers) < 2 or shares[1] < 1 / 512:
            return views[numbers[0]]
        return cv2.addWeighted(
            views[numbers[0]], float(shares[0]), views[numbers[1]], float(shares[1]), 0
        )

    def _boxes(self, frames: Frames, warp: Array) -> list[_Box]:
        """Where each part can be seen, px."""
        shift = warp[:, :2].reshape(N_PARTS, 2, -1)
        # A pixel at x shows the view at x + shift: what is shown lies between these places.
        low = np.maximum(self._shown[:, :, 0] - shift.max(-1), -1)
        high = np.minimum(self._shown[:, :, 1] - shift.min(-1), 1)
        span = _RANGES
        u = span[:, 0:1] + (np.stack([low[:, 1], high[:, 1]], 1) + 1) / 2 * (span[:, 1:2] - span[:, 0:1])
        v = span[:, 2:3] + (np.stack([low[:, 0], high[:, 0]], 1) + 1) / 2 * (span[:, 3:4] - span[:, 2:3])
        axis, length, scale = frames.axis[0], frames.length[0], frames.scale[0]
        across = np.stack([-axis[:, 1], axis[:, 0]], -1)
        corners = (
            frames.origin[0][:, None]
            + u[:, [0, 0, 1, 1], None] * (length[:, None] * axis)[:, None]
            + v[:, [0, 1, 0, 1], None] * (scale * across)[:, None]
        ) * self.size
        first = np.floor(corners.min(1)).astype(int).clip(0, self.size)
        last = np.ceil(corners.max(1)).astype(int).clip(0, self.size)
        return [
            _Box(part, *(int(edge) for edge in (*first[part], *last[part])))
            for part in range(N_PARTS)
            if (last[part] > first[part]).all()
        ]

    def _lay(
        self, box: _Box, view: Array, frames: Frames, warp: Array, sums: Array, bare: Array
    ) -> None:
        """Add one part's weighted colours and weights to `sums`, take what it covers off `bare`."""
        part, height, width = box.part, *bare.shape
        rows, columns = view.shape[:2]
        to_part = _to_part(frames, part, self.size)
        to_part = to_part @ np.array([[1, 0, box.left + 0.5], [0, 1, box.top + 0.5], [0, 0, 1]])
        scales = np.array([[(columns - 1) / 2], [(rows - 1) / 2]])
        # The grid's shifts in pixels of the view, brought to the box; then the places themselves.
        grid = np.ascontiguousarray(warp.transpose(1, 2, 0))
        grid[..., :2] *= scales[:, 0]
        cells = np.array([[(grid.shape[1] - 1) / 2], [(grid.shape[0] - 1) / 2]])
        to_grid = to_part * cells
        to_grid[:, 2] += cells[:, 0]
        bent = cv2.warpAffine(
            grid, to_grid, (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        place = (to_part * scales).astype(np.float32)
        place[:, 2] += scales[:, 0]
        shift_x, shift_y, near, light = cv2.split(bent)
        x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
        for shift, row in ((shift_x, place[0]), (shift_y, place[1])):
            shift += row[0] * x + row[2]
            shift += row[1] * y
        seen = cv2.remap(
            view, shift_x, shift_y, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0),
        )  # fmt: skip
        code = cv2.extractChannel(seen, 3)
        weight = cv2.multiply(cv2.LUT(code, _WEIGHT), near)
        of_colours = cv2.multiply(weight, light)
        weights = cv2.merge([of_colours, of_colours, of_colours, weight])
        values = seen.astype(np.float32)
        values[..., 3] = 1
        cv2.accumulateProduct(values, weights, sums)
        cv2.multiply(bare, cv2.LUT(code, _BARE_8), bare, 1 / 255)


def chosen(chances: Array) -> tuple[Array, Array]:
    """The two views of each part that suit best (P, 2): shares and numbers; see nets/picture/puppet.py."""
    numbers = np.argsort(-chances, -1, kind="stable")[:, :3]
    best = np.take_along_axis(chances, numbers, -1)
    shares = best[:, :2] - best[:, 2:] if best.shape[1] == 3 else best
    shares = shares + 1e-8
    return shares / shares.sum(-1, keepdims=True), numbers[:, :2]


def _to_part(frames: Frames, part: int, size: int) -> Array:
    """(2, 3): px of the picture -> across and along in a part's rectangle, -1..1 inside."""
    origin, axis = frames.origin[0, part] * size, frames.axis[0, part]
    length, scale = frames.length[0, part] * size, float(frames.scale[0]) * size
    low_u, high_u, low_v, high_v = _RANGES[part]
    along = axis * (2 / (length * (high_u - low_u)))
    across = np.array([-axis[1], axis[0]]) * (2 / (scale * (high_v - low_v)))
    return np.array([
        [*across, -across @ origin - (low_v + high_v) / (high_v - low_v)],
        [*along, -along @ origin - (low_u + high_u) / (high_u - low_u)],
    ])  # fmt: skip


def _colours(sums: Array) -> Array:
    """Weighted colours and weights (h, w, 4) -> uint8 (h, w, 3)."""
    weight = cv2.extractChannel(sums, 3)
    weight += _LEAST_WEIGHT
    per = cv2.divide(1.0, weight)
    return cv2.convertScaleAbs(cv2.multiply(sums[..., :3], cv2.merge([per, per, per])))


def _resized(views: Array, shrink: float) -> Array:
    """Views (V, rows, columns, 4) for a smaller picture."""
    if shrink == 1:
        return np.ascontiguousarray(views)
    rows, columns = (max(4, round(n * shrink)) for n in views.shape[1:3])
    return np.stack([cv2.resize(v, (columns, rows), interpolation=cv2.INTER_AREA) for v in views])


def _shown(views: Array) -> Array:
    """Where any view (V, rows, columns, 4) has something to show: across and along, from and to."""
    shows = (views[..., 3] >= _SEEN_FROM).any(0)
    ranges_: list[tuple[float, float]] = []
    for axis in (0, 1):
        at = np.flatnonzero(shows.any(axis))
        last = shows.shape[1 - axis] - 1
        if not len(at):
            return np.zeros((2, 2))
        first, final = max(0, at[0] - 1), min(last, at[-1] + 1)
        ranges_.append((2 * first / last - 1, 2 * final / last - 1))
    return np.array(ranges_)
