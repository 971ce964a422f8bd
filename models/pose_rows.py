"""Poses while they are recorded: a structured .npy, a row a pose, that is whole after every append.

`np.load` opens it, and `read_pose_file` reads it like a finished pose file. A program that is
killed leaves the rows of the last append; what it was just writing behind them is not counted.
"""

from pathlib import Path
from typing import Any

import numpy as np

from models.spec import N_JOINTS
from models.types import Array

ROW = np.dtype(
    [
        ("time", "<f8"),  # s
        ("fps", "<f8"),  # the same in every row, like the size
        ("size", "<f8", (2,)),  # px
        ("keypoints", "<f4", (N_JOINTS, 3)),  # x px, y px, confidence
    ]
)


class PoseRows:
    """An open file of one recording; raises OSError. One thread."""

    def __init__(self, path: Path, size: tuple[float, float], fps: float) -> None:
        self._path, self._size, self._fps = path, size, fps
        self.n_rows = 0
        with path.open("wb") as file:
            self._write_header(file, 0)
            self._begin = file.tell()

    def append(self, times: Array, points: Array) -> None:
        """Times (n,) s and points (n, 18, 3). Raises OSError; then nothing was added."""
        rows = np.empty(len(times), ROW)
        rows["time"], rows["keypoints"] = times, points
        rows["size"], rows["fps"] = self._size, self._fps
        with self._path.open("r+b") as file:
            file.seek(self._begin + self.n_rows * ROW.itemsize)
            file.write(rows.tobytes())
            file.flush()  # first the rows, then that they count
            file.seek(0)
            self._write_header(file, self.n_rows + len(rows))
        self.n_rows += len(rows)

    @staticmethod
    def _write_header(file: Any, n_rows: int) -> None:
        """numpy leaves room in it for the number to grow."""
        descr = np.lib.format.dtype_to_descr(ROW)
        header = {"descr": descr, "fortran_order": False, "shape": (n_rows,)}
        np.lib.format.write_array_header_1_0(file, header)
