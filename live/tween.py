"""Overlapping predicted poses -> the pose at any media time. Pure; one thread adds, any reads.

Every chunk predicts the body at several horizons after its end. A moment t is read from the plans
that are 0.1 to 0.3 s old at t, cross-faded: the nearest horizons are the truest, and a plan that
has only just arrived starts with weight zero, so that nothing jumps whether it came early or late.
"""

from collections.abc import Sequence

import numpy as np

from live.messages import Array, Pose, PosePlan
from models.skeleton import STANDING
from models.spec import CHUNK_SECONDS, HORIZONS

KEEP = 12  # plans; more than the longest horizon needs
FADE_FROM = HORIZONS[0]
SETTLE_S = 0.6  # how fast the body stops when predictions stay away


def _weight(age: float, span: float) -> float:
    """Of a plan that is `age` seconds old: up over one chunk, down over the next."""
    rise = (age - FADE_FROM) / CHUNK_SECONDS
    # The tiny tail keeps older plans as a fallback for chunks that never came.
    tail = 1e-6 * max(0.0, 1 - age / span) if age >= 0 else 0.0
    return max(0.0, min(rise, 2.0 - rise)) + tail


def _between(times: Array, joints: Array, time: float) -> Array:
    """Catmull-Rom through one plan's poses, held at its ends."""
    if time <= times[0]:
        return joints[0]
    if time >= times[-1]:
        return joints[-1]
    i = int(np.searchsorted(times, time, side="right")) - 1
    step = times[i + 1] - times[i]
    u = np.float32((time - times[i]) / step)
    p1, p2 = joints[i], joints[i + 1]
    p0 = joints[i - 1] if i > 0 else 2 * p1 - p2
    p3 = joints[i + 2] if i + 2 < len(joints) else 2 * p2 - p1
    m1, m2 = (p2 - p0) / 2, (p3 - p1) / 2
    u2, u3 = u * u, u * u * u
    return (
        (2 * u3 - 3 * u2 + 1) * p1
        + (u3 - 2 * u2 + u) * m1
        + (3 * u2 - 2 * u3) * p2
        + (u3 - u2) * m2
    )


class Tween:
    """The dance as a function of media time."""

    def __init__(self, standing: Array = STANDING) -> None:
        self._plans: tuple[PosePlan, ...] = ()
        self._standing = standing

    def add(self, plan: PosePlan) -> None:
        # A new tuple each time: other threads read the old or the new one, never half of it.
        self._plans = (*self._plans[-(KEEP - 1) :], plan)

    def clear(self) -> None:
        self._plans = ()

    def at(self, time: float) -> Pose:
        """The body at media time `time`: standing before all plans, coming to rest after them."""
        plans = self._plans
        if not plans:
            return Pose(time, self._standing, 0.0)
        weights: list[float] = []
        poses: list[Array] = []
        for plan in plans:
            weight = _weight(time - plan.time, plan.times[-1] - plan.time)
            if weight > 0:
                weights.append(weight)
                poses.append(_between(plan.times, plan.joints, time))
        if not poses:
            return Pose(time, self._beyond(plans, time), plans[-1].captured_at)
        return Pose(time, _mix(poses, weights), plans[-1].captured_at)

    def _beyond(self, plans: Sequence[PosePlan], time: float) -> Array:
        """Outside all plans: standing before the first, after the last held, then standing."""
        first, last = plans[0], plans[-1]
        if time < first.time:
            return self._standing
        held = last.joints[-1]
        past = time - last.times[-1]
        ease = np.float32(1 - np.exp(-max(0.0, past - SETTLE_S) / SETTLE_S))
        return held + ease * (self._standing - held) if past > SETTLE_S else held


def _mix(poses: Sequence[Array], weights: Sequence[float]) -> Array:
    total = sum(weights)
    mixed = np.zeros_like(poses[0])
    for pose, weight in zip(poses, weights, strict=True):
        mixed += np.float32(weight / total) * pose
    return mixed
