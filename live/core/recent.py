"""What is dear to look up and asked for often: looked up anew only when it is old. Any thread."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Calls to it give what `look` gave, at most `kept_s` seconds old."""

    def __init__(self, look: Callable[[], T], kept_s: float) -> None:
        self._look, self._kept_s = look, kept_s
        self._known: tuple[float, T] | None = None  # when it was looked up
        self._looking = threading.Lock()

    def __call__(self) -> T:
        with self._looking:
            if self._known is None or time.monotonic() - self._known[0] >= self._kept_s:
                self._known = time.monotonic(), self._look()
            return self._known[1]
