"""Poses as shown -> a pose file, on a thread of its own."""

import logging
import os
import threading
from pathlib import Path

import numpy as np

from live.recording.part_file import RecorderError, in_few_words, new_part, own_place
from models.array_file import ArrayFileError, read_rows
from models.pose_file import ROWS, Keypoints, write_pose_file
from models.pose_rows import PoseRows
from models.spec import N_JOINTS
from models.types import Array

log = logging.getLogger(__name__)

APPEND_S = 1.0


class PoseRecorder:
    """One row per shown frame, in the pose file format; whole or not at all, under its own name.

    While it is recorded every second is appended to `<name>.part.npy`, which a crash leaves behind
    and `dancelive --input` plays. `size` (W, H) px of the stage screen. `error` as in FilmRecorder.
    """

    def __init__(
        self, path: Path, size: tuple[int, int], fps: float, replaces: bool = True
    ) -> None:
        """`replaces` as in FilmRecorder. Raises RecorderError when the file cannot be written."""
        self.path = Path(path)
        if os.path.isdir(self.path):
            raise RecorderError(f"Cannot record poses to {path}: it is a folder.")
        if self.path.suffix.lower() != ".npz":
            raise RecorderError(f"Cannot record poses to {path}: name a file that ends in .npz.")
        self.error = ""
        self._size, self._fps, self._replaces = size, fps, replaces
        self._scale = np.array(size, np.float32)
        self._waiting: list[tuple[Array, float]] = []  # that are not in the part yet
        self._newest = -np.inf  # s of media time
        self.part = new_part(self.path, ROWS, "record poses")
        try:
            self._rows = PoseRows(self.part, size, fps)
        except OSError as error:
            self.part.unlink(missing_ok=True)
            raise RecorderError(f"Cannot record poses to {path}: {in_few_words(error)}.") from error
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="pose-recorder", daemon=True)
        self._thread.start()

    @property
    def is_empty(self) -> bool:
        """No pose has come."""
        return self._newest == -np.inf

    def add(self, joints: Array, time: float) -> None:
        """Joints (18, 2), 0..1 of the stage screen, seen at media time `time`.

        Where media time went back it is left out until time is new again.
        """
        if time > self._newest:
            self._newest = time
            self._waiting.append((joints, time))

    def close(self) -> None:
        """Write the file; the part goes when that worked."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        self._append()
        self.error = ""
        if not self._rows.n_rows and not self._waiting:
            self.part.unlink(missing_ok=True)
            self.error = "No poses were recorded: no picture was shown."
            return
        try:
            with own_place(self.path, self._replaces) as self.path:
                write_pose_file(self.path, self._recorded())
            self.part.unlink(missing_ok=True)
        except (OSError, ArrayFileError, RecorderError) as error:
            self.error = f"The poses could not be saved: {in_few_words(error)}"
            self.error += f"; what there is is {self.part.name}." if self.part.exists() else "."

    def _work(self) -> None:
        while not self._closing.wait(APPEND_S):
            self._append()

    def _append(self) -> None:
        """What waits to the part; where that fails it waits on."""
        times, points = self._arrays()
        try:
            if len(times):
                self._rows.append(times, points)
        except OSError as error:
            self.error = in_few_words(error)
            log.info("Poses could not be written to %s: %s", self.part, self.error)
        else:
            del self._waiting[: len(times)]
            self.error = ""

    def _arrays(self) -> tuple[Array, Array]:
        """Of what waits: times (n,) s and points (n, 18, 3) px."""
        rows = self._waiting[:]
        points = np.ones((len(rows), N_JOINTS, 3), np.float32)
        if rows:
            points[..., :2] = np.stack([joints for joints, _ in rows]) * self._scale
        return np.array([time for _, time in rows], np.float64), points

    def _recorded(self) -> Keypoints:
        """All rows; raises ArrayFileError when somebody has spoilt the part."""
        times, points = self._arrays()
        if self._rows.n_rows:
            rows = read_rows(self.part)
            times = np.concatenate([rows["time"], times])
            points = np.concatenate([rows["keypoints"], points])
        return Keypoints(points, self._size, times, self._fps)
