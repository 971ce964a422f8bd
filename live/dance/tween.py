"""Overlapping predicted poses -> the pose at any media time. Pure; one thread adds, any reads.

Every chunk predicts the body at several horizons after its end. A media time is read from the plans
that are 0.1 to 0.3 s old at it, cross-faded: the nearest horizons are the truest, and a plan that
has only just arrived starts with weight zero. As neighbouring plans never quite agree, what is
shown is a mean over a tenth of a second around that time, which the plans ahead make possible
without coming late.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from live.core.messages import Pose, PosePlan
from live.dance.accents import MOST_S, moved
from models.skeleton import STANDING
from models.spec import CHUNK_SECONDS, HORIZONS
from models.types import Array

SPEAKING = 12  # plans that are asked about one media time; more than the longest horizon needs
# The mean: where around the media time (s) and with which weights, a Gaussian of 50 ms. Unsmoothed,
# the jerk at 60 frames a second is seven times that of the planned poses; so it is theirs.
AROUND = (-2 / 30, -1 / 30, 0.0, 1 / 30, 2 / 30)
_BELL = [math.exp(-0.5 * (offset / 0.05) ** 2) for offset in AROUND]
SHARES = tuple(height / sum(_BELL) for height in _BELL)
MOST_EARLY_S = HORIZONS[-1] - HORIZONS[0] - 2 * CHUNK_SECONDS - MOST_S  # plans reach no further
SETTLE_S = 0.6  # how fast the body stops when predictions stay away


def _weight(age: float) -> float:
    """Of a plan that is `age` seconds past the nearest horizon: up over one chunk, then down."""
    rise = age / CHUNK_SECONDS
    rise = min(rise, 2.0 - rise)
    return rise * rise * (3 - 2 * rise) if rise > 0 else 0.0


def spread(shares: list[float], place: float, share: float) -> None:
    """Add `share` times Catmull-Rom at `place` (in steps from the first pose), held at the ends."""
    last = len(shares) - 1
    if place <= 0 or place >= last:
        shares[0 if place <= 0 else last] += share
        return
    i = int(place)
    u = place - i
    u2, u3 = u * u, u * u * u
    before, after = share * (u3 - 2 * u2 + u), share * (u3 - u2)  # of the slopes at both poses
    rest = share * (3 * u2 - 2 * u3)
    shares[i] += share - rest
    shares[i + 1] += rest
    for slope, one, other in ((before, i - 1, i + 1), (after, i, i + 2)):
        if one < 0 or other > last:  # at the ends the slope is that of the one step there is
            shares[i] -= slope
            shares[i + 1] += slope
        else:
            shares[one] -= slope / 2
            shares[other] += slope / 2


def _speaking(plans: tuple[PosePlan, ...], time: float) -> tuple[PosePlan, ...]:
    """Of all plans those that were newest when media time `time` was heard."""
    heard = bisect_right(plans, time + AROUND[-1], key=lambda plan: plan.time)
    return plans[max(0, heard - SPEAKING) : heard] or plans[:1]


class Tween:
    """The dance as a function of media time."""

    def __init__(self, standing: Array = STANDING, delay: float = 0.0, past: float = 0.0) -> None:
        """`delay`: so many seconds after it is heard (+), or before, is a media time read.

        Of a later one the plans are remembered as long; before it is heard they are mixed while
        they are that much older, those that will have arrived. `past`: so many seconds back the
        dance is known as it was shown.
        """
        self._plans: tuple[PosePlan, ...] = ()
        self._standing = standing
        self._keep, self._past = 0, past
        self.read_at(delay, delay)

    def read_at(self, delay: float, most: float) -> None:
        """From now on media times are read so much later than heard, and at `most` so much."""
        self._keep = max(
            self._keep, SPEAKING + math.ceil((max(0.0, most) + self._past) / CHUNK_SECONDS)
        )
        self._fade_from = HORIZONS[0] + MOST_S + min(max(0.0, -delay), MOST_EARLY_S)

    def add(self, plan: PosePlan) -> None:
        # A new tuple each time: other threads read the old or the new one, never half of it.
        self._plans = (*self._plans[-(self._keep - 1) :], plan)

    def clear(self) -> None:
        self._plans = ()

    def at(self, time: float) -> Pose:
        """The body at media time `time`: standing before all plans, coming to rest after them."""
        plans = _speaking(self._plans, time)
        if not plans:
            return Pose(time, self._standing, 0.0)
        danced = self._danced(plans, time)
        shares = [[0.0] * len(plan.times) for plan in plans]  # what each of their poses counts
        outside: list[tuple[float, float]] = []  # media times beyond all plans, and their share
        for offset, share in zip(AROUND, SHARES, strict=True):
            self._share_out(plans, danced + offset, share, shares, outside)
        mixed = np.zeros_like(plans[-1].joints[0])
        for plan, of_poses in zip(plans, shares, strict=True):
            if any(of_poses):
                mixed += np.tensordot(np.array(of_poses, np.float32), plan.joints, 1)
        for media_time, share in outside:
            mixed += np.float32(share) * self._beyond(plans, media_time)
        return Pose(time, mixed, plans[-1].captured_at)

    def _danced(self, plans: Sequence[PosePlan], time: float) -> float:
        """The time of the dance at media time `time`: where all plans are read, by their accents.

        One time for all: with one each, what they disagree about would move on at its own pace.
        """
        weights = [_weight(time - plan.time - self._fade_from) for plan in plans]
        total = sum(weights)
        if total <= 0:
            return moved(plans[-1].accent, time)
        speaking = zip(weights, plans, strict=True)
        return sum(weight * moved(plan.accent, time) for weight, plan in speaking) / total

    def _share_out(
        self,
        plans: Sequence[PosePlan],
        time: float,
        share: float,
        shares: list[list[float]],
        outside: list[tuple[float, float]],
    ) -> None:
        """Divide the share of one media time between the poses of the plans that speak of it."""
        weights = [_weight(time - plan.time - self._fade_from) for plan in plans]
        total = sum(weights)
        if total <= 0:
            # Chunks never came: the newest plan that still reaches so far.
            spoken = [plan.times[0] <= time <= plan.times[-1] for plan in plans]
            if not any(spoken):
                outside.append((time, share))
                return
            weights = [0.0] * len(plans)
            weights[len(plans) - 1 - spoken[::-1].index(True)] = total = 1.0
        for plan, weight, of_poses in zip(plans, weights, shares, strict=True):
            if weight > 0:
                first, second = float(plan.times[0]), float(plan.times[1])
                spread(of_poses, (time - first) / (second - first), share * weight / total)

    def _beyond(self, plans: Sequence[PosePlan], time: float) -> Array:
        """Outside all plans: from standing into the first, after the last held, then standing."""
        first = plans[0]
        last = next((plan for plan in reversed(plans) if plan.times[0] <= time), first)
        if time < first.times[0]:
            into = (time - first.time) / float(first.times[0] - first.time)
            ease = np.float32(max(0.0, into))
            return self._standing + ease * (first.joints[0] - self._standing)
        held = last.joints[-1]
        past = time - last.times[-1]
        ease = np.float32(1 - np.exp(-max(0.0, past - SETTLE_S) / SETTLE_S))
        return held + ease * (self._standing - held) if past > SETTLE_S else held
