"""A pose file -> the body at any time, as canonical poses. Pure after reading; no threads."""

from pathlib import Path

import numpy as np

from models.pose_file import PoseFileError, read_pose_file
from models.pose_gaps import fill_hidden, stands_out
from models.skeleton import (
    CANONICAL_LENGTHS,
    MIN_BONE,
    MIRROR,
    NECK,
    R_ANKLE,
    R_HIP,
    R_KNEE,
    Body,
    measure_body,
    pelvis,
)
from models.types import Array

# Without clip_start: a step that is this much longer than those around it is a cut (body units,
# mean over the joints; within alice's and bob's dances < 0.02, at cuts 0.04 to 0.6).
JUMP = 0.06
LONGEST_S = 1e6  # a show would never end; twelve days
GAP_S = 0.5  # rows further apart are not joined either


class PoseFile:
    """Recorded poses, read at any time from 0 to `duration` seconds.

    `poses` float32 (N, 18, 2) canonical body units, `times` float64 (N,) from 0, `body` the person
    as measured in the file (pictures' heights), `cuts` the rows that begin a new excerpt.
    """

    def __init__(self, path: Path | str) -> None:
        """Raises PoseFileError when it is no pose file or cannot be played."""
        self.path = Path(path)
        read = read_pose_file(self.path)
        self.fps = read.fps
        if not np.isfinite(read.time).all() or (np.diff(read.time) <= 0).any():
            raise PoseFileError(f"{self.path.name}: its times do not rise from row to row.")
        self.times = read.time - read.time[0]
        self.duration = float(self.times[-1] + 1 / self.fps)
        if self.duration > LONGEST_S:
            raise PoseFileError(f"{self.path.name}: its times, or its fps, are not in seconds.")

        placed, confident = read.placed, read.points[..., 2] > 0
        joints = fill_hidden(read.points[..., :2] / float(read.size[1]), placed, read.starts)
        body = _measure(joints, np.where(confident.any(0), confident, placed))
        if body is None:
            raise PoseFileError(f"{self.path.name}: it shows no whole body.")
        self.body = body
        self.poses = self.body.canonical(joints)

        # Between row i and i + 1.
        is_cut = np.asarray(np.diff(self.times) > max(GAP_S, 2 / self.fps))
        if read.clip_start is None:
            steps = np.linalg.norm(np.diff(self.poses, axis=0), axis=-1).mean(-1)
            is_cut = is_cut | stands_out(steps, JUMP)
        is_cut[read.starts[1:] - 1] = True
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
