"""Another dancer's poses moved to where the learned person stands, as in Everybody Dance Now.

Each of the two has a line on which their ankles are nearest the camera, one on which they are
farthest, and a height at each. Between the lines everything is linear. Numpy only; y points down.
"""

from dataclasses import dataclass

import numpy as np

from models.skeleton import L_ANKLE, R_ANKLE
from models.types import Array

MEDIAN_FRAMES = 7
_HEAD = (0, 14, 15, 16, 17)  # nose, eyes, ears
_FRACTION = 0.5  # how unequally far from the median the two lines may be
_NEAR_LINE = 0.2  # of the way between the lines: frames that are at a line
_STANDS_STILL = 1e-3  # pictures: lines nearer to each other than this are one


@dataclass(frozen=True)
class Ground:
    """Where one dancer stands, in the unit of their joints."""

    near: float  # y of the ankles when nearest the camera
    far: float
    near_height: float  # of the body there, ankle to head
    far_height: float


def ankles(joints: Array) -> Array:
    """y of the lower ankle, (N,)."""
    return joints[:, [R_ANKLE, L_ANKLE], 1].max(1)


def heights(joints: Array) -> Array:
    """From the lower ankle to the highest point of the face, (N,)."""
    return ankles(joints) - joints[:, _HEAD, 1].min(1)


def usable(joints: Array) -> Array:
    """Whether ankles and head are there and the right way up, bool (N,)."""
    needed = joints[:, [R_ANKLE, L_ANKLE, *_HEAD]]
    return np.isfinite(needed).all((1, 2)) & (heights(joints) > 0)


def measure_ground(ankle: Array, height: Array) -> Ground:
    """The two lines and the tallest heights at them; ankle and height (N,) of usable poses.

    The far line is the highest ankle that is about as far above the median as the near line is
    below it: one that is farther is a jump or a mistake. Raises ValueError without poses.
    """
    if not len(ankle):
        raise ValueError("There is no usable pose to measure the ground by.")
    near, middle = float(ankle.max()), float(np.median(ankle))
    reach = near - middle
    above = middle - ankle
    alike = ankle[(above > 0) & (np.abs(above - reach) <= _FRACTION * reach)]
    far = float(alike.min()) if len(alike) else middle
    spare = max(_NEAR_LINE * (near - far), _STANDS_STILL)

    def tallest(line: float) -> float:
        return float(height[np.abs(ankle - line) <= spare].max())

    return Ground(near, far, tallest(near), tallest(far))


@dataclass(frozen=True)
class Placing:
    """Where and how large to draw each frame, each (N,)."""

    ankle: Array  # y before
    new_ankle: Array  # y after
    scale: Array


def placing(ankle: Array, source: Ground, target: Ground) -> Placing:
    """For ankles (N,) of the source: as near as they are, so near the target, and so large."""
    depth = source.near - source.far
    stands_still = depth < _STANDS_STILL
    nearness = np.ones_like(ankle) if stands_still else (ankle - source.far) / depth
    at_near = target.near_height / source.near_height
    at_far = target.far_height / source.far_height
    new_ankle = target.far + nearness * (target.near - target.far)
    if stands_still:  # one line alone: what is left of the motion is steps and jumps
        new_ankle = target.near + (ankle - source.near) * at_near
    # A jump is no way to the horizon: heights beyond the lines are as at the lines.
    scale = at_far + nearness.clip(0, 1) * (at_near - at_far)
    return Placing(ankle, new_ankle, scale)


def normalise(
    joints: Array,
    source: Ground,
    target: Ground,
    good: Array | None = None,
    middle: float = 0.5,
) -> Array:
    """One excerpt's poses (N, 18, 2) moved and scaled onto the target's ground.

    `good` bool (N,): other poses take the place and scale of the one before them (at the
    beginning, of the first good one); by default, whether they are usable. `middle` is the x that
    stays where it is. Raises ValueError when no pose is good.
    """
    good = usable(joints) if good is None else good
    if not good.any():
        raise ValueError("There is no usable pose to normalise.")
    last = np.maximum.accumulate(np.where(good, np.arange(len(joints)), -1))
    last = np.where(last < 0, int(np.argmax(good)), last)
    place = placing(ankles(joints)[last], source, target)
    moved = np.empty_like(joints)
    scale = place.scale[:, None]
    moved[..., 0] = middle + (joints[..., 0] - middle) * scale
    moved[..., 1] = place.new_ankle[:, None] + (joints[..., 1] - place.ankle[:, None]) * scale
    return moved


def smoothed(joints: Array, frames: int = MEDIAN_FRAMES) -> Array:
    """Median over an odd number of frames, (N, 18, 2); the ends of the excerpt are held."""
    half = frames // 2
    held = np.concatenate([joints[:1]] * half + [joints] + [joints[-1:]] * half)
    around = np.lib.stride_tricks.sliding_window_view(held, frames, axis=0)
    return np.median(around, axis=-1).astype(joints.dtype)


def onto_target(joints: Array, target: Array) -> Array:
    """All of it: a dancer's excerpt (N, 18, 2) as the person of `target` (M, 18, 2) would stand.

    Raises ValueError when one of them has no usable pose.
    """
    grounds: list[Ground] = []
    for poses in (joints, target):
        seen = poses[usable(poses)]
        grounds.append(measure_ground(ankles(seen), heights(seen)))
    return smoothed(normalise(joints, grounds[0], grounds[1]))
