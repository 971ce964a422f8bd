"""What can be counted about a dance by itself: poses (n, 18, 2) at 10 Hz in, numbers out.

Definitions and units are given in docs/metrics.md. Numpy and scipy; all functions are pure.
"""

import numpy as np
from scipy.signal import welch

from models import skeleton
from models.types import Array

HZ = 10.0
STANCE_HEIGHT = 0.06  # body units above the floor
STANCE_RISE = 0.3  # body units a second, up or down
BANDS_HZ = (0.0, 0.5, 1.0, 2.0, 4.0, 5.0)
SPECTRUM_ROWS = 64  # of one spectrum: 6.4 s


def pace(poses: Array) -> Array:
    """Mean speed over the joints at every step, (n - 1,) body units a second."""
    return np.linalg.norm(np.diff(poses, axis=0), axis=-1).mean(-1) * HZ


def speed(poses: Array) -> float:
    """Mean over joints and time, body units a second."""
    return float(pace(poses).mean())


def acceleration(poses: Array) -> float:
    """Mean over joints and time, body units a second squared."""
    return float(np.linalg.norm(np.diff(poses, 2, axis=0), axis=-1).mean() * HZ**2)


def jerk(poses: Array, hz: float = HZ) -> float:
    """Mean over joints and time of poses at `hz`, body units a second cubed."""
    return float(np.linalg.norm(np.diff(poses, 3, axis=0), axis=-1).mean() * hz**3)


def spread(poses: Array) -> float:
    """Standard deviation over time of each joint's place, mean over joints, body units."""
    return float(np.sqrt(poses.var(0).sum(-1)).mean())


def frozen_share(poses: Array, usual_speed: float) -> float:
    """Share of 0.5 s windows slower than 15 % of the usual speed."""
    windows = np.lib.stride_tricks.sliding_window_view(pace(poses), 5).mean(-1)
    return float((windows < 0.15 * usual_speed).mean())


def long_bone_share(poses: Array) -> float:
    """Share of frames in which any bone is drawn longer than 1.1 of its length."""
    return float((skeleton.bone_lengths(poses) > 1.1 * skeleton.CANONICAL_LENGTHS).any(-1).mean())


def bone_change(poses: Array) -> float:
    """How fast the drawn bones change length: share of the bone's own length a second, mean."""
    relative = skeleton.bone_lengths(poses) / skeleton.CANONICAL_LENGTHS
    return float(np.abs(np.diff(relative, axis=0)).mean() * HZ)


def slide(poses: Array) -> float:
    """Sideways speed of the foot that stands, body units a second; NaN when none ever stands.

    The lower ankle stands from one pose to the next when it stays the lower one, near the floor,
    and hardly rises or sinks.
    """
    ankles = poses[:, [skeleton.R_ANKLE, skeleton.L_ANKLE]]
    lower = ankles[..., 1].argmax(1)
    foot = np.take_along_axis(ankles[:-1], lower[:-1, None, None], 1)[:, 0]
    then = np.take_along_axis(ankles[1:], lower[:-1, None, None], 1)[:, 0]
    near_floor = np.maximum(np.abs(_height(foot)), np.abs(_height(then))) < STANCE_HEIGHT
    calm = np.abs(then[:, 1] - foot[:, 1]) * HZ < STANCE_RISE
    stands = near_floor & calm & (lower[:-1] == lower[1:])
    if not stands.any():
        return float("nan")
    return float(np.abs(then[:, 0] - foot[:, 0])[stands].mean() * HZ)


def _height(ankles: Array) -> Array:
    return skeleton.CANONICAL_LEG - ankles[..., 1]


def spectrum(poses: Array) -> tuple[Array, Array]:
    """Frequencies (f,) Hz and the power of all joints' velocities there, (f,) units^2/s^2/Hz."""
    velocity = np.diff(poses.reshape(len(poses), -1), axis=0) * HZ
    rows = min(SPECTRUM_ROWS, len(velocity))
    frequencies, power = welch(velocity, HZ, nperseg=rows, axis=0)
    return frequencies, power.sum(1)


def band_shares(poses: Array) -> Array:
    """Share of the kinetic energy in each band of BANDS_HZ, (5,); NaN for a statue."""
    frequencies, power = spectrum(poses)
    band = np.clip(np.searchsorted(BANDS_HZ, frequencies, "right") - 1, 0, len(BANDS_HZ) - 2)
    energies = np.bincount(band, power, len(BANDS_HZ) - 1)
    total = energies.sum()
    return energies / total if total > 1e-9 else np.full(len(energies), np.nan)


def spectrum_distance(shares: Array, real: Array) -> float:
    """Share of the energy that is in another band than in the real dance, 0..1."""
    return float(np.abs(shares - real).sum() / 2)


def repeat(poses: Array) -> tuple[float, float]:
    """The lag of 0.8-25 s at which the dance resembles itself most, as (ratio, lag in s).

    The ratio is the mean pose difference at that lag over that of random pairs; low: a loop.
    """
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, len(poses), (2, 4000))

    def apart(a: Array, b: Array) -> float:
        return float(np.linalg.norm(a - b, axis=-1).mean())

    usual = apart(poses[pairs[0]], poses[pairs[1]])
    lags = range(int(0.8 * HZ), min(int(25 * HZ), len(poses) - 20))
    found = min((apart(poses[lag:], poses[:-lag]), lag) for lag in lags)
    return found[0] / (usual + 1e-9), found[1] / HZ


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
