"""Types of arguments: numbers within their bounds, folders and files.

What cannot be used is said at once, by argparse.
"""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

MOST_SEED = 2**32 - 1  # that every generator of random numbers takes


def whole(low: int = 1, high: int = 2**31 - 1) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""

    def checked(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return value

    return checked


def number(low: float, high: float) -> Callable[[str], float]:
    """A number from `low` to `high`; neither nan nor inf."""

    def checked(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise ArgumentTypeError(f"{text!r} is not a number from {low:.10g} to {high:.10g}")
        return value

    return checked


any_seed = whole(0, MOST_SEED)
share = number(0, 1)


def folder_there(text: str) -> Path:
    """A folder to read from."""
    path = Path(text)
    if not path.is_dir():
        raise ArgumentTypeError(f"{path} is no folder." if path.exists() else f"no folder {path}.")
    return path


def folder_to_fill(text: str) -> Path:
    """A folder to write into, there or still to be made."""
    path = Path(text)
    _must_be_folders(path, *path.parents)
    return path


def file_to_write(text: str) -> Path:
    """A file to write, whose folder is there or still to be made."""
    path = Path(text)
    if path.is_dir():
        raise ArgumentTypeError(f"{path} is a folder: name a file.")
    _must_be_folders(*path.parents)
    return path


def _must_be_folders(*places: Path) -> None:
    for place in places:
        if place.exists() and not place.is_dir():
            raise ArgumentTypeError(f"{place} is a file: name a folder.")
