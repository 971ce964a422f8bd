"""Where a person is in a picture, by the joints alone: surely, perhaps, and their shadow."""

import numpy as np

from models.puppet.parts import PARTS, POINTS, Capsule
from models.puppet.rig import Rig
from models.skeleton import ANKLES, NECK
from models.types import Array

_SPARE = 0.14  # body scales around the parts: hair, cloth, joints a little off
_CORE = 0.5  # of a part's radius: all of that is person
_SHADOW = 0.8, 0.3  # body scales beside the feet, before and behind them
_BITS = 4  # of a px, for OpenCV
_ALL = [capsule for part in PARTS for capsule in part.capsules]
# Trunk, neck, arms and legs: not where a waist, a hand or a foot may be narrower than they say.
_BONES = [
    capsule
    for part in PARTS
    for capsule in part.capsules
    if not capsule.beyond and (part.name != "torso" or capsule.start == NECK)
]


def line_of(capsule: Capsule, points: Array, scale: float) -> tuple[Array, Array]:
    """Both ends of a capsule's line; points (20, 2) and `scale`, the body scale, in one unit.

    What reaches beyond a joint begins there, downwards where the line has no direction.
    """
    start, end = points[capsule.start], points[capsule.end]
    if not capsule.beyond:
        return start, end
    line = end - start
    length = float(np.hypot(*line))
    direction = line / length if length > 1e-6 else np.array([0.0, 1.0])
    return end, end + capsule.beyond * scale * direction


class Outline:
    """One person in every frame; areas are bool (size, size) of the square picture."""

    def __init__(self, joints: Array) -> None:
        """Joints (N, 18, 2), 0..1 of the picture."""
        self._points = POINTS @ joints
        self._scales = Rig.measured(joints).pose(joints).frames.scale

    def person(self, row: int, size: int) -> Array:
        """Where they may be."""
        return self._drawn(row, size, _ALL, 1.0, _SPARE)

    def core(self, row: int, size: int) -> Array:
        """What is person for sure: around the bones of trunk and limbs."""
        return self._drawn(row, size, _BONES, _CORE, 0.0)

    def shadow(self, row: int, size: int) -> Array:
        """Where the floor around the feet is darkest."""
        import cv2

        area, points, scale = self._begun(row, size)
        feet = points[list(ANKLES)]
        beside = np.ptp(feet, axis=0) / 2 + np.array(_SHADOW) * scale
        cv2.ellipse(area, _bits(feet.mean(0)), _bits(beside), 0, 0, 360, 1, -1, shift=_BITS)
        return area > 0

    def _drawn(
        self, row: int, size: int, capsules: list[Capsule], share: float, spare: float
    ) -> Array:
        """Capsules with that share of their radius, and `spare` body scales around them."""
        import cv2

        area, points, scale = self._begun(row, size)
        for capsule in capsules:
            start, end = line_of(capsule, points, scale)
            thick = max(1, round(2 * (share * capsule.radius + spare) * scale))
            cv2.line(area, _bits(start), _bits(end), 1, thick, shift=_BITS)
        return area > 0

    def _begun(self, row: int, size: int) -> tuple[Array, Array, float]:
        """An empty area, and points and body scale in px."""
        area = np.zeros((size, size), np.uint8)
        return area, self._points[row] * size - 0.5, float(self._scales[row]) * size


def _bits(place: Array) -> tuple[int, int]:
    x, y = (place * 2**_BITS).round().clip(-(2**24), 2**24)
    return int(x), int(y)
