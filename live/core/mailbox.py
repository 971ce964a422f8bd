"""Two ways from thread to thread: the newest only, or a bounded queue that counts its drops."""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Size one: a new item replaces one that nobody took. `n_replaced` counts those."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: T | None = None
        self.n_replaced = 0

    def put(self, item: T) -> None:
        with self._condition:
            self.n_replaced += self._item is not None
            self._item = item
            self._condition.notify()

    def take(self, timeout: float | None = 0.0) -> T | None:
        """The newest item, or None after `timeout` seconds (0 = at once)."""
        with self._condition:
            if self._item is None and timeout != 0.0:
                self._condition.wait(timeout)
            item, self._item = self._item, None
            return item


class Bounded(Generic[T]):
    """First in, first out, at most `size`: when full the oldest is dropped and counted."""

    def __init__(self, size: int) -> None:
        self._condition = threading.Condition()
        self._items: deque[T] = deque()
        self._size = size
        self._closed = False
        self.n_dropped = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        with self._condition:
            if len(self._items) >= self._size:
                self._items.popleft()
                self.n_dropped += 1
            self._items.append(item)
            self._condition.notify()

    def take(self, timeout: float | None = None) -> T | None:
        """The oldest item, or None after `timeout` seconds or when closed and empty."""
        with self._condition:
            if not self._items and not self._closed:
                self._condition.wait(timeout)
            return self._items.popleft() if self._items else None

    def close(self) -> None:
        """Wake the reader; what is queued can still be taken."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed and not self._items
