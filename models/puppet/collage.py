"""Views, grids and weights of a puppet -> picture, on the processor, in 8 bits with OpenCV.

The same numbers as models/nets/picture/puppet_layers.py, where they are defined, to two grey
levels. Work is done only where a part can be: inside the rectangle of its views' pixels.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from models.puppet.coverage import LOGITS
from models.puppet.parts import N_PARTS, ranges
from models.puppet.rig import Frames
from models.types import Array

_RANGES = ranges()
_LEAST_WEIGHT = np.float32(1e-7)
_CODES = (np.arange(256) / 255 * 2 - 1) * LOGITS
_COVER = 1 / (1 + np.exp(-_CODES))
_COVER[0] = 0  # nothing at all beyond a view's edge
_BARE = (1 - _COVER).astype(np.float32)
_WEIGHT = (_COVER**3).astype(np.float32)
_BAND_ROWS = 64  # of what is finished at once, so that it stays in the cache
_SEEN_FROM = 8  # code of coverage below which a view has nothing to show


class Moves(NamedTuple):
    """What the network says of one pose, see PUPPET in models/spec.py."""

    warp: Array  # float32 (P, 4, rows, columns)
    chances: Array  # float32 (P, V) for the most views of a part; 0 where it has fewer
    shadow: Array  # float32 (cells, cells)


class Person(NamedTuple):
    """The person's parts added up, and where in the picture, px; valid until the next is laid."""

    sums: Array  # float32 (h, w, 4): weighted colours, weights
    bare: Array  # float32 (h, w), what stays of the place behind
    x: int
    y: int

    @property
    def alpha(self) -> Array:
        """uint8 (h, w)."""
        return cv2.convertScaleAbs(self.bare, alpha=-255, beta=255)

    def over(self, plate: Array, image: Array) -> None:
        """Before a plate, into an image, both uint8 (h, w, 3) of the person's window."""
        _finished(self.sums, self.bare, plate, image)


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
        """`views` uint8 (V, rows, columns, 4) of each part, cut for a picture of `trained_size`.

        V may differ from part to part, and is two at least.
        """
        cv2.setNumThreads(1)
        self.size = size
        shrink = min(1.0, size / trained_size)
        self.views = [_resized(part, shrink) for part in views]
        self._scratch = _Scratch()
        self._sums = np.zeros((size, size, 4), np.float32)
        self._bare = np.zeros((size, size), np.float32)
        # Where each view shows something, -1..1: (P, V, across and along, from and to).
        most = max(len(part) for part in self.views)
        self._shown = np.zeros((N_PARTS, most, 2, 2), np.float32)
        for number, part in enumerate(self.views):
            self._shown[number, : len(part)] = [_shown(view) for view in part]

    @property
    def megabytes(self) -> float:
        """Of views in memory."""
        return sum(part.nbytes for part in self.views) / 1e6

    def person(self, frames: Frames, moves: Moves) -> Person:
        """Lay the parts of one pose (the first of `frames`)."""
        shares, numbers = chosen(moves.chances)
        boxes = self._boxes(frames, moves.warp, numbers)
        if not boxes:
            return Person(np.zeros((1, 1, 4), np.float32), np.ones((1, 1), np.float32), 0, 0)
        left, top = min(s.left for s in boxes), min(s.top for s in boxes)
        right, bottom = max(s.right for s in boxes), max(s.bottom for s in boxes)
        # Kept: memory that is asked for anew costs more than what is done with it.
        sums = self._sums[: bottom - top, : right - left]
        bare = self._bare[: bottom - top, : right - left]
        sums[:], bare[:] = 0, 1
        for box in boxes:
            at = (
                slice(box.top - top, box.bottom - top),
                slice(box.left - left, box.right - left),
            )
            view = self._mixed(box.part, shares[box.part], numbers[box.part])
            self._lay(box, view, frames, moves.warp[box.part], sums[at], bare[at])
        return Person(sums, bare, left, top)

    def _mixed(self, part: int, shares: Array, numbers: Array) -> Array:
        views = self.views[part]
        if len(numbers) < 2 or shares[1] < 1 / 512:
            return views[numbers[0]]
        return cv2.addWeighted(
            views[numbers[0]], float(shares[0]), views[numbers[1]], float(shares[1]), 0
        )

    def _boxes(self, frames: Frames, warp: Array, numbers: Array) -> list[_Box]:
        """Where each part can be seen, px."""
        shift = warp[:, :2].reshape(N_PARTS, 2, -1)
        shown = np.take_along_axis(self._shown, numbers[..., None, None], 1)
        # A pixel at x shows the view at x + shift: what is shown lies between these places.
        low = np.maximum(shown[..., 0].min(1) - shift.max(-1), -1)
        high = np.minimum(shown[..., 1].max(1) - shift.min(-1), 1)
        span = _RANGES
        u = span[:, 0:1] + (np.stack([low[:, 1], high[:, 1]], 1) + 1) / 2 * (
            span[:, 1:2] - span[:, 0:1]
        )
        v = span[:, 2:3] + (np.stack([low[:, 0], high[:, 0]], 1) + 1) / 2 * (
            span[:, 3:4] - span[:, 2:3]
        )
        axis, length, scale = frames.axis[0], frames.length[0], frames.scale[0]
        across = np.stack([-axis[:, 1], axis[:, 0]], -1)
        corners = (
            frames.origin[0][:, None]
            + u[:, [0, 0, 1, 1], None] * (length[:, None] * axis)[:, None]
            + v[:, [0, 1, 0, 1], None] * (scale * across)[:, None]
        ) * self.size  # (P, 4, 2)
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
        scratch = self._scratch
        bent = cv2.warpAffine(
            grid, to_grid, (width, height), scratch("bent", (height, width, 4)),
            cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE,
        )  # fmt: skip
        place = (to_part * scales).astype(np.float32)
        place[:, 2] += scales[:, 0]
        planes = [scratch(name, (height, width)) for name in ("x", "y", "near", "light")]
        shift_x, shift_y, near, light = cv2.split(bent, planes)
        x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
        for shift, row in ((shift_x, place[0]), (shift_y, place[1])):
            shift += row[0] * x + row[2]
            shift += row[1] * y
        seen = cv2.remap(
            view, shift_x, shift_y, cv2.INTER_LINEAR, scratch("seen", (height, width, 4), np.uint8),
            cv2.BORDER_CONSTANT, (0, 0, 0, 0),
        )  # fmt: skip
        code = cv2.extractChannel(seen, 3, scratch("code", (height, width), np.uint8))
        weight = cv2.multiply(cv2.LUT(code, _WEIGHT, scratch("cover", (height, width))), near, near)
        of_colours = cv2.multiply(weight, light, light)
        weights = cv2.merge([of_colours, of_colours, of_colours, weight], bent)
        values = scratch("values", (height, width, 4))
        values[:] = seen
        values[..., 3] = 1
        cv2.accumulateProduct(values, weights, sums)
        cv2.multiply(bare, cv2.LUT(code, _BARE, scratch("cover", (height, width))), bare)


