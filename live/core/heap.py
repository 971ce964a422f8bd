"""Memory of the C library: in few places, and given back to the system once it is free."""

import ctypes
import sys
from functools import cache
from typing import Any

M_ARENA_MAX = -8  # of glibc's malloc.h
ARENAS = 2


@cache
def _glibc(name: str) -> Any:
    """A function of glibc's own; None with another library."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError):  # musl
        return None


def stay_small() -> None:
    """Before threads begin. Each of them has a heap of its own otherwise, and what a loader freed
    in one of them is not what the next one takes: a night of changes grows.
    """
    limit = _glibc("mallopt")
    if limit is not None:
        limit(ctypes.c_int(M_ARENA_MAX), ctypes.c_int(ARENAS))


def give_back() -> None:
    """What is free in this process goes back; a network leaves holes that glibc keeps otherwise."""
    trim = _glibc("malloc_trim")
    if trim is not None:
        trim(ctypes.c_size_t(0))
