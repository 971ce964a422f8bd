"""Steadies the points that say where to look in the next frame: a one-euro filter."""

import numpy as np

from models.types import Array

_HZ = 30.0  # frames a second that the values below are meant for, whatever a video has
_SLOWEST_HZ, _QUICKER, _SPEED_HZ = 0.01, 10.0, 1.0  # cut-offs: at rest, by speed, of the speed


class Steady:
    """Points at rest are smoothed strongly, moving ones little."""

    def __init__(self) -> None:
        self._raw: Array | None = None
        self._speed: Array = np.zeros(0)
        self._smooth: Array = np.zeros(0)

    def next(self, points: Array, size: float) -> Array:
        """(N, 2) px of the next frame -> smoothed; speeds are in `size` px, that of the body."""
        if self._raw is None:
            self._speed, self._smooth = np.zeros_like(points), points
        elif size > 1e-6:
            speed = (points - self._raw) * _HZ / size
            self._speed = self._speed + _share(_SPEED_HZ) * (speed - self._speed)
            share = _share(_SLOWEST_HZ + _QUICKER * np.abs(self._speed))
            self._smooth = self._smooth + share * (points - self._smooth)
        else:
            self._smooth = points
        self._raw = points
        return self._smooth

    def forget(self) -> None:
        self._raw = None


def _share(cutoff_hz: Array | float) -> Array | float:
    """Of a new value in the smoothed one."""
    return 1 / (1 + _HZ / (2 * np.pi * cutoff_hz))
