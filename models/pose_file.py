"""A pose file -> the body at any time, as canonical poses. Pure after reading; no threads.

The file: `keypoints` (N, 18, 3) = x px, y px, confidence; `size` (W, H); `time` (N,) s; `fps`;
optionally `clip_start`, the first row of every excerpt.
"""

import itertools
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from models.skeleton import (
    CANONICAL_LENGTHS,
    L_HIP,
    MIRROR,
    NECK,
    PARENTS,
    R_ANKLE,
    R_HIP,
    R_KNEE,
    TREE_ORDER,
    Body,
    measure_body,
    pelvis,
)
from models.spec import N_JOINTS
from models.types import Array

KEYS = ("keypoints", "size", "time", "fps")
# Without clip_start: a step that is this much longer than the steps before and after it is a cut
# (body units, mean over the joints; within alice's and bob's dances < 0.02, at cuts 0.04 to 0.6).
JUMP = 0.06
MIN_BONE = 1e-3  # body units: shorter is not a measurement
GAP_S = 0.5  # rows further apart are not joined either


class PoseFileError(Exception):
    """A pose file that cannot be danced, in one sentence for the performer."""


class PoseFile:
    """Recorded poses, read at any time from 0 to `duration` seconds.

    `poses` float32 (N, 18, 2) canonical body units, `times` float64 (N,) from 0, `body` the person
    as measured in the file (pictures' heights), `cuts` the rows that begin a new excerpt.
    """

    def __init__(self, path: Path | str) -> None:
        """Raises PoseFileError when the file is missing, damaged or no pose file."""
        self.path = Path(path)
        fields = _read(self.path)
        points = fields["keypoints"].astype(np.float32)
        height = _picture_height(self.path, fields["size"])
        self.fps = float(fields["fps"])
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise PoseFileError(f"{self.path.name}: fps must be a number above 0.")
        times = fields["time"].astype(np.float64)
        if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
            raise PoseFileError(f"{self.path.name}: its times do not rise from row to row.")
        self.times = times - times[0]
        self.duration = float(self.times[-1] + 1 / self.fps)

        confident = points[..., 2] > 0
        if not np.isfinite(points[..., :2][confident]).all():
            raise PoseFileError(f"{self.path.name}: some keypoints are not numbers.")
        starts = _clip_starts(self.path, fields.get("clip_start"), len(points))
        placed = np.isfinite(points).all(-1) & (confident | (np.abs(points[..., :2]) > 0).all(-1))
        joints = fill_missing(points[..., :2] / height, placed, starts)
        body = _measure(joints, np.where(confident.any(0), confident, placed))
        if body is None:
            raise PoseFileError(f"{self.path.name}: it shows no whole body.")
        self.body = body
        self.poses = self.body.canonical(joints)

        has_clips = fields.get("clip_start") is not None
        # Between row i and i + 1.
        is_cut = np.asarray(np.diff(self.times) > max(GAP_S, 2 / self.fps))
        if not has_clips:
            is_cut = is_cut | _jumps(self.poses)
        is_cut[starts[1:] - 1] = True
        self._is_cut = is_cut
        self.cuts = np.flatnonzero(is_cut) + 1

    def at(self, time: float) -> Array:
        """The pose (18, 2) at `time`; between two rows in between, at a cut the row before it."""
        row = int(np.clip(np.searchsorted(self.times, time, "right") - 1, 0, len(self.times) - 1))
        if row == len(self.times) - 1 or time <= self.times[0] or self._is_cut[row]:
            return self.poses[row].copy()
        part = (time - self.times[row]) / (self.times[row + 1] - self.times[row])
        return self.poses[row] + np.float32(part) * (self.poses[row + 1] - self.poses[row])

    def has_cut(self, after: float, until: float) -> bool:
        """Whether an excerpt begins in (after, until]: what was carried over time starts anew."""
        begins = self.times[self.cuts]
        return bool(((begins > after) & (begins <= until)).any())


def _measure(joints: Array, shown: Array) -> Body | None:
    """The person, left and right taken together; bones that are never shown get the usual length.

    None when neck, hips, knees or ankles are never shown.
    """
    middle = np.median(pelvis(joints)[:, 0])
    turned = joints[:, list(MIRROR)] * [-1, 1] + [2 * middle, 0]
    both = np.concatenate([joints, turned.astype(np.float32)])
    both_shown = np.concatenate([shown, shown[:, list(MIRROR)]])
    never = np.logical_not(both_shown.any(axis=0))
    if never[[NECK, R_HIP, R_KNEE, R_ANKLE]].any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):  # all points in one place
        body = measure_body(both, both_shown | never)
    lengths = np.where(never | (body.lengths < MIN_BONE), CANONICAL_LENGTHS, body.lengths)
    if not np.isfinite(lengths).all() or (body.lengths[[NECK, R_KNEE, R_ANKLE]] < MIN_BONE).any():
        return None
    return Body(lengths.astype(np.float32), body.framing)


