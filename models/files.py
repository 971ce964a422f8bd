"""Files written whole or not at all, and folders to write them into."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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


def folder_to_fill(text: str) -> Path:
    """An argument that names a folder, there or still to be made.

    Raises ArgumentTypeError where it or what it lies in is a file.
    """
    path = Path(text)
    for place in (path, *path.parents):
        if place.is_dir():
            break
        if place.exists():
            raise argparse.ArgumentTypeError(f"{place} is a file, not a folder: name another one.")
    return path
