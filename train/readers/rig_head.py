"""A face on a rig: looking as the trunk does on average, turned by the head's own turns."""

import numpy as np

from models import skeleton
from models.types import Array
from train.readers.face import put_face
from train.readers.rig_axes import unit

UP = np.array([0.0, 0.0, 1.0])
# The joint that a head turns about over the shoulders, and the head's middle over that joint.
NECK_M, HEAD_M = 0.17, 0.12
CM = 0.01
STILL = 1e-6  # radians, roughly
LEAST_ALIKE = 0.3  # the least singular value of the mean turn of the trunk as the head sees it


def put_head(joints: Array, at: Array | None = None, turns: Array | None = None) -> None:
    """Write the face into placed joints (N, 18, 3), in place.

    `at` (N, 3) is the joint that the head turns about, `turns` (N, 3, 3) its rotation in the world,
    whatever it is at rest. Without them, or where they have nothing to do with the trunk, the head
    sits on the trunk and looks as it does.
    """
    trunk = _trunk(joints)
    head = trunk if turns is None else _head(turns, trunk)
    if at is None:
        at = joints[:, skeleton.NECK] + NECK_M * trunk[..., 2]
    front, left, up = (head[..., axis] for axis in range(3))
    put_face(joints, at + HEAD_M * up, (left, front, up), CM)


def _trunk(joints: Array) -> Array:
    """(N, 3, 3): front, left and up as columns; half as bent as the spine, as heads are held."""
    hips = joints[:, skeleton.L_HIP] - joints[:, skeleton.R_HIP]
    left = unit(hips + joints[:, skeleton.L_SHOULDER] - joints[:, skeleton.R_SHOULDER])
    pelvis = (joints[:, skeleton.L_HIP] + joints[:, skeleton.R_HIP]) / 2
    up = unit(unit(joints[:, skeleton.NECK] - pelvis) + UP)
    up = unit(up - (up * left).sum(-1, keepdims=True) * left)
    return np.stack([np.cross(left, up), left, up], -1)


def _head(turns: Array, trunk: Array) -> Array:
    """How the head looks, (N, 3, 3).

    Rest poses are anything: what is front of the head's own axes is where the trunk's front lies in
    them on average.
    """
    seen = (turns.swapaxes(1, 2) @ trunk).mean(0)
    u, sizes, v = np.linalg.svd(seen)
    does_turn = np.ptp(turns, axis=0).max() > STILL
    if not does_turn or sizes[-1] < LEAST_ALIKE:
        return trunk
    u[:, -1] *= np.linalg.det(u @ v)  # a rotation, no mirror
    return turns @ (u @ v)
