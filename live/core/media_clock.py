"""Media time to host time: when the room hears a media time, and the audience sees it. Pure.

Blocks arrive late by a jitter, never early, so the clock follows the early edge of the arrivals:
down fast, up slowly (which also follows the drift between the sound card and the computer).
"""

FOLLOW_EARLIER = 0.2  # share of the error corrected by one early block
FOLLOW_LATER = 0.002  # by one late block: 5 s time constant at 100 blocks/s
JUMP_S = 0.5  # a larger error is a new start of the source, not jitter
JUMP_BLOCKS = 20


class MediaClock:
    """Written by the thread of the source, read by all (one float, so no lock)."""

    def __init__(self, started_at: float) -> None:
        self.begin(started_at)

    def begin(self, at: float) -> None:
        """Until the first block tells better, media time 0 is heard at host time `at`."""
        self._offset = self.heard_at = at  # heard_at: host time of the newest block
        self._seen = False
        self._n_far = 0

    @property
    def is_told(self) -> bool:
        """Whether a block has told where the sound is."""
        return self._seen

    def observe(self, time: float, captured_at: float, stood: bool = False) -> None:
        """The sound of media time `time` was heard at host time `captured_at`.

        `stood`: the source says that its sound had stood still before, which is believed at once.
        """
        error = captured_at - time - self._offset
        self.heard_at = captured_at
        if stood or not self._seen:
            self._offset += error
            self._seen = True
            self._n_far = 0
        elif abs(error) > JUMP_S:
            self._n_far += 1
            if self._n_far >= JUMP_BLOCKS:
                self._offset += error
                self._n_far = 0
        else:
            self._n_far = 0
            self._offset += error * (FOLLOW_EARLIER if error < 0 else FOLLOW_LATER)

    def host(self, time: float) -> float:
        """Host time at which media time `time` is heard."""
        return self._offset + time

    def media(self, at: float) -> float:
        """Media time heard at host time `at`."""
        return at - self._offset
