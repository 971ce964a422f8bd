"""Views, grids and weights of a puppet -> picture, on the processor, in 8 bits with OpenCV.

The same numbers as models/nets/picture/puppet_layers.py, where they are defined, to two grey
levels. Work is done only where a part can be: inside the rectangle of its views' pixels.
"""

from typing import NamedTuple

import cv2
import numpy as np

from models.puppet.coverage import LEAST_WEIGHT, LOGITS
from models.puppet.placing import (
    LEAST_SHARE,
    Moves,
    Placing,
    Window,
    around,
    chosen,
    in_pixels,
    of_pixels,
    to_nodes,
    to_parts,
)
from models.puppet.rig import Frames
from models.types import Array

_CODES = (np.arange(256) / 255 * 2 - 1) * LOGITS
_COVER = 1 / (1 + np.exp(-_CODES))
_COVER[0] = 0  # nothing at all beyond a view's edge
_BARE = (1 - _COVER).astype(np.float32)
_WEIGHT = (_COVER**3).astype(np.float32)
_BAND_ROWS = 64  # of what is finished at once, so that it stays in the cache


class Person(NamedTuple):
    """The person's parts added up, and where in the picture; valid until the next is laid."""

    sums: Array  # float32 (h, w, 4): weighted colours, weights
    bare: Array  # float32 (h, w), what stays of the place behind
    window: Window

    @property
    def alpha(self) -> Array:
        """uint8 (h, w)."""
        return cv2.convertScaleAbs(self.bare, alpha=-255, beta=255)

    def over(self, plate: Array, image: Array) -> None:
        """Before a plate, into an image, both uint8 (h, w, 3) of the person's window."""
        _finished(self.sums, self.bare, plate, image)


class Collage:
    """The views of one person at one size, ready to be laid."""

    def __init__(self, views: list[Array], size: int) -> None:
        """`views` uint8 (V, rows, columns, 4) of each part, for a picture of `size` px.

        V may differ from part to part, and is two at least.
        """
        cv2.setNumThreads(1)
        self._size, self._views, self._placing = size, views, Placing(views, size)
        self._scratch = _Scratch()
        self._sums = np.zeros((size, size, 4), np.float32)
        self._bare = np.zeros((size, size), np.float32)

    def person(self, frames: Frames, moves: Moves) -> Person:
        """Lay the parts of one pose (the first of `frames`)."""
        shares, numbers = chosen(moves.chances)
        boxes = self._placing.boxes(frames, moves.warp, numbers)
        places = to_parts(frames, self._size)
        person = around(boxes)
        height, width = person.shape
        # Kept: memory that is asked for anew costs more than what is done with it.
        sums, bare = self._sums[:height, :width], self._bare[:height, :width]
        sums[:], bare[:] = 0, 1
        for box in boxes:
            at = box.window.inside(person)
            view = self._mixed(box.part, shares[box.part], numbers[box.part])
            in_part = of_pixels(places[box.part], box.window[:2])
            self._lay(view, in_part, moves.warp[box.part], sums[at], bare[at])
        return Person(sums, bare, person)

    def _mixed(self, part: int, shares: Array, numbers: Array) -> Array:
        views = self._views[part]
        if len(numbers) < 2 or shares[1] < LEAST_SHARE:
            return views[numbers[0]]
        return cv2.addWeighted(
            views[numbers[0]], float(shares[0]), views[numbers[1]], float(shares[1]), 0
        )

    def _lay(self, view: Array, in_part: Array, warp: Array, sums: Array, bare: Array) -> None:
        """Add one part's weighted colours and weights to `sums`, take what it covers off `bare`.

        `in_part` (2, 3) leads from their pixels to -1..1 of the part.
        """
        height, width = bare.shape
        shape = np.array(view.shape[:2])
        # The grid's shifts in pixels of the view, brought to the box; then the places themselves.
        grid = in_pixels(warp, shape)
        to_grid = to_nodes(in_part, np.array(grid.shape[:2]))
        scratch = self._scratch
        bent = cv2.warpAffine(
            grid, to_grid, (width, height), scratch("bent", (height, width, 4)),
            cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE,
        )  # fmt: skip
        place = to_nodes(in_part, shape).astype(np.float32)
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


def _finished(sums: Array, bare: Array, plate: Array, image: Array) -> None:
    """Weighted colours and weights (h, w, 4) and what stays bare, over a plate, into an image.

    The last two are uint8 (h, w, 3).
    """
    for top in range(0, len(sums), _BAND_ROWS):
        band = slice(top, top + _BAND_ROWS)
        seen = 1 - bare[band]
        weight = cv2.extractChannel(sums[band], 3) + LEAST_WEIGHT
        share = cv2.divide(seen, weight)
        own = cv2.multiply(sums[band], cv2.merge([share, share, share, share]))
        behind = cv2.multiply(plate[band].astype(np.float32), cv2.merge([bare[band]] * 3))
        own = cv2.cvtColor(own, cv2.COLOR_BGRA2BGR)
        image[band] = cv2.convertScaleAbs(cv2.add(own, behind))
