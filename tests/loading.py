"""What a test waits for that loads beside a show."""

import threading
import time

PATIENCE_S = 30.0


def until_loaded():
    """Until nothing is being loaded."""
    until = time.perf_counter() + PATIENCE_S
    while any(thread.name.startswith("load") for thread in threading.enumerate()):
        assert time.perf_counter() < until
        time.sleep(0.01)
