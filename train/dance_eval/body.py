"""What a body does when it dances, in body heights: bounce, steps, air, hands. Pure.

In come poses (n, 18, 2) at 30/s in any unit, y down, of any size and at any place; or (n, 18, 3)
with the height last, to measure motion capture itself. Definitions are in docs/metrics.md.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from models import skeleton
from models.types import Array
from train.dance_eval import measures

HZ = 30.0
SMOOTH_S = 0.04
NOSE_HEIGHT = 0.87  # of the body's height, over the ankles
MEAN_S = 2.0  # of the hips' height, about which they bounce
STEP_FROM, STEP_UNTIL = 0.25, 0.12  # H/s
STEP_LENGTH, STEP_RISE = 0.04, 0.02  # H: one of them makes a step
LIFT_PERCENTILE = 90
AIR_HEIGHT = 0.04  # H, of both ankles over their floor
FLOOR_PERCENTILE = 10  # of the height of an ankle over the whole dance
CROSSED = 0.02  # H, between ankles on the wrong sides
TURNED = 0.5  # of the shoulders' usual width
HEIGHT_UNITS = float(skeleton.STANDING[skeleton.R_ANKLE, 1] - skeleton.STANDING[0, 1]) / NOSE_HEIGHT


@dataclass(frozen=True)
class Step:
    """One ankle from where it sets off to where it rests."""

    begin: int  # rows
    end: int
    length: float  # H, from end to end as the crow flies
    stride: float  # H, the same across the floor
    rise: float  # H, highest in between over the lower of its ends


def body_height(poses: Array) -> float:
    """95th percentile of the nose's height over the middle of the ankles, over 0.87."""
    ankles = poses[:, skeleton.ANKLES, -1].mean(1)
    return float(np.percentile(ankles - poses[:, skeleton.NOSE, -1], 95) / NOSE_HEIGHT)


def in_heights(poses: Array) -> Array:
    """Smoothed, in body heights, the origin left where it is."""
    smooth = gaussian_filter1d(poses.astype(np.float64), SMOOTH_S * HZ, axis=0, mode="nearest")
    return smooth / body_height(smooth)


def body_measures(body: Array) -> dict[str, float]:
    """All that a body `in_heights` does, by the names of docs/metrics.md; at least a second of it.

    NaN is `slide_h` alone, where no foot ever stands.
    """
    found = steps(body)
    rises = [step.rise for step in found]
    return {
        "bounce": bounce(body),
        "steps": len(found) / (len(body) / HZ),
        "stride": float(np.median([step.stride for step in found])) if found else 0.0,
        "lift": float(np.percentile(rises, LIFT_PERCENTILE)) if found else 0.0,
        "air": air(body),
        "wrists": wrists(body),
        "slide_h": slide(body),
        "crossing": crossing(body),
        "turned": turned(body),
    }


def speed(body: Array) -> Array:
    """Mean speed over the joints at every row, (n,) H/s."""
    return np.linalg.norm(_velocity(body), axis=-1).mean(-1)


def bounce(body: Array) -> float:
    """5th to 95th percentile of the hips' height about its running mean, H."""
    height = -hips(body)[:, -1]
    about = height - uniform_filter1d(height, round(MEAN_S * HZ), mode="nearest")
    low, high = np.percentile(about, (5, 95))
    return float(high - low)


def steps(body: Array) -> list[Step]:
    """Those of both feet, in the order of their beginnings.

    What has begun before the first row or goes on after the last is none.
    """
    found = [step for ankle in skeleton.ANKLES for step in _steps_of(body[:, ankle])]
    return sorted(found, key=lambda step: step.begin)


def _steps_of(ankle: Array) -> list[Step]:
    pace = np.linalg.norm(_velocity(ankle), axis=-1)
    moves = np.concatenate([[0], pace > STEP_UNTIL, [0]]).astype(int)
    found: list[Step] = []
    for first, end in np.argwhere(np.diff(moves))[:, 0].reshape(-1, 2):
        quick = np.flatnonzero(pace[first:end] > STEP_FROM)
        if not len(quick) or first == 0 or end == len(ankle):
            continue
        begin = int(first + quick[0])
        way = ankle[end] - ankle[begin]
        step = Step(
            begin,
            int(end),
            float(np.linalg.norm(way)),
            float(np.linalg.norm(way[:-1])),
            float(max(ankle[begin, -1], ankle[end, -1]) - ankle[begin : end + 1, -1].min()),
        )
        if step.length > STEP_LENGTH or step.rise > STEP_RISE:
            found.append(step)
    return found


def air(body: Array) -> float:
    """Share of the time in which both ankles are high over their floor, 0..1."""
    heights = -body[:, skeleton.ANKLES, -1]
    floor = np.percentile(heights, FLOOR_PERCENTILE, axis=0)
    return float((heights - floor > AIR_HEIGHT).all(1).mean())


def wrists(body: Array) -> float:
    """Mean speed of both wrists about the hips, H/s."""
    hands = body[:, [skeleton.R_WRIST, skeleton.L_WRIST]] - hips(body)[:, None]
    return float(np.linalg.norm(_velocity(hands), axis=-1).mean())


def slide(body: Array) -> float:
    """`measures.slide` of the same dance on a floor of its own, H/s; NaN when no foot ever stands.

    Of 3D across the first axis alone.
    """
    seen = body[:: round(HZ / measures.HZ), :, [0, -1]] * HEIGHT_UNITS
    lowest = np.percentile(seen[:, skeleton.ANKLES, 1].max(1), 100 - FLOOR_PERCENTILE)
    seen[..., 1] += skeleton.CANONICAL_LEG - lowest
    return measures.slide(seen) / HEIGHT_UNITS


def crossing(body: Array) -> float:
    """Share of the time in which the ankles stand crossed as the hips see it, 0..1."""
    ankles = body[:, skeleton.L_ANKLE, 0] - body[:, skeleton.R_ANKLE, 0]
    hips = body[:, skeleton.L_HIP, 0] - body[:, skeleton.R_HIP, 0]
    return float((ankles * np.sign(hips) < -CROSSED).mean())


def turned(body: Array) -> float:
    """Share of the time in which the shoulders show less than half of their usual width, 0..1."""
    width = np.abs(body[:, skeleton.L_SHOULDER, 0] - body[:, skeleton.R_SHOULDER, 0])
    return float((width < TURNED * np.percentile(width, 95)).mean())


def _velocity(places: Array) -> Array:
    return np.gradient(places, 1 / HZ, axis=0)


def hips(body: Array) -> Array:
    return (body[:, skeleton.R_HIP] + body[:, skeleton.L_HIP]) / 2
