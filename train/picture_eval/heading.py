"""Which way a head faces, from its key points, and a figure of the face told for each direction.

A mean over a dance is a mean over a face that mostly looks at the audience: what a painter does to
a face that looks aside is told by the least of the directions.
"""

from typing import NamedTuple

import numpy as np

from models.skeleton import L_EAR, NECK, NOSE, R_EAR
from models.types import Array

STEP, FURTHEST = 20, 70  # degrees
DIRECTIONS = range(-FURTHEST + STEP // 2, FURTHEST, STEP)  # the middles
LEAST_FRAMES = 3  # of a direction that can be the least one
# The nose's tip before the line of the ears, over the ears' distance: about 11.5 cm and 14.5 cm.
_DEPTH = 0.8


def heading(joints: Array) -> Array:
    """Degrees by which heads (..., 18, 2) are turned, (...,): 0 to the audience, 90 to the right
    edge of the picture, -90 to the left, 180 away.

    atan2(n / 0.8, e) of the places of the nose n, from the middle of the ears, and of the left ear
    e, from the right one, across the line from the neck to the middle of the ears.
    """
    ears = (joints[..., R_EAR, :] + joints[..., L_EAR, :]) / 2
    up = ears - joints[..., NECK, :]
    length = np.hypot(up[..., 0], up[..., 1])[..., None]
    up = np.where(length > 0, up / np.where(length > 0, length, 1), np.array([0.0, -1.0]))
    across = np.stack([-up[..., 1], up[..., 0]], -1)
    nose = ((joints[..., NOSE, :] - ears) * across).sum(-1)
    apart = ((joints[..., L_EAR, :] - joints[..., R_EAR, :]) * across).sum(-1)
    return np.degrees(np.arctan2(nose / _DEPTH, apart))


class Seen(NamedTuple):
    """What was measured of the faces that are turned one way."""

    mean: float
    frames: int


def by_heading(degrees: Array, values: Array) -> dict[int, Seen]:
    """Means of the values (N,) of each of the DIRECTIONS that occurs, by its middle, degrees."""
    known = ~np.isnan(values)
    found: dict[int, Seen] = {}
    for middle in DIRECTIONS:
        here = known & (degrees >= middle - STEP / 2) & (degrees < middle + STEP / 2)
        if here.any():
            found[middle] = Seen(float(values[here].mean()), int(here.sum()))
    return found


def least(found: dict[int, Seen]) -> float | None:
    """The least mean of a direction with LEAST_FRAMES; None where there is none."""
    return min((seen.mean for seen in found.values() if seen.frames >= LEAST_FRAMES), default=None)
