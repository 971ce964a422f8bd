"""A thread of the show: started again once when it breaks, then reported as off."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

Tell = Callable[[str], None]


def start_worker(
    name: str, body: Callable[[], None], warn: Tell, fail: Tell | None = None
) -> threading.Thread:
    """Run `body` on a thread; what it raises goes to `warn`, and the show goes on.

    With `fail` the show cannot go on without it: it is not started again, and `fail` is told.
    """

    def work() -> None:
        for attempt in (1, 2):
            try:
                body()
                return
            except Exception as error:  # a part that breaks must not take the show with it
                log.info("The %s thread broke", name, exc_info=error)
                if fail is not None:
                    fail(f"The {name} thread broke: {error}")
                    return
                then = "was started again" if attempt == 1 else "is off for the rest of the show"
                warn(f"{name} broke ({error}) and {then}")

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread
