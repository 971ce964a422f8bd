"""A puppet drawn by a graphics chip, the same numbers as of the collage to two grey levels."""

import numpy as np

from models.puppet.chip.memory import Plan, planes
from models.puppet.chip.process import START_S, DrawingProcess, look
from models.puppet.placing import (
    LEAST_SHARE,
    Moves,
    Placing,
    Window,
    around,
    both,
    chosen,
    dark,
    in_pixels,
    of_pixels,
    to_cells,
    to_nodes,
    to_parts,
)
from models.puppet.rig import Frames
from models.runtime.painter import Picture
from models.types import Array

PATIENCE_S = 0.7  # for a picture: with the other engine's start the audience waits for a second


class OnChip:
    """One person at one size."""

    def __init__(
        self, views: list[Array], plate: Array, moves: Moves, patience: float = 0.0
    ) -> None:
        """`views` uint8 (V, rows, columns, 4) of each part, for a plate uint8 (size, size, 3).

        `moves` are those of any pose, for their shapes; `patience` seconds for a picture, 0 = as
        long as such a chip may take. Raises EngineError.
        """
        chip = look()
        self.device = chip.name
        usual = START_S if chip.is_software else PATIENCE_S
        self._patience, self._usual_patience = START_S, patience or usual
        self._shapes = np.array([part.shape[1:3] for part in views])  # rows and columns
        texels = [part.size // 4 for part in views]
        self._starts = np.cumsum([0, *texels[:-1]])
        self._placing = Placing(views, len(plate))
        self._plan = Plan(len(plate), sum(texels), moves.warp.shape[2:], len(moves.shadow))
        four = np.dstack([plate, np.zeros_like(plate[..., :1])])
        textures = [np.ascontiguousarray(texture).tobytes() for texture in (*views, four)]
        self._process = DrawingProcess(self._plan, textures)

    def compose(self, frames: Frames, moves: Moves) -> Picture:
        """The first pose of `frames`. Raises EngineError when the chip fails or does not answer."""
        window = self._tell(frames, moves)
        self._process.draw(self._patience)
        self._patience = self._usual_patience  # at the first one a driver may have compiled
        rows, columns = window.shape
        image, alpha, shadow = planes(self._plan.drawn(self._process.memory), rows, columns)
        return Picture(image.copy(), alpha.copy(), shadow.copy(), window.left, window.top)

    def _tell(self, frames: Frames, moves: Moves) -> Window:
        """What is to be drawn, into the memory."""
        size, (rows, columns) = self._plan.size, self._plan.grid
        shares, numbers = chosen(moves.chances)
        boxes = self._placing.boxes(frames, moves.warp, numbers)
        window = both(around(boxes), dark(moves.shadow, size))
        pose, grids, shadow = self._plan.told(self._process.memory)
        pose["corner"], pose["extent"] = window[:2], window.shape[::-1]
        cells = to_cells(window, self._plan.cells, size)
        pose["to_cells"][:3] = cells[0, 0], cells[0, 2], cells[1, 2]
        pose["n_parts"], pose["cells"], pose["size"] = len(boxes), self._plan.cells, size
        pose["grid"] = columns, rows
        shadow[:] = moves.shadow
        grids[:] = in_pixels(moves.warp, self._shapes)
        if boxes:
            which = np.array([box.part for box in boxes])
            parts = pose["parts"][: len(boxes)]
            parts["box"] = np.array([box.window for box in boxes]) - (*window[:2], *window[:2])
            in_part = of_pixels(to_parts(frames, size)[which], window[:2])
            self._tell_parts(parts, which, in_part, shares[which], numbers[which])
        return window

    def _tell_parts(
        self, parts: Array, which: Array, in_part: Array, shares: Array, numbers: Array
    ) -> None:
        """Of the parts (n,) that can be seen: places (n, 2, 3), shares and views (n, 1 or 2)."""
        rows, columns = self._plan.grid
        shapes = self._shapes[which]
        parts["to_view"][..., :3] = to_nodes(in_part, shapes)
        parts["to_grid"][..., :3] = to_nodes(in_part, np.array(self._plan.grid))
        texels = shapes.prod(1)[:, None]  # of one view
        parts["views"] = self._starts[which, None] + numbers[:, [0, -1]] * texels
        parts["shares"] = _shares(shares)
        parts["size"] = shapes[:, ::-1]
        parts["grid"] = which * (rows * columns)


def _shares(shares: Array) -> Array:
    """Of the first and second view of each part; of the second nothing, where it is not seen."""
    if shares.shape[1] < 2:
        return np.array([[1.0, 0.0]])
    return np.where(shares[:, 1:] < LEAST_SHARE, [[1.0, 0.0]], shares)
