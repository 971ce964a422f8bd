"""Chunks at any level in, chunks near -20 dBFS out; below -50 dBFS exact silence. Pure, one thread.

The gain follows slowly, so that loud and soft passages stay different; only the first second and a
jump that would overload are quick. Noise below the gate is neither danced to nor learned from.
"""

import math

import numpy as np
from numpy.typing import NDArray

from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS, GATE_DBFS, TARGET_RMS_DBFS

FOLLOW_S = 8.0  # time constant of the gain
QUICK_S = 1.0  # of sound, until the gain is first trusted
GAIN_DB = (-20.0, 40.0)
OVERLOAD_DB = 12.0  # above the target: the gain falls at once, or loud would be clipped for seconds
OPEN_DBFS = GATE_DBFS + 4.0  # opens here, closes at the gate
HOLD_CHUNKS = 3  # 0.3 s: a rest between two notes does not close the gate
METER_FLOOR_DBFS = -60.0
RAMP = np.linspace(0, 1, CHUNK_SAMPLES, dtype=np.float32)


class AutoGain:
    """`gain_db` is the performer's own, before everything else; write it at any time."""

    def __init__(self) -> None:
        self.gain_db = 0.0
        self.reset()

    def reset(self) -> None:
        """Forget the level so far; the performer's gain stays."""
        self._power = 0.0  # mean square of the sound, as learned
        self._n_learned = 0
        self._gain = 1.0
        self._is_open = False
        self._n_quiet = 0  # chunks below the gate in a row

    def feed(self, samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], float, bool]:
        """Float32 (1600,) -> (levelled samples, level 0..1 on -60..0 dBFS, is it silent).

        The level is that of the sound with the performer's gain, before levelling.
        """
        if self.gain_db:
            samples = samples * np.float32(10 ** (self.gain_db / 20))
        # Without the offset that some sound cards add.
        power = max(0.0, float(samples @ samples) / len(samples) - float(samples.mean()) ** 2)
        dbfs = 10 * math.log10(max(power, 1e-12))
        level = min(1.0, max(0.0, 1 - dbfs / METER_FLOOR_DBFS))
        self._gate(dbfs)
        if not self._is_open:
            return np.zeros_like(samples), level, True
        before = self._gain
        if dbfs > GATE_DBFS:
            before = self._learn(power)
        gain = np.float32(before) + np.float32(self._gain - before) * RAMP
        return np.clip(samples * gain, -1.0, 1.0).astype(np.float32, copy=False), level, False

    def _gate(self, dbfs: float) -> None:
        """Open above OPEN_DBFS; close when the sound stays below the gate."""
        if dbfs > OPEN_DBFS:
            self._is_open = True
        self._n_quiet = 0 if dbfs > GATE_DBFS else self._n_quiet + 1
        if self._n_quiet > HOLD_CHUNKS:
            self._is_open = False

    def _learn(self, power: float) -> float:
        """Move the gain towards the target; gives the gain that this chunk begins with."""
        before, is_first = self._gain, self._n_learned == 0
        self._n_learned += 1
        share = 1 / self._n_learned  # a plain mean over the first second
        if self._n_learned * CHUNK_SECONDS > QUICK_S:
            share = CHUNK_SECONDS / FOLLOW_S
        self._power += share * (power - self._power)
        self._power = max(self._power, power / 10 ** (OVERLOAD_DB / 10))
        target = 10 ** (TARGET_RMS_DBFS / 20) / math.sqrt(self._power)
        self._gain = min(10 ** (GAIN_DB[1] / 20), max(10 ** (GAIN_DB[0] / 20), target))
        # A gain that was never used, or is far too high, must not fade out: it would be heard.
        return self._gain if is_first or before > 4 * self._gain else before
