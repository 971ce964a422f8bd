"""Joints in any unit and axes -> metres, x forward, y left, z up, on the floor (`Motion`)."""

from dataclasses import dataclass

import numpy as np

from models import skeleton
from models.types import Array
from train.readers.motion_file import LEG_M
from train.readers.rig_axes import unit
from train.songs.song import DataError

FLOOR_PERCENT = 1.0  # of the lower ankle's heights lie below the floor: slips of the capture
FARTHEST_M = 1_000.0  # from where the dancer is on average
LEGS = (
    (skeleton.R_HIP, skeleton.R_KNEE, skeleton.R_ANKLE),
    (skeleton.L_HIP, skeleton.L_KNEE, skeleton.L_ANKLE),
)


@dataclass(frozen=True)
class Placing:
    """What brings places of a file (..., 3) to where `Motion` has them."""

    turn: Array  # (3, 3), a rotation: nothing is mirrored
    scale: float
    shift: Array  # (3,) m

    def placed(self, places: Array) -> Array:
        return places @ (self.scale * self.turn).T + self.shift


def placing_of(joints: Array, up: Array) -> Placing:
    """By the limbs of joints (N, 18, 3) in the file's unit and axes, of which `up` (3,) points up.

    The legs give the unit, the mean way that hips and shoulders face gives x. Raises DataError,
    behind the file's name, where the legs have no length or the dancer is nowhere near.
    """
    leg = np.mean([_length(joints[:, list(joint)]) for joint in LEGS])
    turn = _facing_x(joints @ _z_up(up).T) @ _z_up(up)
    far = np.abs(joints - joints.mean((0, 1))).max()
    if not far * LEG_M < FARTHEST_M * leg:
        raise DataError(
            f"is no dance: its legs are {leg:.3g} long, and a joint is {far:.3g} away from where "
            "the others are on average."
        )
    placing = Placing(turn, float(LEG_M / leg), np.zeros(3))
    placed = placing.placed(joints)
    floor = np.percentile(placed[:, list(skeleton.ANKLES), 2].min(1), FLOOR_PERCENT)
    middle = placed[:, [skeleton.R_HIP, skeleton.L_HIP], :2].mean((0, 1))
    return Placing(turn, placing.scale, -np.append(middle, floor))


def _length(leg: Array) -> float:
    """Of hip, knee and ankle (N, 3, 3), median."""
    return float(np.median(np.linalg.norm(np.diff(leg, axis=1), axis=-1).sum(1)))


def _z_up(up: Array) -> Array:
    """A rotation (3, 3) that turns the axis `up` to z."""
    ahead = np.roll(up, 1)
    return np.stack([ahead, np.cross(up, ahead), up])


def _facing_x(joints: Array) -> Array:
    """A rotation (3, 3) about z after which joints (N, 18, 3) look to x on average."""
    across = (
        joints[:, skeleton.L_HIP] - joints[:, skeleton.R_HIP]
        + joints[:, skeleton.L_SHOULDER] - joints[:, skeleton.R_SHOULDER]
    )  # fmt: skip
    x, y = unit(across[:, :2]).mean(0)
    cos, sin = unit(np.array([y, -x]))  # a quarter to the right of the left side
    if not (cos or sin):
        return np.eye(3)
    return np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
