"""Arrays out of somebody's .npz: whatever is wrong with the file becomes one error."""

import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError

import numpy as np

from models.types import Array

# What numpy and zipfile were seen to raise on files with flipped bytes or cut ends.
DAMAGED = (
    OSError, ValueError, EOFError, RuntimeError, SyntaxError, TokenError, MemoryError, KeyError,
    OverflowError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


MOST_BYTES = 2**30  # unpacked; hours of poses and music have less, a few MB can unpack to more


class ArrayFileError(Exception):
    """A file without arrays that can be read, in one sentence."""


def read_arrays(path: Path) -> dict[str, Array]:
    """Everything in an .npz by name; no pickles. Raises ArrayFileError."""
    try:
        file = np.load(path, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise ArrayFileError(f"{path} is no .npz.")
        with file:
            entries = file.zip.infolist() if file.zip else []
            if sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise ArrayFileError(f"{path} unpacks to more than {MOST_BYTES >> 20} MB.")
            return {name: file[name] for name in file.files}
    except FileNotFoundError as error:
        raise ArrayFileError(f"There is no file {path}.") from error
    except DAMAGED as error:
        why = str(error).split("\n")[0] or type(error).__name__
        raise ArrayFileError(f"{path} is damaged or no .npz ({why}).") from error
