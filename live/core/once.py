"""What several threads ask for and one works out. Any thread."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Once(Generic[Made]):
    """Values by what they are of, each made by the first who asks for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        self._made: dict[Hashable, Made] = {}

    def get(self, of: Hashable, make: Callable[[], Made]) -> Made:
        """That of `of`; only those who ask for the same wait for it. Raises what `make` raises."""
        with self._lock:
            making = self._making.setdefault(of, threading.Lock())
        with making:
            if of not in self._made:
                self._made[of] = make()
            return self._made[of]
