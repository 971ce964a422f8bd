"""Arguments that name folders and files: what cannot be used is said at once, by argparse."""

from argparse import ArgumentTypeError
from pathlib import Path


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
