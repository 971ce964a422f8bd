"""Motion capture to stage poses: 3D joints in, canonical 2D poses at 50 Hz out. Numpy and scipy.

The dancer's turning is folded into 70 degrees to either side of the audience, every bone gets its
canonical length in 3D before the projection, and the lower ankle stands on the floor unless the
dancer jumps.
"""

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d, percentile_filter

from models import skeleton
from models.types import Array

SMOOTH_S = 0.04  # below this, 10 Hz poses alias
TURN_LIMIT = np.radians(70)
FOLD_SHARPNESS = 0.96
ROOT_LIMIT = 0.5  # body units sideways
FLOOR_S, FLOOR_PERCENT = 4.0, 15  # where the lower ankle stands: its height so often, of so long
ROLLED_SHARE = 0.04  # of the leg: an ankle so much higher is that of a foot on its ball
SNAP_REACH_BEATS = 0.4  # how far a still moment may be moved to meet its beat
SNAP_SPEED = (0.55, 1.8)  # of the motion while it is moved


def smooth(values: Array, seconds: float, hz: float) -> Array:
    """Gaussian over the first axis, sigma in seconds."""
    return gaussian_filter1d(values, seconds * hz, axis=0, mode="nearest")


def _unit(vectors: Array) -> Array:
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9)


def _pelvis(joints: Array) -> Array:
    return (joints[:, skeleton.R_HIP] + joints[:, skeleton.L_HIP]) / 2


def with_canonical_bones(joints: Array) -> Array:
    """(N, 18, 3) any units -> the same directions on canonical bones around the pelvis."""
    root = _pelvis(joints)
    posed = np.empty_like(joints)
    for joint in skeleton.TREE_ORDER:
        parent = skeleton.PARENTS[joint]
        start = root if parent == skeleton.PELVIS else joints[:, parent]
        base = 0.0 if parent == skeleton.PELVIS else posed[:, parent]
        direction = _unit(joints[:, joint] - start)
        posed[:, joint] = base + direction * skeleton.CANONICAL_LENGTHS[joint]
    return posed


def facing(joints: Array) -> Array:
    """Unwrapped heading (N,), radians: 0 towards the audience (-Z); from left and right hip."""
    across = joints[:, skeleton.L_HIP] - joints[:, skeleton.R_HIP]
    front_x, front_z = across[:, 2], -across[:, 0]
    return np.unwrap(np.arctan2(front_x, -front_z))


def folded(heading: Array) -> Array:
    """A heading inside the turn limit: a whole spin becomes one side, the other side, back."""
    return TURN_LIMIT * np.arcsin(FOLD_SHARPNESS * np.sin(heading)) / np.arcsin(FOLD_SHARPNESS)


def turned(points: Array, angle: Array) -> Array:
    """Points (N, ..., 3) turned about the vertical by angles (N,), radians, as `facing` counts."""
    shape = (-1,) + (1,) * (points.ndim - 2)
    cos, sin = np.cos(angle).reshape(shape), np.sin(angle).reshape(shape)
    x, z = points[..., 0], points[..., 2]
    return np.stack([x * cos - z * sin, points[..., 1], x * sin + z * cos], -1)


def stage_poses(
    joints: Array, fps: float, pose_hz: float, seconds: float, jumps: bool = False
) -> Array:
    """World joints (N, 18, 3), Y up, -Z towards the audience -> canonical poses (M, 18, 2).

    With `jumps` a dancer whose ankles are both in the air is shown there; else the lower one stands
    on the floor all the time, as suits markers whose floor is not even.
    """
    times = np.arange(int(seconds * pose_hz)) / pose_hz
    frames = np.arange(len(joints)) / fps
    spline = CubicSpline(frames, smooth(joints, SMOOTH_S, fps))
    joints = spline(np.minimum(times, frames[-1]))
    cm_a_unit = skeleton.UNIT_FACTOR * sum(
        np.median(np.linalg.norm(joints[:, a] - joints[:, b], axis=-1))
        for a, b in ((8, 9), (9, 10))
    )
    torso = np.median(np.linalg.norm(joints[:, skeleton.NECK] - _pelvis(joints), axis=-1))
    cm_a_unit += skeleton.UNIT_FACTOR * torso
    heading = smooth(facing(joints), 0.25, pose_hz)
    turn = folded(heading) - heading
    step = np.gradient(_pelvis(joints) / cm_a_unit, axis=0)
    sideways = np.cumsum(turned(step, turn)[:, 0])
    sideways -= smooth(sideways, 1.6, pose_hz)
    sideways = ROOT_LIMIT * np.tanh(sideways / ROOT_LIMIT)
    body = turned(with_canonical_bones(joints), turn)
    poses = np.stack([body[..., 0], -body[..., 1]], -1)  # y down
    poses[..., 0] += sideways[:, None]
    lift = _in_the_air(joints, pose_hz) / cm_a_unit if jumps else 0.0
    return on_floor(poses, pose_hz, lift).astype(np.float32)


