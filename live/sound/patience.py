"""How long a device has sent nothing, by a clock that stands while this program itself does. Pure.

A device that is gone says so, or sends nothing for ever. On a busy machine nothing comes either:
for as long as this program is not run, or the sound server is not. Then the stream is still good,
and to open another one costs more sound than to wait.
"""

from collections.abc import Callable
from time import perf_counter

LONGEST_LOOK_S = 0.15  # between two looks of a program that is run; more of it is its own standing
LATE_S = 0.5  # without sound, for the performer to be told
GONE_S = 3.0  # without sound, for the device to be given up; a sleeping PulseAudio needs up to 2 s


class Patience:
    """Asked again and again by one thread, at least every LONGEST_LOOK_S while it is run."""

    def __init__(self, now: Callable[[], float] = perf_counter) -> None:
        self._now = now
        self._looked_at = now()
        self._newest = 0.0
        self._waited = 0.0

    def waited(self, newest: float) -> float:
        """Seconds that were waited in vain; `newest` is when something came last."""
        now = self._now()
        looked_at, self._looked_at = self._looked_at, now
        if newest > self._newest:
            self._newest, self._waited = newest, 0.0
        else:
            self._waited += min(now - looked_at, LONGEST_LOOK_S)
        return self._waited
