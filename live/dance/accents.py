"""Each beat is hit: the body slows down on it and makes up for it before the next. Pure.

Dancers mark a beat by the change of their pace more than by where they are. The network chooses
plans that rest about there; what is shown passes through them with this pulse. It is where it
would be at each beat and between two, so that no step becomes longer and nothing comes late.
"""

import math

from live.core.messages import Accent, Beat
from models.controls import MIN_CONFIDENCE

DEPTH = 0.5
RISE = 0.1  # a chunk: a beat that is found, or lost, does not jerk
MOST_S = 0.045  # that the body may be ahead of the dance, or behind: plans reach no further


class Accents:
    """One Accent a chunk from what is known of the beat."""

    def __init__(self) -> None:
        self._depth = 0.0

    def reset(self) -> None:
        self._depth = 0.0

    def feed(self, beat: Beat | None) -> Accent | None:
        """None while there is nothing to be marked."""
        if beat is None or beat.beat_phase is None or beat.bpm <= 0:
            self._depth = 0.0
            return None
        change = (DEPTH if beat.confidence >= MIN_CONFIDENCE else 0.0) - self._depth
        self._depth += max(-RISE, min(RISE, change))
        if self._depth <= 0:
            return None
        period = 60 / beat.bpm
        depth = min(self._depth, MOST_S * 2 * math.pi / period)
        return Accent(beat.time - beat.beat_phase * period, period, depth)


def moved(accent: Accent | None, time: float) -> float:
    """The time of the dance that is shown at media time `time`."""
    if accent is None:
        return time
    turn = 2 * math.pi / accent.period
    return time - accent.depth / turn * math.sin(turn * (time - accent.beat_at))
