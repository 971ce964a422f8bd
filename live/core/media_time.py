"""Media time for a thread that looks at it again and again, also across a stall of the computer."""

import time

from live.core.media_clock import MediaClock

STALL_S = 0.25  # between two looks: the clock may not know yet what happened to the sound
PATIENCE_S = 0.5  # for the first block after a stall; a device that is lost gives none
NAP_S = 0.005
BACK_S = 0.25  # what comes next is never further ahead than this


class MediaTime:
    """One thread's view of the clock."""

    def __init__(self, clock: MediaClock) -> None:
        self._clock = clock
        self._looked_at = time.perf_counter()

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
        return self._clock.media(self._looked_at)


def next_number(number: int, soonest: int, rate: float) -> int:
    """What comes next of a series at `rate` numbers a second of media time.

    `number`, unless it cannot be in time any more or media time went back: then `soonest`, the
    first that can.
    """
    is_far_ahead = number > soonest + 1 + BACK_S * rate
    return soonest if is_far_ahead else max(number, soonest)