def _jumps(poses: Array) -> Array:
    """(N, 18, 2) -> (N - 1,), whether the step to the next row sticks out of the dance."""
    steps = np.linalg.norm(np.diff(poses, axis=0), axis=-1).mean(-1)
    before = np.concatenate([[0.0], steps[:-1]])
    after = np.concatenate([steps[1:], [0.0]])
    return steps - np.maximum(before, after) > JUMP


def fill_missing(joints: Array, placed: Array, starts: Array) -> Array:
    """Give every joint a place: (N, 18, 2) and whether it is placed (N, 18) -> all finite.

    A joint without a place hangs on its parent by the bone that its neighbours in time show, within
    one excerpt; a bone that is never shown there has no length. Raises PoseFileError for an excerpt
    without any hip.
    """
    filled = np.where(placed[..., None], joints, 0).astype(np.float32)
    bounds = [*starts, len(joints)]
    for first, last in itertools.pairwise(bounds):
        part, known = filled[first:last], placed[first:last]
        _fill_hips(part, known)
        root = pelvis(part)
        for joint in TREE_ORDER:
            parent = PARENTS[joint]
            base = root if parent < 0 else part[:, parent]
            shown = known[:, joint] & (True if parent < 0 else known[:, parent])
            bones = part[:, joint] - base
            if not shown.any():
                bones[:] = 0
            missing = ~known[:, joint]
            part[missing, joint] = (base + _between(bones, shown))[missing]
    return filled


def _fill_hips(part: Array, known: Array) -> None:
    """The hips stand for the root: between their neighbours in time, or each for the other."""
    for hip, other in ((R_HIP, L_HIP), (L_HIP, R_HIP)):
        if known[:, hip].any():
            part[:, hip] = _between(part[:, hip], known[:, hip])
        elif known[:, other].any():
            part[:, hip] = _between(part[:, other], known[:, other])
        else:
            raise PoseFileError("An excerpt of the pose file shows no hips.")


def _between(values: Array, shown: Array) -> Array:
    """(n, 2) with the rows that are not shown drawn straight between those that are."""
    rows = np.flatnonzero(shown)
    if not len(rows) or len(rows) == len(values):
        return values
    every = np.arange(len(values))
    columns = [np.interp(every, rows, values[rows, axis]) for axis in range(2)]
    return np.stack(columns, 1).astype(np.float32)


def _read(path: Path) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as file:
            fields = {name: file[name] for name in file.files}
    except FileNotFoundError as error:
        raise PoseFileError(f"There is no file {path}.") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError, TypeError) as error:
        raise PoseFileError(f"{path} is not a pose file (an .npz with {KEYS[0]}).") from error
    missing = [key for key in KEYS if key not in fields]
    if missing:
        raise PoseFileError(f"{path.name} is not a pose file: it lacks {', '.join(missing)}.")
    points, times = fields["keypoints"], fields["time"]
    if points.ndim != 3 or points.shape[1:] != (N_JOINTS, 3) or points.dtype.kind not in "fiu":
        raise PoseFileError(
            f"{path.name}: keypoints must be numbers (N, 18, 3), they are {points.shape}."
        )
    if len(points) == 0:
        raise PoseFileError(f"{path.name} holds no poses.")
    if times.shape != points.shape[:1] or times.dtype.kind not in "fiu":
        raise PoseFileError(f"{path.name}: time must hold one number for each of its rows.")
    if fields["fps"].size != 1 or fields["fps"].dtype.kind not in "fiu":
        raise PoseFileError(f"{path.name}: fps must be one number.")
    return fields


def _picture_height(path: Path, size: Array) -> float:
    if size.shape != (2,) or size.dtype.kind not in "fiu" or not (size > 0).all():
        raise PoseFileError(f"{path.name}: size must be the picture's width and height in px.")
    return float(size[1])


def _clip_starts(path: Path, starts: Array | None, n_rows: int) -> Array:
    if starts is None:
        return np.zeros(1, np.int64)
    is_sound = starts.ndim == 1 and starts.dtype.kind in "iu" and len(starts) > 0
    if not is_sound or (np.diff(starts) <= 0).any() or starts[0] < 0 or starts[-1] >= n_rows:
        raise PoseFileError(f"{path.name}: clip_start must be rising row numbers of the file.")
    return np.unique(np.concatenate([[0], starts]))
