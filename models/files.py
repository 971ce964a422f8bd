"""Files written whole or not at all."""

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
