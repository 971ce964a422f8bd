"""Host time -> the time of day. Used by one thread."""

import time
from collections.abc import Callable

DRIFT = 1e-4  # of the two clocks against each other, at most
SET_BACK_S = 0.05  # so much less than expected: somebody has set the clock


class WallClock:
    """Exact where `time.time` moves in steps of 16 ms, as on Windows before Python 3.13.

    Such a clock is late or right, never early: of what it says the earliest counts.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        host: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._wall, self._host = wall, host
        self._looked_at = host()
        self._ahead = wall() - self._looked_at  # of host time

    def at(self, host_time: float) -> float:
        """Seconds since 1970 at a host time, s."""
        now = self._host()
        found = self._wall() - now
        kept = self._ahead - DRIFT * (now - self._looked_at)
        self._ahead = kept if kept - SET_BACK_S < found < kept else found
        self._looked_at = now
        return host_time + self._ahead
