"""Gaps and cuts of recorded joints: hidden ones get a place, and other shots are found. Numpy."""

import itertools

import numpy as np

from models.pose_file import PoseFileError
from models.skeleton import L_HIP, PARENTS, R_HIP, TREE_ORDER, pelvis
from models.types import Array


def fill_hidden(joints: Array, placed: Array, starts: Array) -> Array:
    """Give every joint a place: (N, 18, 2) in any unit, placed (N, 18) -> float32, all finite.

    Joints that are placed stay as they are. A joint without a place hangs on its parent by the bone
    that its neighbours in time show, within one excerpt (`starts`: their first rows); a bone that
    is never shown there has no length. Raises PoseFileError for an excerpt without any hip.
    """
    filled = np.where(placed[..., None], joints, 0).astype(np.float32)
    bounds = [*starts, len(joints)]
    for first, last in itertools.pairwise(bounds):
        rows, known = filled[first:last], placed[first:last]
        _fill_hips(rows, known)
        root = pelvis(rows)
        for joint in TREE_ORDER:
            parent = PARENTS[joint]
            base = root if parent < 0 else rows[:, parent]
            shown = known[:, joint] & (True if parent < 0 else known[:, parent])
            bones = rows[:, joint] - base
            if not shown.any():
                bones[:] = 0
            missing = ~known[:, joint]
            rows[missing, joint] = (base + _between(bones, shown))[missing]
    return filled


def _fill_hips(rows: Array, known: Array) -> None:
    """The hips stand for the root: between their neighbours in time, or each for the other."""
    for hip, other in ((R_HIP, L_HIP), (L_HIP, R_HIP)):
        if known[:, hip].any():
            rows[:, hip] = _between(rows[:, hip], known[:, hip])
        elif known[:, other].any():
            rows[:, hip] = _between(rows[:, other], known[:, other])
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


def stands_out(steps: Array, least: float) -> Array:
    """How far the body goes from row to row, (N - 1,) -> whether that is a cut, bool (N - 1,).

    A cut is a step that is `least` longer than the steps before and after it; a quick dance is not.
    """
    before = np.concatenate([[0.0], steps[:-1]])
    after = np.concatenate([steps[1:], [0.0]])
    return steps - np.maximum(before, after) > least
