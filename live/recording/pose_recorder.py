"""Poses as shown -> a pose file, on a thread of its own."""

import logging
import os
import threading
from pathlib import Path

import numpy as np

from live.recording.part_file import RecorderError, in_few_words
from models.pose_file import Keypoints, write_pose_file
from models.spec import N_JOINTS
from models.types import Array

log = logging.getLogger(__name__)

SAFETY_COPY_S = 30.0


class PoseRecorder:
    """One row per shown frame, in the pose file format; whole or not at all, under its own name.

    Every 30 s a copy of what there is goes to `<name>.part.npz`, which a crash leaves behind.
    `size` (W, H) px of the stage screen. `error` as in Mp4Recorder.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        """Raises RecorderError when the file cannot be written."""
        self.path = Path(path)
        self.part = self.path.with_name(f"{self.path.stem}.part.npz")
        if os.path.isdir(self.path):
            raise RecorderError(f"Cannot record poses to {path}: it is a folder.")
        self.error = ""
        self._size, self._fps = size, fps
        self._scale = np.array(size, np.float32)
        if self.path.suffix.lower() != ".npz":
            raise RecorderError(f"Cannot record poses to {path}: name a file that ends in .npz.")
        self._rows: list[tuple[Array, float]] = []
        self._write(self.part)
        if self.error:
            self.part.unlink(missing_ok=True)
            raise RecorderError(f"Cannot record poses to {path}: {self.error}.")
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="pose-recorder", daemon=True)
        self._thread.start()

    def add(self, joints: Array, time: float) -> None:
        """Joints (18, 2), 0..1 of the stage screen, seen at media time `time`.

        Where media time went back it is left out until time is new again.
        """
        if not self._rows or time > self._rows[-1][1]:
            self._rows.append((joints, time))

    def close(self) -> None:
        """Write the file; the safety copy goes when that worked."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        self.error = ""
        if not self._rows:
            self.part.unlink(missing_ok=True)
            self.error = "No poses were recorded: no picture was shown."
            return
        self._write(self.path)
        if not self.error:
            self.part.unlink(missing_ok=True)
        elif self.part.exists():
            self.error = f"The poses could not be saved: {self.error}; a copy is {self.part.name}."
        else:
            self.error = f"The poses could not be saved: {self.error}."

    def _work(self) -> None:
        while not self._closing.wait(SAFETY_COPY_S):
            self._write(self.part)

    def _write(self, path: Path) -> None:
        rows = self._rows[:]
        points = np.ones((len(rows), N_JOINTS, 3), np.float32)
        if rows:
            points[..., :2] = np.stack([joints for joints, _ in rows]) * self._scale
        times = np.array([time for _, time in rows], np.float64)
        try:
            write_pose_file(path, Keypoints(points, self._size, times, self._fps))
        except OSError as error:
            self.error = in_few_words(error)
            log.info("Poses could not be written to %s: %s", path, self.error)
        else:
            self.error = ""
