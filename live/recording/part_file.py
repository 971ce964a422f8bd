"""Recordings are written beside their place and moved there when whole."""

import errno
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from models.files import give_name, unfit


class RecorderError(Exception):
    """A recording that cannot start, in one sentence for the performer."""


def _touch(part: Path) -> None:
    part.touch(exist_ok=False)


def new_part(
    path: Path, suffix: str, what: str = "record", make: Callable[[Path], None] = _touch
) -> Path:
    """A free name beside the recording (one that a crash left is never written over), made.

    Raises RecorderError. `make` an empty file, or what raises FileExistsError as well.
    """
    if why := unfit(path):
        raise RecorderError(f"Cannot {what} to {path}: {why}.")
    for n in range(1, 1000):
        part = path.with_name(f"{path.stem}.part{n if n > 1 else ''}{suffix}")
        try:
            make(part)
            return part
        except FileExistsError:
            continue
        except OSError as error:
            raise RecorderError(f"Cannot {what} to {path}: {in_few_words(error)}.") from error
    old = f"{path.stem}.part*{suffix}"
    raise RecorderError(f"Cannot {what} to {path}: remove the old {old} first.")


def free_name(path: Path, besides: Collection[Path] = ()) -> Path:
    """`path`, or where something has that name already, the first free of NAME-2, NAME-3, ...

    Those `besides` are not free. Raises RecorderError.
    """
    for n in range(1, 10_000):
        free = path.with_name(f"{path.stem}-{n}{path.suffix}") if n > 1 else path
        if free not in besides and not os.path.lexists(free):
            return free
    raise RecorderError(f"Cannot record to {path}: there are too many recordings of that name.")


@contextmanager
def own_place(path: Path, replaces: bool) -> Iterator[Path]:
    """Where a file is put that is whole: `path` if it `replaces` what is there, else where it is
    free by now, which no other program gets meanwhile.

    Raises RecorderError or OSError; on any error an empty file in a free place goes again.
    """
    if replaces:
        yield path
        return
    place = path
    while True:
        place = free_name(path)
        try:
            place.touch(exist_ok=False)
            break
        except FileExistsError:
            continue
    try:
        yield place
    except BaseException:
        if place.stat().st_size == 0:
            place.unlink()
        raise


def put_folder(part: Path, path: Path) -> Path:
    """A folder that is whole gets its name, or the next that is free. Raises as `own_place`."""
    while True:
        place = free_name(path)
        try:
            give_name(part, place)
            return place
        except OSError as error:  # another program was quicker
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise


def in_few_words(error: Exception) -> str:
    """What went wrong in a few words."""
    text = str(getattr(error, "strerror", None) or error)  # FFmpeg's errors have one as well
    return text[:1].lower() + text[1:]
