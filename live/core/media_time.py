"""Media time for a thread that looks at it again and again, also across a stall of the computer."""

import math
import time

from live.core.media_clock import MediaClock

STALL_S = 0.25  # between two looks: the clock may not know yet what happened to the sound
PATIENCE_S = 0.5  # for the first block after a stall; a device that is lost gives none
NAP_S = 0.005
BACK_S = 0.5  # less is waited for, as where the first sound is heard late


class MediaTime:
    """One thread's view of the clock."""

    def __init__(self, clock: MediaClock) -> None:
        self._clock = clock
        self._looked_at = time.perf_counter()
        self._media_time = -math.inf
        self.went_back = False  # since the look before: what is numbered begins at the newest again

    def now(self) -> float:
        """Media time heard now.

        After a stall (suspend, swap, a stopped process) sound that the program plays goes on where
        it stood, but until its first block tells so the clock runs on: that block is waited for.
        """
        at = time.perf_counter()
        if at - self._looked_at > STALL_S and self._clock.is_told:
            while self._clock.heard_at < at and time.perf_counter() < at + PATIENCE_S:
                time.sleep(NAP_S)
        self._looked_at = time.perf_counter()
        before, self._media_time = self._media_time, self._clock.media(self._looked_at)
        self.went_back = self._media_time < before - BACK_S
        return self._media_time
