"""How lively the music is against its last minute: loudness and onsets a second. Pure.

Dancers of the training songs do not move more where it is louder (correlation -0.03), so this is
the stage's own: what stands out in this music is danced larger, what falls back smaller. Both are
counted in their own usual changes, so that music which hardly changes is answered as well.
"""

import numpy as np

from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS, SAMPLE_RATE
from models.types import Array

HOP, WINDOW = 160, 512  # of the onsets
NOW_S, USUAL_S = 0.5, 60.0  # time constants of what is compared
LEAST_DB, LEAST_ONSETS = 1.0, 0.5  # a change that is smaller is none
SHARE = 0.5  # of the energy, an octave of speed, for one usual change of either
REACH = 1.0  # the most of it
WARM_S = 3.0  # of music, until its changes are answered in full
FORGET_S = 5.0  # of silence: what comes then is other music
_FLOOR = 1e-7  # of power


class _Mean:
    """Exponential mean over `seconds`, true from its first value."""

    def __init__(self, seconds: float) -> None:
        self._keep = float(np.exp(-CHUNK_SECONDS / seconds))
        self._sum = self._weight = 0.0

    def add(self, value: float) -> float:
        self._sum = self._keep * self._sum + (1 - self._keep) * value
        self._weight = self._keep * self._weight + (1 - self._keep)
        return self._sum / self._weight


class _Standing:
    """How far something stands from its usual, in its usual distances."""

    def __init__(self, least: float) -> None:
        self._usual, self._spread = _Mean(USUAL_S), _Mean(USUAL_S)
        self._least = least

    def add(self, now: float) -> float:
        away = now - self._usual.add(now)
        return away / max(self._least, float(np.sqrt(self._spread.add(away * away))))


class Liveliness:
    """Fed the sound before its level is evened out."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the music."""
        from aubio import onset  # pyright: ignore[reportAttributeAccessIssue] (C module)

        self._power, self._rate = _Mean(NOW_S), _Mean(NOW_S)
        self._loudness, self._density = _Standing(LEAST_DB), _Standing(LEAST_ONSETS)
        self._onset = onset("specflux", WINDOW, HOP, SAMPLE_RATE)
        self._silent_s = self._heard_s = 0.0

    def feed(self, samples: Array, silent: bool) -> float:
        """One chunk -> -REACH (a quiet break) .. REACH, 0 as usual and in silence."""
        if silent:
            self._silent_s += CHUNK_SECONDS
            if self._silent_s > FORGET_S:
                self.reset()
                self._silent_s = FORGET_S
            return 0.0
        self._silent_s = 0.0
        self._heard_s += CHUNK_SECONDS
        power = self._power.add(float(np.square(samples, dtype=np.float64).mean()))
        loud = self._loudness.add(10 * float(np.log10(power + _FLOOR)))
        dense = self._density.add(self._rate.add(self._onsets(samples) / CHUNK_SECONDS))
        share = SHARE * min(1.0, self._heard_s / WARM_S)
        return min(REACH, max(-REACH, share * (loud + dense)))

    def _onsets(self, samples: Array) -> int:
        whole = np.ascontiguousarray(samples, np.float32)
        return sum(bool(self._onset(whole[i : i + HOP])[0]) for i in range(0, CHUNK_SAMPLES, HOP))
