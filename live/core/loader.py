"""What is loaded on a wish, beside the show: one thread, and only the newest wish counts.

A wish is not a job. A hundred of them, from a knob or a fader, cost as much as the last one.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from live.core.heap import give_back

log = logging.getLogger(__name__)

SETTLE_S = 0.1  # a wish that stood so long is loaded: a knob that is still turned is waited for
RETRY_S = 2.0  # a wish that failed is not tried again before
FREED_AFTER_S = 0.2  # by then no thread uses what was shown before

Wish = TypeVar("Wish")
Loaded = TypeVar("Loaded")


class Loader(Generic[Wish, Loaded]):
    """`wish` is for any thread; `load`, `show` and `fail` are called on the loader's own.

    `show` takes what was loaded, `drop` what was loaded while something else was wished for; what
    `load` raises goes to `fail`, and what was shown stays. `shown` is there from the start.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[Wish], Loaded],
        show: Callable[[Wish, Loaded], None],
        fail: Callable[[Wish, Exception], None],
        drop: Callable[[Loaded], None] = lambda _: None,
        shown: Wish | None = None,
        settle: Callable[[Wish], float] = lambda _: SETTLE_S,
    ) -> None:
        """`settle` says how long a wish has to stand before it is loaded, s."""
        self._name, self._load, self._show, self._fail = name, load, show, fail
        self._drop, self._settle = drop, settle
        self._news = threading.Condition()
        self._shown = self._wanted = shown
        self._wanted_at = 0.0  # host time
        self._failed: dict[Wish, float] = {}  # host time at which
        self._is_closed = False
        self._is_running = False
        self._thread: threading.Thread | None = None

    @property
    def wanted(self) -> Wish | None:
        """The newest wish: shown already, or to be shown next."""
        return self._wanted

    def wish(self, wish: Wish) -> bool:
        """Show this in the end; nothing happens where that is so already. Returns at once.

        False = it will not be shown: it failed a moment ago, or this is closed.
        """
        with self._news:
            now = time.perf_counter()
            if wish == self._wanted:
                return True
            if self._is_closed or now - self._failed.get(wish, -RETRY_S) < RETRY_S:
                return False
            self._wanted, self._wanted_at = wish, now
            if not self._is_running:
                self._is_running = True
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._news.notify()
            return True

    def close(self, timeout: float | None = None) -> None:
        """No more wishes; returns when what is being loaded now is done and thrown away."""
        with self._news:
            self._is_closed = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join(timeout)

    # the loader's thread

    def _work(self) -> None:
        while (wish := self._next()) is not None:
            try:
                self._bring(wish, self._load(wish))
            except Exception as error:  # whatever a file or driver throws: the show goes on
                log.info("%s failed", self._name, exc_info=error)
                self._give_up(wish, error)

    def _next(self) -> Wish | None:
        """The newest wish once it stands; None when there is none, and the thread ends."""
        with self._news:
            while not self._is_closed:
                wanted = self._wanted
                if wanted is None or wanted == self._shown:
                    if not self._news.wait(FREED_AFTER_S):
                        break
                    continue
                left = self._wanted_at + self._settle(wanted) - time.perf_counter()
                if left <= 0:
                    return wanted
                self._news.wait(left)
            self._is_running = False
        give_back()
        return None

    def _bring(self, wish: Wish, loaded: Loaded) -> None:
        with self._news:
            is_wanted = not self._is_closed and wish == self._wanted
            if is_wanted:
                self._show(wish, loaded)
                self._shown = wish
        if not is_wanted:
            self._drop(loaded)

    def _give_up(self, wish: Wish, error: Exception) -> None:
        with self._news:
            now = time.perf_counter()
            self._failed = {w: at for w, at in self._failed.items() if now - at < RETRY_S}
            self._failed[wish] = now
            if self._is_closed or wish != self._wanted:
                return
            self._wanted = self._shown
        self._fail(wish, error)
