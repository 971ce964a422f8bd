"""Which way is up and forward for a body whose joints are known, in the axes of its file."""

from collections.abc import Mapping

import numpy as np

from models.types import Array
from train.readers.rig_limbs import Body

AXES = ("x", "y", "z")
CLEAR = 0.6  # of the mean direction from the ankles to the shoulders, along the up axis
FOOT = 0.05  # of a leg: shorter feet do not say where they point


def unit(vectors: Array) -> Array:
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-12)


def direction(name: str) -> Array:
    """ "y" or "-y" as a unit vector, (3,)."""
    return np.eye(3)[AXES.index(name[-1])] * (-1 if name[0] == "-" else 1)


def middle(body: Body, joints: Mapping[str, int], role: str) -> Array:
    """Between the left and the right one, (F, 3)."""
    return body.places[:, [joints[f"left_{role}"], joints[f"right_{role}"]]].mean(1)


def find_up(body: Body, joints: Mapping[str, int]) -> tuple[Array, str]:
    """The unit vector that points up, and in words what is doubtful about it.

    Along the axis where shoulders are above ankles most of the time; where there is none (a dance
    on the floor), that of y and z along which the lowest joint keeps its height.
    """
    standing = unit(middle(body, joints, "shoulder") - middle(body, joints, "ankle")).mean(0)
    axis = int(np.argmax(np.abs(standing)))
    if abs(standing[axis]) > CLEAR:
        return np.eye(3)[axis] * np.sign(standing[axis]), ""
    lowest = body.places[:, list(joints.values())].min(1)  # (F, 3)
    low, high = np.percentile(lowest, (5, 95), axis=0)
    axis = 1 if (high - low)[1] <= (high - low)[2] else 2
    return np.eye(3)[axis], (
        f"the dancer rarely stands, {AXES[axis]} is taken for the axis that points up: a line up = "
        f'"y" or up = "z" in the table of --joints says which it is'
    )


def forward(body: Body, joints: Mapping[str, int], up: Array) -> Array:
    """Where feet and knees point, (F, 3), horizontal, in legs; 0 where they do not tell.

    Does not depend on which is the left.
    """
    ways = np.zeros((len(body.places), 3))
    for side in ("left", "right"):
        hip, knee, ankle = (
            body.places[:, joints[f"{side}_{role}"]] for role in ("hip", "knee", "ankle")
        )
        leg = np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1)
        leg = float(np.median(leg)) + 1e-12
        ways += (knee - (hip + ankle) / 2) / leg
        foot = body.places[:, _toe(body, joints[f"{side}_ankle"])] - ankle
        foot -= (foot @ up)[:, None] * up
        if np.median(np.linalg.norm(foot, axis=-1)) > FOOT * leg:
            ways += foot / leg
    return ways - (ways @ up)[:, None] * up


def _toe(body: Body, ankle: int) -> int:
    """The joint below the ankle that is farthest from it; the ankle itself if there is none."""
    below = {ankle}
    for index in range(ankle + 1, len(body.nodes)):
        if body.nodes[index].parent in below:
            below.add(index)
    return max(
        below,
        key=lambda node: float(
            np.median(np.linalg.norm(body.places[:, node] - body.places[:, ankle], axis=-1))
        ),
    )


def agreement(across: Array, ahead: Array, up: Array) -> float:
    """-1..1: how far `across` (F, 3) points to the left of somebody who looks `ahead`."""
    lefts = unit(np.cross(up, ahead))
    return float((unit(across) * lefts).sum(-1).mean())
