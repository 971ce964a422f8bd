"""How lively the music is against the last half minute: loudness and density of onsets. Pure.

Dancers of the training songs do not move more where it is louder (correlation -0.03), so this is
the stage's own: a break calms the dancer, a drop wakes it.
"""

import numpy as np

from models.spec import CHUNK_SECONDS
from models.types import Array

FRAMES = 10  # a chunk: 10 ms each
NOW_S, USUAL_S = 1.5, 30.0  # time constants of what is compared
DB_A_UNIT, OCTAVES_A_UNIT = 12.0, 2.0  # louder, and denser, by so much: energy 1
REACH = 0.6  # of the energy, an octave of speed
FORGET_S = 5.0  # of silence: what comes then is other music
_FLOOR = 1e-7  # of power
_DENSITY_FLOOR = 0.1  # dB a frame


class _Mean:
    """Exponential mean over `seconds`, true from its first value."""

    def __init__(self, seconds: float) -> None:
        self._keep = float(np.exp(-CHUNK_SECONDS / seconds))
        self._sum = self._weight = 0.0

    def add(self, value: float) -> float:
        self._sum = self._keep * self._sum + (1 - self._keep) * value
        self._weight = self._keep * self._weight + (1 - self._keep)
        return self._sum / self._weight


class Liveliness:
    """Fed the sound before its level is evened out."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the music."""
        self._loud = _Mean(NOW_S), _Mean(USUAL_S)  # dB
        self._dense = _Mean(NOW_S), _Mean(USUAL_S)  # dB that it rises a frame
        self._before: float | None = None
        self._silent_s = 0.0

    def feed(self, samples: Array, silent: bool) -> float:
        """One chunk -> -REACH (a quiet break) .. REACH, 0 as usual and in silence."""
        if silent:
            self._silent_s += CHUNK_SECONDS
            if self._silent_s > FORGET_S:
                self.reset()
                self._silent_s = FORGET_S
            return 0.0
        self._silent_s = 0.0
        powers = np.square(samples, dtype=np.float64).reshape(FRAMES, -1).mean(1)
        frames = 10 * np.log10(powers + _FLOOR)
        before = float(frames[0]) if self._before is None else self._before
        self._before = float(frames[-1])
        rise = float(np.maximum(0, np.diff(frames, prepend=before)).mean())
        loudness = 10 * float(np.log10(powers.mean() + _FLOOR))
        louder = self._loud[0].add(loudness) - self._loud[1].add(loudness)
        dense, usual = (mean.add(rise) + _DENSITY_FLOOR for mean in self._dense)
        energy = louder / DB_A_UNIT + float(np.log2(dense / usual)) / OCTAVES_A_UNIT
        return min(REACH, max(-REACH, energy))
