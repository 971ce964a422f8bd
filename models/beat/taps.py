"""Beats that a performer taps -> tempo and phase. Pure, numpy."""

from collections import deque

import numpy as np

PAUSE_S = 2.5  # a longer pause begins new taps
MOST = 8
SHORTEST_S, LONGEST_S = 0.2, 2.0  # a beat


class Taps:
    """The last taps in a row; a line through them smooths the hand."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=MOST)

    def clear(self) -> None:
        """What comes next are new taps."""
        self._times.clear()

    def add(self, time: float) -> tuple[float, float] | None:
        """A tap at `time` s -> the period (s) and when the newest beat is (s).

        None while there is only one tap, or when their pace is no tempo.
        """
        if self._times and not 0 < time - self._times[-1] <= PAUSE_S:
            self._times.clear()
        self._times.append(time)
        if len(self._times) < 2:
            return None
        numbers = np.arange(len(self._times))
        period, first = np.polyfit(numbers, np.array(self._times), 1)
        if not SHORTEST_S <= period <= LONGEST_S:
            return None
        return float(period), float(first + period * numbers[-1])
