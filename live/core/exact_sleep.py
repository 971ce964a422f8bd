"""Waiting that ends when it is due on every system.

time.sleep is exact to 0.1 ms since Python 3.11; an Event's wait is up to 16 ms late on Windows.
"""

import threading
import time

SLICE_S = 0.1  # between looks whether it is over


def sleep_until(at: float, ending: threading.Event) -> bool:
    """Until host time `at`, or until `ending` is set; whether that is."""
    while not (is_over := ending.is_set()) and (left := at - time.perf_counter()) > 0:
        time.sleep(min(left, SLICE_S))
    return is_over