def on_floor(poses: Array, pose_hz: float, lift: Array | float = 0.0) -> Array:
    """Lift or lower every pose so that its lower ankle is `lift` (N,) above the floor."""
    lower = np.maximum(poses[:, skeleton.R_ANKLE, 1], poses[:, skeleton.L_ANKLE, 1])
    poses = poses.copy()
    # The ankle that is lower changes in a moment; the body does not.
    poses[..., 1] += (skeleton.CANONICAL_LEG - smooth(lower, 0.06, pose_hz) - lift)[:, None]
    return poses


def _in_the_air(joints: Array, pose_hz: float) -> Array:
    """How far the lower ankle is above where it stands, (N,), in the unit of the joints, Y up.

    Where it stands is its usual lowest height of some seconds; a standing foot that rolls on to its
    ball lifts the ankle a little, and is not in the air.
    """
    lower = joints[:, [skeleton.R_ANKLE, skeleton.L_ANKLE], 1].min(1)
    stands = percentile_filter(lower, FLOOR_PERCENT, size=round(FLOOR_S * pose_hz) | 1)
    height = smooth(lower, 0.02, pose_hz) - smooth(stands, FLOOR_S / 4, pose_hz)
    leg = np.median(np.linalg.norm(np.diff(joints[:, [8, 9, 10]], axis=1), axis=-1).sum(1))
    rolled = ROLLED_SHARE * leg
    # No step where the air begins: a hyperbola that is 0 far below and the height far above.
    over = height - rolled
    return (over + np.hypot(over, rolled / 2)) / 2 * (over > -2 * rolled)


def joint_speed(poses: Array, hz: float) -> Array:
    """Mean speed over joints at every pose, (N,) body units a second."""
    return np.linalg.norm(np.gradient(poses, 1 / hz, axis=0), axis=-1).mean(-1)


def still_moments(poses: Array, hz: float, reach_s: float = 0.16) -> Array:
    """Indices of the kinematic beats: local minima of the smoothed mean joint speed."""
    speed = smooth(joint_speed(poses, hz), 0.06, hz)
    reach = max(1, round(reach_s * hz))
    padded = np.pad(speed, reach, constant_values=np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    lowest = np.flatnonzero(windows.min(1) >= speed)
    return lowest[(lowest > 0) & (lowest < len(speed) - 1)]


def snapped_to_beats(poses: Array, beats: Array, hz: float) -> tuple[Array, float]:
    """Warp time so that the nearest still moment of each beat falls on it.

    `beats` is the running count (N,), NaN where unknown. Returns the poses and the share of beats
    that got a still moment.
    """
    count = len(poses)
    known = np.flatnonzero(np.isfinite(beats))
    if len(known) < 2 * hz:
        return poses, 0.0
    numbers = np.arange(int(np.ceil(beats[known[0]])), int(beats[known[-1]]) + 1)
    on_beat = np.interp(numbers, beats[known], known.astype(float))
    stills = still_moments(poses, hz).astype(float)
    wanted, have = [0.0], [0.0]
    n_met = 0
    for beat, period in zip(on_beat, np.gradient(on_beat), strict=True):
        if not len(stills):
            break
        still = stills[np.argmin(np.abs(stills - beat))]
        if abs(still - beat) > SNAP_REACH_BEATS * period or beat <= wanted[-1]:
            continue
        pace = (still - have[-1]) / (beat - wanted[-1])
        if still > have[-1] and SNAP_SPEED[0] <= pace <= SNAP_SPEED[1]:
            wanted.append(float(beat))
            have.append(float(still))
            n_met += 1
    if (count - 1 - have[-1]) > 0 and count - 1 > wanted[-1]:
        wanted.append(count - 1.0)
        have.append(count - 1.0)
    warp = smooth(np.interp(np.arange(count), wanted, have), 0.04, hz)
    moved = CubicSpline(np.arange(count), poses)(np.clip(warp, 0, count - 1))
    return moved.astype(np.float32), n_met / max(1, len(numbers))
