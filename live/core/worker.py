"""A thread of the show that is started again, with growing pauses, as often as a night needs."""

import errno
import logging
import threading
from collections.abc import Callable
from time import perf_counter

from live.core.back_off import BackOff

log = logging.getLogger(__name__)

Tell = Callable[[str, float], None]


def start_worker(
    name: str,
    body: Callable[[], None],
    ending: threading.Event,
    broke: Tell,
    fail: Callable[[str], None] | None = None,
    now: Callable[[], float] = perf_counter,
    rest: Callable[[float], object] | None = None,
) -> threading.Thread:
    """Run `body` on a thread until it returns, again after whatever it raises, until `ending`.

    `broke` is told the reason and the pause (s) each time. With `fail` the show cannot go on
    without it: it is not started again, and `fail` is told. `now` and `rest` are the clock.
    """
    rest = rest or ending.wait

    def work() -> None:
        back_off = BackOff()
        while not ending.is_set():
            began = now()
            try:
                body()
                return
            except Exception as error:  # a part that breaks must not take the show with it
                log.info("The %s thread broke", name, exc_info=error)
                if fail is not None:
                    fail(f"The {name} thread broke: {first_line(error)}")
                    return
                pause = back_off.pause_after(now() - began)
                broke(first_line(error), pause)
                rest(pause)

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def first_line(error: Exception) -> str:
    """The first line of what a library or driver says, or the error's name."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return "another program has its port"  # else Python tells numbers and brackets
    return (str(error).splitlines() or [type(error).__name__])[0]
