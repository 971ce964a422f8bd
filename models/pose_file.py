"""The pose file, read and written: one person's joints over time, in pixels of their picture.

An .npz: `keypoints` (N, 18, 3) = x px, y px, confidence; `size` (W, H) px; `time` (N,) s; `fps`;
optionally `clip_start`, the first row of every excerpt, and `clip_name`, what each is called.
A show that was killed leaves the same in rows (models/pose_rows.py), as .npy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.array_file import ArrayFileError, read_arrays, read_rows
from models.files import unreadable, write_whole
from models.spec import N_JOINTS
from models.types import Array

KEYS = ("keypoints", "size", "time", "fps")
ROWS = ".npy"
SUFFIXES = (".npz", ROWS)
USUAL_FPS = 25.0  # where a file need not say it


class PoseFileError(Exception):
    """A pose file that cannot be used, in one sentence for whoever gave it."""


@dataclass(frozen=True)
class Keypoints:
    """What a pose file holds."""

    points: Array  # float32 (N, 18, 3): x px, y px, confidence (0 = hidden)
    size: tuple[float, float]  # of the picture, width and height, px
    time: Array  # float64 (N,) s
    fps: float  # rows a second, as they usually follow each other
    clip_start: Array | None = None  # int64 (C,), rising row numbers; None: excerpts are not named
    clip_name: tuple[str, ...] = ()

    @property
    def starts(self) -> Array:
        """First rows of all excerpts, int64; row 0 is always one."""
        starts = np.zeros(0, np.int64) if self.clip_start is None else self.clip_start
        return np.unique(np.concatenate([[0], starts])).astype(np.int64)

    @property
    def placed(self) -> Array:
        """Bool (N, 18): shown, or hidden with a place of its own (not the zero of detectors)."""
        is_shown = self.points[..., 2] > 0
        has_place = (np.abs(self.points[..., :2]) > 0).all(-1)
        return np.isfinite(self.points).all(-1) & (is_shown | has_place)


def read_pose_file(path: Path, required: Sequence[str] = KEYS) -> Keypoints:
    """Read and check; where `time` and `fps` are not `required`, rows are frames at USUAL_FPS.

    Raises PoseFileError when the file is missing, damaged or no pose file.
    """
    fields = _fields(path)
    missing = [key for key in required if key not in fields]
    if missing:
        raise PoseFileError(f"{path.name} is not a pose file: it lacks {', '.join(missing)}.")
    points = fields["keypoints"]
    if points.ndim != 3 or points.shape[1:] != (N_JOINTS, 3) or points.dtype.kind not in "fiu":
        raise PoseFileError(
            f"{path.name}: keypoints must be numbers (N, 18, 3), they are {points.shape}."
        )
    if len(points) == 0:
        raise PoseFileError(f"{path.name} holds no poses.")
    fps = _fps(path, fields.get("fps", np.array(USUAL_FPS)))
    times = fields.get("time", np.arange(len(points)) / fps)
    if times.shape != points.shape[:1] or times.dtype.kind not in "fiu":
        raise PoseFileError(f"{path.name}: time must hold one number for each of its rows.")
    size = fields["size"]
    if (
        size.shape != (2,)
        or size.dtype.kind not in "fiu"
        or not ((size > 0) & np.isfinite(size)).all()
    ):
        raise PoseFileError(f"{path.name}: size must be the picture's width and height in px.")
    points = points.astype(np.float32)
    if not np.isfinite(points[..., :2][points[..., 2] > 0]).all():
        raise PoseFileError(f"{path.name}: some keypoints are not numbers.")
    return Keypoints(
        points,
        (size[0].item(), size[1].item()),
        times.astype(np.float64),
        fps,
        _clip_start(path, fields.get("clip_start"), len(points)),
        tuple(str(name) for name in np.atleast_1d(fields.get("clip_name", np.zeros(0, str)))),
    )


def write_pose_file(path: Path, keypoints: Keypoints) -> None:
    """Write it, whole or not at all; raises OSError."""
    fields: dict[str, Any] = {
        "keypoints": keypoints.points.astype(np.float32),
        "time": keypoints.time.astype(np.float64),
        "size": np.array(keypoints.size),
        "fps": np.float64(keypoints.fps),
    }
    if keypoints.clip_start is not None:
        fields["clip_start"] = keypoints.clip_start.astype(np.int64)
    if keypoints.clip_name:
        fields["clip_name"] = np.array(keypoints.clip_name)
    # An open file: by its name numpy would add .npz to .NPZ.
    with write_whole(path) as part, part.open("wb") as file:
        np.savez(file, **fields)


def _fields(path: Path) -> dict[str, Array]:
    try:
        if path.suffix.lower() != ROWS:
            return read_arrays(path)
        rows = read_rows(path)
        return rows | {key: rows[key][:1].reshape(-1) for key in ("size", "fps") if key in rows}
    except ArrayFileError as error:
        if why := unreadable(path):
            raise PoseFileError(f"{why}.") from error
        raise PoseFileError(f"{path} is not a pose file (an .npz with {KEYS[0]}).") from error


def _fps(path: Path, fps: Array) -> float:
    if fps.size != 1 or fps.dtype.kind not in "fiu":
        raise PoseFileError(f"{path.name}: fps must be one number.")
    found = float(fps.item())
    if not (np.isfinite(found) and found > 0):
        raise PoseFileError(f"{path.name}: fps must be a number above 0.")
    return found


def _clip_start(path: Path, starts: Array | None, n_rows: int) -> Array | None:
    if starts is None:
        return None
    is_sound = starts.ndim == 1 and starts.dtype.kind in "iu" and len(starts) > 0
    if not is_sound or (np.diff(starts) <= 0).any() or starts[0] < 0 or starts[-1] >= n_rows:
        raise PoseFileError(f"{path.name}: clip_start must be rising row numbers of the file.")
    return starts.astype(np.int64)
