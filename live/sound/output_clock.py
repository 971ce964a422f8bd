"""When the room hears what is played, by what the output reports of each block. Pure."""

import math

SMOOTHING = 0.02  # reported times jump by 10 ms from block to block
JUMP_S = 0.05  # a larger error that stays is not jitter: the sound had stopped
JUMP_AFTER_S = 0.1
STOP_S = 0.5  # an error that needs no second opinion


class OutputClock:
    """Told of every block in turn."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._n_played = 0
        self._zero_at: float | None = None  # host time at which the first sample was heard
        self._far_since = math.inf  # host time of the first of the blocks that are off by a jump

    def end_of(self, n_samples: int, start_at: float) -> float:
        """Host time at which a block's end is heard; the output says `start_at` of its start."""
        zero_at = self._follow(start_at - self._n_played / self._rate, start_at)
        self._n_played += n_samples
        return zero_at + self._n_played / self._rate

    def _follow(self, zero_at: float, now: float) -> float:
        """A callback that came late is followed by others in time; after a stop all are late."""
        if self._zero_at is None:
            self._zero_at = zero_at
        error = zero_at - self._zero_at
        if abs(error) > JUMP_S:
            self._far_since = min(self._far_since, now)
            if abs(error) < STOP_S and now - self._far_since < JUMP_AFTER_S:
                return self._zero_at
            self._zero_at = zero_at
        else:
            self._zero_at += SMOOTHING * error
        self._far_since = math.inf
        return self._zero_at
