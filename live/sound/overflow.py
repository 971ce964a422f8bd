"""How much sound an overflow lost: PortAudio only says that one happened. Pure.

Blocks that were merely held up come late for a moment and catch up; lost sound stays missing, so
the least lateness of the second after the overflow is the loss. After a long stall it is known
sooner: the sound server first gives what it kept, in no time, and from then on the lateness stands.
"""

CHECK_S = 1.0
LEAST_S = 0.02  # less is jitter
STALLED_S = 1.0  # so late is no jitter of a busy machine,
STANDS_S = 0.3  # and it is lost when it stands for so long


class OverflowGauge:
    """Fed with every block's lateness against the steady count of samples."""

    def __init__(self) -> None:
        self._check_until: float | None = None
        self._least_late = 0.0
        self._stands_since = 0.0

    def lost(self, at: float, late: float, is_after_overflow: bool) -> float:
        """Seconds lost, once known, else 0; the block heard at host time `at` was `late` s late."""
        if is_after_overflow:
            self._check_until = at + CHECK_S
            self._least_late, self._stands_since = late, at
        if self._check_until is None:
            return 0.0
        if late < self._least_late - LEAST_S:
            self._stands_since = at
        self._least_late = min(self._least_late, late)
        stands = self._least_late > STALLED_S and at >= self._stands_since + STANDS_S
        if at < self._check_until and not stands:
            return 0.0
        self._check_until = None
        return self._least_late if self._least_late > LEAST_S else 0.0
