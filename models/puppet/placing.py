"""Where the parts of one pose lie in a picture of one size, px, and which of their views they show.

Numpy alone: whatever lays the parts (collage.py, chip/) asks here.
"""

from typing import NamedTuple

import numpy as np

from models.puppet.parts import ALIKE, DECIDES, N_PARTS, ranges
from models.puppet.rig import Frames
from models.types import Array

_RANGES = ranges()
SEEN_FROM = 8  # code of coverage below which a view has nothing to show
_LEAST_SHADOW = 1.5 / 255
LEAST_SHARE = 1 / 512  # of the second view: less of it cannot be seen


class Moves(NamedTuple):
    """What the network says of one pose, see PUPPET in models/spec.py."""

    warp: Array  # float32 (P, 4, rows, columns)
    chances: Array  # float32 (P, V) for the most views of a part; 0 where it has fewer
    shadow: Array  # float32 (cells, cells)


class Window(NamedTuple):
    """A rectangle of the picture, px; right and bottom are the first outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left

    def inside(self, other: "Window") -> tuple[slice, slice]:
        """Its rows and columns in a window that holds it."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )


class Box(NamedTuple):
    """The part of the picture that one part of the person may cover."""

    part: int
    window: Window


class Placing:
    """Where the views of one person can be seen."""

    def __init__(self, views: list[Array], size: int) -> None:
        """`views` uint8 (V, rows, columns, 4) of each part, for a picture of `size` px."""
        self._size = size
        # Where each view shows something, -1..1: (P, V, across and along, from and to).
        most = max(len(part) for part in views)
        self._shown = np.zeros((N_PARTS, most, 2, 2), np.float32)
        for number, part in enumerate(views):
            self._shown[number, : len(part)] = [_shown(view) for view in part]

    def boxes(self, frames: Frames, warp: Array, numbers: Array) -> list[Box]:
        """Of the parts that can be seen in the first pose of `frames`.

        `warp` (P, 4, rows, columns) bends them; `numbers` (P, 2) are the views that are shown.
        """
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
        ) * self._size  # (P, 4, 2)
        first = np.floor(corners.min(1)).astype(int).clip(0, self._size)
        last = np.ceil(corners.max(1)).astype(int).clip(0, self._size)
        return [
            Box(part, Window(*(int(edge) for edge in (*first[part], *last[part]))))
            for part in range(N_PARTS)
            if (last[part] > first[part]).all()
        ]


def chosen(chances: Array) -> tuple[Array, Array]:
    """The two views of each part (P, V) that suit best (P, 2): shares, numbers; as in training."""
    numbers = np.argsort(-chances, -1, kind="stable")[:, :3]
    best = np.take_along_axis(chances, numbers, -1)
    shares = best[:, :2] - best[:, 2:] if best.shape[1] == 3 else best
    shares = shares + ALIKE
    shares = shares / shares.sum(-1, keepdims=True)
    shares = shares ** DECIDES[:, None]
    return shares / shares.sum(-1, keepdims=True), numbers[:, :2]


def around(boxes: list[Box]) -> Window:
    """The window of all parts; one pixel where there is none."""
    if not boxes:
        return Window(0, 0, 1, 1)
    edges = np.array([box.window for box in boxes])
    return Window(*(int(e) for e in (*edges[:, :2].min(0), *edges[:, 2:].max(0))))


def dark(shadow: Array, size: int) -> Window | None:
    """Where `shadow` (cells, cells) can be seen in a picture of `size` px."""
    seen = shadow > _LEAST_SHADOW
    if not seen.any():
        return None
    cell = size / len(shadow)
    columns, rows = (np.flatnonzero(seen.any(axis)) for axis in (0, 1))
    low = [max(0, int((at[0] - 0.5) * cell)) for at in (columns, rows)]
    high = [min(size, int(np.ceil((at[-1] + 1.5) * cell))) for at in (columns, rows)]
    return Window(*low, *high)


def both(one: Window, other: Window | None) -> Window:
    """The smallest window that holds two."""
    if other is None:
        return one
    low, high = np.minimum(one[:2], other[:2]), np.maximum(one[2:], other[2:])
    return Window(*(int(edge) for edge in (*low, *high)))


def to_cells(window: Window, cells: int, size: int) -> Array:
    """(2, 3): pixels of a window -> cells of the shadow, both counted at their middles."""
    cell = cells / size
    return np.array([
        [cell, 0, (window.left + 0.5) * cell - 0.5],
        [0, cell, (window.top + 0.5) * cell - 0.5],
    ])  # fmt: skip


def to_parts(frames: Frames, size: int) -> Array:
    """(P, 2, 3): places in the picture, px -> across and along each part, -1..1."""
    origin, axis, length = (
        field[0].astype(np.float64) for field in (frames.origin, frames.axis, frames.length)
    )
    low_u, high_u, low_v, high_v = _RANGES.T
    along = axis * (2 / (size * length * (high_u - low_u)))[:, None]
    across = np.stack([-axis[:, 1], axis[:, 0]], -1)
    across *= (2 / (size * float(frames.scale[0]) * (high_v - low_v)))[:, None]
    turn = np.stack([across, along], 1)
    middle = np.stack([(low_v + high_v) / (high_v - low_v), (low_u + high_u) / (high_u - low_u)], 1)
    shift = -turn @ (size * origin)[..., None] - middle[..., None]
    return np.concatenate([turn, shift], -1)


def of_pixels(places: Array, corner: tuple[int, int]) -> Array:
    """(..., 2, 3): `places` of what has its first pixel at `corner`, at the middles of pixels."""
    found = places.copy()
    found[..., 2] += places[..., :2] @ (np.array(corner) + 0.5)
    return found


def to_nodes(in_part: Array, shape: Array) -> Array:
    """(..., 2, 3): what leads to -1..1 of a part, to the nodes of `shape` (..., 2) over it.

    A shape is rows and columns.
    """
    half = (np.asarray(shape)[..., ::-1] - 1) / 2
    found = in_part * half[..., None]
    found[..., 2] += half
    return found


def in_pixels(warp: Array, shape: Array) -> Array:
    """Grids (..., 4, n, m) as (..., n, m, 4), with shifts in pixels of views of `shape` (..., 2).

    A shape is rows and columns.
    """
    grid = np.ascontiguousarray(np.moveaxis(warp, -3, -1))
    grid[..., :2] *= ((np.asarray(shape)[..., ::-1] - 1) / 2)[..., None, None, :]
    return grid


def _shown(view: Array) -> Array:
    """Where a view (rows, columns, 4) has something to show: across and along, from and to."""
    shows = view[..., 3] >= SEEN_FROM
    ranges_: list[tuple[float, float]] = []
    for axis in (0, 1):
        at = np.flatnonzero(shows.any(axis))
        last = shows.shape[1 - axis] - 1
        if not len(at):
            return np.zeros((2, 2))
        first, final = max(0, at[0] - 1), min(last, at[-1] + 1)
        ranges_.append((2 * first / last - 1, 2 * final / last - 1))
    return np.array(ranges_)
