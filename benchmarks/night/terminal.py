"""Signals as in a terminal.

What a shell starts in the background is to ignore Ctrl-C, and under nohup a closed terminal, and so
does all that it starts in turn; programs that are stopped by way of trial must not.
"""

import signal


def as_in_a_terminal() -> None:
    """From now on this process, and what it starts, can be stopped. On the main thread."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
