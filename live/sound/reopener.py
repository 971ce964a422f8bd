"""A sound device that may go away: lost, then tried every second until it is back.

Pure, but for a thread each time that it is opened, which can take long. What goes on meanwhile
(silence, the computer's clock) and what the performer is told is the owner's matter.
"""

import threading
from collections.abc import Callable
from time import perf_counter
from typing import Generic, Protocol, TypeVar

RETRY_S = 1.0  # all night: who plugs a device in again wants it back at once, and a try is cheap


class Closable(Protocol):
    """An open device."""

    def close(self) -> None: ...


D = TypeVar("D", bound=Closable)


def _on_thread(name: str, body: Callable[[], object]) -> None:
    threading.Thread(target=body, name=name, daemon=True).start()


class Reopener(Generic[D]):
    """Holds the device while it is open; all but the opening is for the owner's one thread.

    open -> `lose` -> lost -> `seek` until it gives the device again -> `is_back` -> open.
    """

    def __init__(
        self,
        reopen: Callable[[], D | None],
        is_ready: Callable[[D], bool] = lambda device: True,
        is_broken: Callable[[D], bool] = lambda device: False,
        now: Callable[[], float] = perf_counter,
        beside: Callable[[str, Callable[[], object]], None] = _on_thread,
    ) -> None:
        """`reopen` gives the device when it opens again, None while it does not.

        One that is not yet `is_ready` is waited for, one that `is_broken` before is given up.
        `beside` starts a thread by name.
        """
        self._reopen, self._is_ready, self._is_broken = reopen, is_ready, is_broken
        self._now, self._beside = now, beside
        self.device: D | None = None
        self.is_lost = False
        self.restarts = 0  # times that it came back
        self._offered: D | None = None  # opened, not yet taken
        self._is_opening = self._is_closed = False
        self._lock = threading.Lock()  # of the two above against the opener's thread
        self._retry_at = 0.0

    def start(self, device: D | None) -> None:
        """From now on this is the device; None = it did not open, so it is tried again."""
        self.device = device
        self.is_lost = device is None
        self._retry_at = self._now() + RETRY_S

    def lose(self) -> None:
        """The device is gone: closed beside the show, tried again from the next second on."""
        lost, self.device = self.device, None
        self.is_lost = True
        self._retry_at = self._now() + RETRY_S
        if lost is not None:
            self._beside("close", lost.close)

    def seek(self) -> D | None:
        """While it is lost: the device once it is ready, else let it be tried every second."""
        now, offered = self._now(), self._offered
        if offered is not None and self._is_broken(offered):
            self._offered = None
            offered.close()
        elif offered is not None and self._is_ready(offered):
            self.device, self._offered = offered, None
        elif offered is None and now >= self._retry_at and not self._is_opening:
            self._retry_at = now + RETRY_S
            self._is_opening = True
            self._beside("reopen", self._try)
        return self.device

    def is_back(self) -> None:
        """The device that `seek` gave works."""
        self.is_lost = False
        self.restarts += 1

    def close(self) -> None:
        """The end: what is open or being opened is closed."""
        with self._lock:
            self._is_closed = True
            left, self._offered = (self.device, self._offered), None
        for device in left:  # `device` stays, so that its counts can be read at the end
            if device is not None:
                device.close()

    def _try(self) -> None:
        try:
            device = self._reopen()
            with self._lock:
                if not self._is_closed:
                    self._offered, device = device, None
            if device is not None:
                device.close()
        finally:
            self._is_opening = False
