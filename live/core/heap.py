"""Memory that was freed, given back to the system."""

import ctypes
import sys
from functools import cache
from typing import Any


@cache
def _trim() -> Any:
    """glibc's own; None with another library."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # musl
        return None


def give_back() -> None:
    """What is free in this process goes back; a network leaves holes that glibc keeps otherwise."""
    trim = _trim()
    if trim is not None:
        trim(ctypes.c_size_t(0))
