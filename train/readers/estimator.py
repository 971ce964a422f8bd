"""Who finds the joints in a picture: BlazePose out of the box, others behind the same two words."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from models import spec
from models.skeleton import L_SHOULDER, NECK, R_SHOULDER
from models.types import Array
from train.readers.blazepose.pose import BlazePose, Person

# COCO joint <- BlazePose's landmark; the neck is the middle of the shoulders.
LANDMARKS = {
    0: 0, 2: 12, 3: 14, 4: 16, 5: 11, 6: 13, 7: 15, 8: 24, 9: 26, 10: 28, 11: 23, 12: 25, 13: 27,
    14: 5, 15: 2, 16: 8, 17: 7,
}  # fmt: skip
LOOK_AROUND = 60  # frames between two looks for a second person


class PoseEstimator(Protocol):
    """Frames of one video in their order; a new one is made for every video."""

    def people(self, rgb: Array) -> Array:
        """uint8 (H, W, 3) -> everyone found, (P, 18, 3) px and confidence 0..1."""
        ...


class OnePerson:
    """BlazePose follows one person.

    Now and then the person is painted over, to see whether there is a second one.
    """

    def __init__(self) -> None:
        """Raises NetworksError when the networks cannot be had."""
        self._pose = BlazePose()
        self._look = BlazePose(follows=False)
        self._n = 0

    def people(self, rgb: Array) -> Array:
        found = self._pose.find(rgb)
        if found is None:
            return np.zeros((0, spec.N_JOINTS, 3), np.float32)
        first = joints_of(found)
        self._n += 1
        if self._n % LOOK_AROUND == 1:
            other = self._look.find(_without(rgb, first))
            if other is not None and _is_another(first, second := joints_of(other)):
                return np.stack([first, second])
        return first[None]


def joints_of(person: Person) -> Array:
    """float32 (18, 3): px and confidence 0..1."""
    joints = np.zeros((spec.N_JOINTS, 3), np.float32)
    for joint, mark in LANDMARKS.items():
        joints[joint] = person.landmarks[mark]
    right, left = joints[R_SHOULDER], joints[L_SHOULDER]
    joints[NECK] = (right + left) / 2
    joints[NECK, 2] = min(right[2], left[2])
    return joints


def _without(rgb: Array, person: Array) -> Array:
    """The picture with the person's box painted over."""
    low, high = person[:, :2].min(0), person[:, :2].max(0)
    margin = 0.12 * (high[1] - low[1])
    x0, y0 = np.maximum(0, low - margin).astype(int)
    x1, y1 = (high + margin).astype(int)
    painted = rgb.copy()
    painted[y0:y1, x0:x1] = np.median(rgb[::16, ::16].reshape(-1, 3), axis=0).astype(np.uint8)
    return painted


def _is_another(one: Array, other: Array) -> bool:
    sure = (other[:, 2] > 0.7).mean() > 0.7
    tall = np.ptp(one[:, 1])
    apart = np.linalg.norm(one[:, :2].mean(0) - other[:, :2].mean(0))
    return bool(sure and np.ptp(other[:, 1]) > 0.4 * tall and apart > 0.25 * tall)


DEFAULT = "blazepose"
ESTIMATORS: dict[str, Callable[[], PoseEstimator]] = {DEFAULT: OnePerson}
