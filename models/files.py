"""Files that are there or not, as FFmpeg takes their names, and written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def unreadable(path: Path) -> str:
    """Why nothing can be read from `path`, in a sentence without its stop; "" if something can.

    A pipe or a device is never opened: whoever reads it might wait for ever.
    """
    try:
        if not path.exists():
            return f"There is no file {path}"
        if path.is_dir():
            return f"{path} is a folder, not a file"
        if not path.is_file():
            return f"{path} is a pipe or a device, not a file"
        with path.open("rb") as file:
            return "" if file.read(1) else f"{path} is empty"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"


def url(path: Path) -> str:
    """As FFmpeg takes the name of a file: a relative "20:30.mp4" would be a protocol."""
    return str(path.absolute())


@contextmanager
def write_whole(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to, which takes its place when all went well.

    On any error `path` stays as it was and nothing is left behind; only a crash leaves the hidden
    `.NAME.part.SUFFIX`, which the next writing replaces. One process at a time may write `path`.
    """
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        with part.open("rb+") as file:  # on the disk before it has the name
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
