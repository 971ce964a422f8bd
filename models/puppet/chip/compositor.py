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
    chosen,
    in_pixels,
    to_cells,
    to_nodes,
    to_part,
    with_shadow,
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
        self._sizes = [part.shape[1:3] for part in views]
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
        window = with_shadow(around(boxes), moves.shadow, size)
        pose, grids, shadow = self._plan.told(self._process.memory)
        pose["corner"] = window[:2]
        pose["extent"] = window.shape[::-1]
        cells = to_cells(window, self._plan.cells, size)
        pose["to_cells"][:3] = cells[0, 0], cells[0, 2], cells[1, 2]
        pose["n_parts"], pose["cells"], pose["size"] = len(boxes), self._plan.cells, size
        pose["grid"] = columns, rows
        shadow[:] = moves.shadow
        for part, box in zip(pose["parts"], boxes, strict=False):
            number = box.part
            view_size = self._sizes[number]
            in_part = to_part(frames, number, size, window[:2])
            part["to_view"][:, :3] = to_nodes(in_part, *view_size)
            part["to_grid"][:, :3] = to_nodes(in_part, rows, columns)
            part["box"] = np.array(box.window) - [*window[:2], *window[:2]]
            part["shares"], views = _shares(shares[number]), numbers[number][[0, -1]]
            part["views"] = self._starts[number] + views * (view_size[0] * view_size[1])
            part["size"] = view_size[::-1]
            part["grid"] = number * rows * columns
            grids[number] = in_pixels(moves.warp[number], *view_size)
        return window


def _shares(shares: Array) -> tuple[float, float]:
    """Of the first and second view; of the second nothing, where it cannot be seen."""
    if len(shares) < 2 or shares[1] < LEAST_SHARE:
        return 1.0, 0.0
    return float(shares[0]), float(shares[1])
