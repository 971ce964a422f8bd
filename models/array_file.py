"""Arrays out of somebody's .npz or .npy: whatever is wrong with the file becomes one error."""

import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from models.files import unreadable
from models.types import Array

# What numpy and zipfile were seen to raise on files with flipped bytes or cut ends.
DAMAGED = (
    OSError, ValueError, EOFError, RuntimeError, SyntaxError, TokenError, MemoryError, KeyError,
    OverflowError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
MOST_BYTES = 2**30  # unpacked; hours of poses and music have less, a few MB can unpack to more
MOST_PACKED = 1_100  # times shorter: deflate makes nothing shorter than that


class ArrayFileError(Exception):
    """A file without arrays that can be read, in one sentence."""


def read_arrays(path: Path) -> dict[str, Array]:
    """Everything in an .npz by name; no pickles. Raises ArrayFileError.

    No more memory is asked for than the file can fill, whatever its headers claim.
    """
    if why := unreadable(path):
        raise ArrayFileError(f"{why}.")
    try:
        _check_sizes(path)
        file = np.load(path, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise ArrayFileError(f"{path} is no .npz.")
        with file:
            return {name: file[name] for name in file.files}
    except DAMAGED as error:
        raise _damaged(path, ".npz", error) from error


def read_rows(path: Path) -> dict[str, Array]:
    """The fields of the rows in a structured .npy by name, (n, ...) each. Raises ArrayFileError."""
    if why := unreadable(path):
        raise ArrayFileError(f"{why}.")
    try:
        rows: Any = np.load(path, mmap_mode="r", allow_pickle=False)
        if rows.dtype.names is None:
            raise ArrayFileError(f"{path} has no rows with named fields.")
        return {name: np.array(rows[name]) for name in rows.dtype.names}
    except DAMAGED as error:
        raise _damaged(path, ".npy", error) from error


def _damaged(path: Path, kind: str, error: BaseException) -> ArrayFileError:
    why = str(error).split("\n")[0] or type(error).__name__
    return ArrayFileError(f"{path} is damaged or no {kind} ({why}).")


def _check_sizes(path: Path) -> None:
    """Raises ArrayFileError or ValueError where a header claims more than there can be, or is."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise ArrayFileError(f"{path} unpacks to more than {MOST_BYTES >> 20} MB.")
        for entry in entries:
            if entry.file_size > MOST_PACKED * max(1, entry.compress_size):
                raise ValueError(f"{entry.filename} is shorter than it claims")
            with archive.open(entry) as opened:
                if _claimed(opened) > entry.file_size:
                    raise ValueError(f"{entry.filename} is shorter than its header claims")


def _claimed(opened: IO[bytes]) -> int:
    """Bytes of the array in an open .npy by its header."""
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    version = np.lib.format.read_magic(opened)
    if version not in readers:  # names that are not Latin: no arrays of ours
        raise ValueError(f"version {version} of the format")
    shape, _, dtype = readers[version](opened)
    n_bytes = dtype.itemsize
    for length in shape:  # Python's whole numbers: numpy's would overflow
        n_bytes *= int(length)
    return n_bytes
