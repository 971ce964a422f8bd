"""One page that looks on: it gets the newest picture when it has drawn those before. Pure."""

from collections import deque
from dataclasses import dataclass, field

MOST_IN_FLIGHT = 2  # pictures that were sent and not drawn: one is drawn, one is on its way


@dataclass(eq=False)
class Viewer:
    """What was sent to it; never more than MOST_IN_FLIGHT, so that nothing piles up."""

    codec: int
    newest: bytes | None = None  # to be sent next
    _sent: deque[tuple[int, float]] = field(default_factory=deque)  # number, host time due
    _next: tuple[int, float] = (0, 0.0)

    @property
    def is_ready(self) -> bool:
        """Whether it could take a picture now."""
        return len(self._sent) < MOST_IN_FLIGHT

    def offer(self, message: bytes, number: int, due_at: float) -> None:
        """A newer picture takes the place of one that was not sent."""
        self.newest, self._next = message, (number, due_at)

    def take(self) -> bytes | None:
        """What is to be sent now, if there is something and it can be taken."""
        if self.newest is None or not self.is_ready:
            return None
        message, self.newest = self.newest, None
        self._sent.append(self._next)
        return message

    def drawn(self, text: str | bytes) -> float | None:
        """It says that it has drawn the picture of this number; gives when that was due.

        What makes no sense is None and changes nothing.
        """
        if not isinstance(text, str) or not text.isascii() or not text.isdigit():
            return None
        numbers = [number for number, _ in self._sent]
        if len(text) > 10 or int(text) not in numbers:
            return None
        due_at = 0.0
        for _ in range(numbers.index(int(text)) + 1):
            _, due_at = self._sent.popleft()
        return due_at
