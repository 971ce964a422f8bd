"""What can be counted about a dance: poses (n, 18, 2) at 10 Hz in, numbers out. Numpy and scipy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from models import skeleton
from train import motion

Array = NDArray[Any]

HZ = 10.0
BEAT_SIGMA_S = 0.05
STILL_HZ = 50


def speed(poses: Array) -> float:
    """Mean over joints and time, body units a second."""
    return float(np.linalg.norm(np.diff(poses, axis=0), axis=-1).mean() * HZ)


def acceleration(poses: Array) -> float:
    """Mean over joints and time, body units a second squared."""
    return float(np.linalg.norm(np.diff(poses, 2, axis=0), axis=-1).mean() * HZ**2)


def spread(poses: Array) -> float:
    """Standard deviation over time of each joint's place, mean over joints, body units."""
    return float(np.sqrt(poses.var(0).sum(-1)).mean())


def frozen_share(poses: Array, usual_speed: float) -> float:
    """Share of 0.5 s windows slower than 15 % of the usual speed."""
    pace = np.linalg.norm(np.diff(poses, axis=0), axis=-1).mean(-1) * HZ
    windows = np.lib.stride_tricks.sliding_window_view(pace, 5).mean(-1)
    return float((windows < 0.15 * usual_speed).mean())


def long_bone_share(poses: Array) -> float:
    """Share of frames in which any bone is drawn longer than 1.1 of its length."""
    return float((skeleton.bone_lengths(poses) > 1.1 * skeleton.CANONICAL_LENGTHS).any(-1).mean())


def repeat(poses: Array) -> float:
    """Smallest mean pose difference at a lag of 0.8-25 s over that of random pairs; low: a loop."""
    flat = poses.reshape(len(poses), -1)
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, len(flat), (2, 4000))

    def apart(a: Array, b: Array) -> float:
        return float(np.linalg.norm((a - b).reshape(-1, 18, 2), axis=-1).mean())

    usual = apart(flat[pairs[0]], flat[pairs[1]])
    last = min(int(25 * HZ), len(flat) - 20)
    lags = range(int(0.8 * HZ), last)
    return min(apart(flat[lag:], flat[:-lag]) for lag in lags) / (usual + 1e-9)


def near(poses: Array, known: Array) -> float:
    """Mean distance a joint to the nearest known pose (M, 18, 2), body units."""
    a = poses.reshape(len(poses), -1).astype(np.float64)
    b = known.reshape(len(known), -1).astype(np.float64)
    nearest = np.empty(len(a), int)
    norms = (b * b).sum(1)
    for start in range(0, len(a), 256):
        block = a[start : start + 256]
        nearest[start : start + 256] = (norms - 2 * block @ b.T).argmin(1)
    return float(np.linalg.norm(poses - known[nearest], axis=-1).mean())


def still_times(poses: Array) -> Array:
    """Times of the kinematic beats, s from the first pose."""
    times = np.arange(len(poses)) / HZ
    fine = np.arange(0, times[-1], 1 / STILL_HZ)
    return motion.still_moments(CubicSpline(times, poses)(fine), STILL_HZ) / STILL_HZ


def _alignment(stills: Array, beats: Array) -> float:
    nearest = np.abs(stills[:, None] - beats[None]).min(1)
    return float(np.exp(-(nearest**2) / (2 * BEAT_SIGMA_S**2)).mean())


def beat_alignment(stills: Array, beats: Array) -> tuple[float, float]:
    """Beat Alignment Score over chance, and the median offset, s (negative: early)."""
    if len(stills) < 3 or len(beats) < 3:
        return float("nan"), float("nan")
    period = float(np.median(np.diff(beats)))
    span = np.concatenate([beats - (beats[-1] - beats[0] + period), beats])
    span = np.concatenate([span, beats + (beats[-1] - beats[0] + period)])
    shifts = np.random.default_rng(0).uniform(0, period, 300)
    chance = float(np.mean([_alignment(stills, span + shift) for shift in shifts]))
    nearest = np.abs(stills[:, None] - beats[None]).argmin(1)
    return _alignment(stills, beats) / chance, float(np.median(stills - beats[nearest]))
