"""Recordings are written beside their place and moved there when whole."""

import os
from pathlib import Path


class RecorderError(Exception):
    """A recording that cannot start, in one sentence for the performer."""


def new_part(path: Path, suffix: str, what: str = "record") -> Path:
    """A free name beside the recording (one that a crash left is never written over), touched.

    Raises RecorderError.
    """
    for n in range(1, 1000):
        part = path.with_name(f"{path.stem}.part{n if n > 1 else ''}{suffix}")
        try:
            part.touch(exist_ok=False)
            return part
        except FileExistsError:
            continue
        except OSError as error:
            raise RecorderError(f"Cannot {what} to {path}: {in_few_words(error)}.") from error
    old = f"{path.stem}.part*{suffix}"
    raise RecorderError(f"Cannot {what} to {path}: remove the old {old} first.")


def free_name(path: Path) -> Path:
    """`path`, or where something has that name already, the first free of NAME-2, NAME-3, ...

    Raises RecorderError.
    """
    for n in range(1, 10_000):
        free = path.with_name(f"{path.stem}-{n}{path.suffix}") if n > 1 else path
        if not os.path.lexists(free):
            return free
    raise RecorderError(f"Cannot record to {path}: there are too many recordings of that name.")


def in_few_words(error: Exception) -> str:
    """What went wrong in a few words."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]
