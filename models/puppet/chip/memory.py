"""What this program and the one that draws on the chip have in common: memory, what lies where.

Numpy alone. The fields are those of the structures in compose.wgsl.
"""

import sys
from dataclasses import dataclass
from math import prod
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory

import numpy as np

from models.puppet.parts import N_PARTS
from models.types import Array

READY, FAILED = "ready", "failed"  # the first word of an answer
PIXELS = 4  # of a row that are drawn together: their colours are three words, alpha and shadow one
PLANES = 5  # bytes of a pixel: colours, alpha, shadow

PART = np.dtype(
    [
        ("to_view", np.float32, (2, 4)),  # pixels of the window -> those of the view
        ("to_grid", np.float32, (2, 4)),  # -> nodes of the grid
        ("box", np.int32, 4),  # left, top, right, bottom, px of the window
        ("views", np.uint32, 2),  # where the two that are shown begin
        ("shares", np.float32, 2),
        ("size", np.int32, 2),  # columns and rows of the views
        ("grid", np.uint32),  # where it begins
        ("unused", np.uint32),
    ]
)
POSE = np.dtype(
    [
        ("corner", np.int32, 2),  # of the window, px
        ("extent", np.int32, 2),  # columns and rows of the window
        ("to_cells", np.float32, 4),  # pixels of the window -> cells of the shadow: factor, offsets
        ("n_parts", np.uint32),
        ("cells", np.int32),  # a side, of the shadow
        ("grid", np.int32, 2),  # columns and rows
        ("size", np.int32),  # of the whole picture, px
        ("unused", np.uint32, 3),
        ("parts", PART, N_PARTS),
    ]
)


@dataclass(frozen=True)
class Plan:
    """Sizes of one puppet."""

    size: int  # px of the picture
    n_texels: int  # of all views
    grid: tuple[int, int]  # rows and columns
    cells: int  # a side, of the shadow

    @property
    def n_drawn(self) -> int:
        """Bytes of the largest window that is drawn."""
        return drawn_bytes(self.size, self.size)

    @property
    def n_told(self) -> int:
        """Bytes of what is told of a pose."""
        return sum(prod(shape) * np.dtype(kind).itemsize for shape, kind in self._told)

    @property
    def _told(self) -> tuple[tuple[tuple[int, ...], np.dtype[np.void] | type[np.float32]], ...]:
        grids = (N_PARTS, *self.grid, 4)
        return ((), POSE), (grids, np.float32), ((self.cells, self.cells), np.float32)

    def told(self, memory: SharedMemory) -> list[Array]:
        """Pose (), grids (P, rows, columns, 4) and shadow (cells, cells) in the memory."""
        found: list[Array] = []
        at = 0
        for shape, kind in self._told:
            found.append(np.ndarray(shape, kind, memory.buf, at))
            at += found[-1].nbytes
        return found

    def drawn(self, memory: SharedMemory) -> Array:
        """uint8 (n_drawn,) of the memory."""
        return np.ndarray((self.n_drawn,), np.uint8, memory.buf, self.n_told)


def drawn_bytes(rows: int, columns: int) -> int:
    """Of a window that is drawn."""
    return rows * -(-columns // PIXELS) * PIXELS * PLANES


def planes(drawn: Array, rows: int, columns: int) -> tuple[Array, Array, Array]:
    """Image (rows, columns, 3), alpha and shadow (rows, columns) of what was drawn; views."""
    across = -(-columns // PIXELS) * PIXELS
    n = rows * across
    image = drawn[: 3 * n].reshape(rows, across, 3)[:, :columns]
    alpha = drawn[3 * n : 4 * n].reshape(rows, across)[:, :columns]
    return image, alpha, drawn[4 * n : 5 * n].reshape(rows, across)[:, :columns]


def attached(name: str) -> SharedMemory:
    """Memory that another process made and will take away."""
    if sys.version_info >= (3, 13):
        return SharedMemory(name, track=False)
    found = SharedMemory(name)
    if sys.platform != "win32":
        # Else Python takes the memory away when this process ends.
        resource_tracker.unregister(f"/{found.name}", "shared_memory")
    return found