class _Scratch:
    """Memory for what is forgotten at once: asking for it anew costs a fifth of a picture."""

    def __init__(self) -> None:
        self._kept: dict[str, Array] = {}

    def __call__(self, name: str, shape: tuple[int, ...], kind: type = np.float32) -> Array:
        """An array that lasts until the next of this name."""
        count = int(np.prod(shape))
        kept = self._kept.get(name)
        if kept is None or kept.size < count:
            kept = self._kept[name] = np.empty(2 * count, kind)
        return kept[:count].reshape(shape)


def chosen(chances: Array) -> tuple[Array, Array]:
    """The two views of each part that suit best (P, 2): shares and numbers, as in training."""
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


def _finished(sums: Array, bare: Array, plate: Array, image: Array) -> None:
    """Weighted colours and weights (h, w, 4) and what stays bare, over a plate, into an image.

    The last two are uint8 (h, w, 3).
    """
    for top in range(0, len(sums), _BAND_ROWS):
        band = slice(top, top + _BAND_ROWS)
        seen = 1 - bare[band]
        weight = cv2.extractChannel(sums[band], 3) + _LEAST_WEIGHT
        share = cv2.divide(seen, weight)
        own = cv2.multiply(sums[band], cv2.merge([share, share, share, share]))
        behind = cv2.multiply(plate[band].astype(np.float32), cv2.merge([bare[band]] * 3))
        own = cv2.cvtColor(own, cv2.COLOR_BGRA2BGR)
        image[band] = cv2.convertScaleAbs(cv2.add(own, behind))


def _resized(views: Array, shrink: float) -> Array:
    """Views (V, rows, columns, 4) for a smaller picture."""
    if shrink == 1:
        return np.ascontiguousarray(views)
    rows, columns = (max(4, round(n * shrink)) for n in views.shape[1:3])
    return np.stack([cv2.resize(v, (columns, rows), interpolation=cv2.INTER_AREA) for v in views])


def _shown(view: Array) -> Array:
    """Where a view (rows, columns, 4) has something to show: across and along, from and to."""
    shows = view[..., 3] >= _SEEN_FROM
    ranges_: list[tuple[float, float]] = []
    for axis in (0, 1):
        at = np.flatnonzero(shows.any(axis))
        last = shows.shape[1 - axis] - 1
        if not len(at):
            return np.zeros((2, 2))
        first, final = max(0, at[0] - 1), min(last, at[-1] + 1)
        ranges_.append((2 * first / last - 1, 2 * final / last - 1))
    return np.array(ranges_)
