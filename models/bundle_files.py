"""One file out of a bundle, a folder or a .zip: whatever is wrong with it is one sentence.

Never more is read or unpacked than a bundle can hold.
"""

import zipfile
from pathlib import Path, PurePosixPath

from models.fields import in_brief

MANIFEST = "manifest.json"
MOST_MANIFEST = 2**20  # bytes; the longest so far has 3,000
MOST_FILE = 2**30  # bytes; the paper's painter in 32 bits has 0.75 GB
# Weights hardly shrink; a file that unpacks to so many times its size holds none.
MOST_UNPACKED = 50
FREELY = 16 * 2**20  # bytes below which that does not matter
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others cannot be unpacked bit by bit
_IS_LOCKED = 0x1  # bit of a zip's entry
_BESIDE = {"__MACOSX", ".DS_Store", "Thumbs.db"}  # what file managers add to a zip


class BundleError(Exception):
    """A bundle that cannot be used, in one sentence for the performer."""


def is_path(name: str) -> bool:
    """Whether it names a place on this computer, not a bundle that is known by its name."""
    return name.endswith(".zip") or any(mark in name for mark in ("/", "\\", ":"))


def called(path: Path) -> str:
    """The name of a foreign file as every terminal prints it."""
    name = path.name or str(path)
    return name if name.isprintable() and len(name) < 100 else in_brief(name)


def read_inside(root: Path, file: str, most: int = MOST_FILE) -> bytes:
    """All of one file, at most so many bytes.

    Raises BundleError, whatever a disk, an archive or a foreign file system throws.
    """
    refuse_outside(root, file)
    try:
        if root.is_dir():
            return _from_folder(root, file, most)
        if not root.exists():
            raise BundleError(f"Bundle {called(root)}: there is no such file or folder.")
        if not root.is_file():
            raise BundleError(f"Bundle {called(root)} is neither a folder nor a .zip.")
        return _from_zip(root, file, most)
    except BundleError:
        raise
    except Exception as error:  # whatever a damaged zip makes its reader throw
        raise BundleError(
            f"Bundle {called(root)}: cannot read {file} ({_in_few_words(error)})."
        ) from error


def refuse_outside(root: Path, file: str) -> None:
    """Raises BundleError for a name that is not one of a file below the bundle."""
    parts = PurePosixPath(file).parts
    if not parts or file.startswith("/") or ".." in parts or "\\" in file or ":" in file:
        raise _outside(root, file)
    if not file.isprintable():
        raise BundleError(f"Bundle {called(root)} names the file {in_brief(file)}: not used.")


def _outside(root: Path, file: str) -> BundleError:
    return BundleError(
        f"Bundle {called(root)} names a file outside its folder ({in_brief(file)[1:-1]}): not used."
    )


def _in_few_words(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return in_brief(text or type(error).__name__)[1:-1]


def _from_folder(root: Path, file: str, most: int) -> bytes:
    inside = (root / file).resolve()
    if not inside.is_relative_to(root.resolve()):
        raise _outside(root, file)
    if not inside.exists():
        raise BundleError(f"Bundle {called(root)}: there is no {file} in it.")
    if not inside.is_file():  # a pipe would be waited for
        raise BundleError(f"Bundle {called(root)}: {file} is no file.")
    with inside.open("rb") as opened:
        return _bounded(root, file, opened.read(most + 1), most)


def _from_zip(root: Path, file: str, most: int) -> bytes:
    with zipfile.ZipFile(root) as archive:
        name = _folder_in(root, archive) + file
        if name not in archive.namelist():
            raise BundleError(f"Bundle {called(root)}: there is no {file} in it.")
        entry = archive.getinfo(name)
        if entry.flag_bits & _IS_LOCKED:
            raise BundleError(f"Bundle {called(root)} is locked: zip it without a password.")
        if entry.compress_type not in PACKED:
            raise BundleError(f"Bundle {called(root)} is packed in another way: zip it again.")
        packed = max(1, entry.compress_size)
        if entry.file_size > most or entry.file_size > max(FREELY, MOST_UNPACKED * packed):
            raise _too_large(root, file)
        with archive.open(entry) as opened:
            return _bounded(root, file, opened.read(most + 1), most)


def _folder_in(root: Path, archive: zipfile.ZipFile) -> str:
    """Where the files lie: at the top, or in the one folder that was zipped as a whole."""
    names = set(archive.namelist())
    if MANIFEST in names:
        return ""
    tops = {name.partition("/")[0] for name in names} - _BESIDE
    top = f"{tops.pop()}/" if len(tops) == 1 else ""
    if not top or f"{top}{MANIFEST}" not in names:
        raise BundleError(
            f"Bundle {called(root)}: there is no {MANIFEST} in it; zip the folder of one bundle."
        )
    return top


def _bounded(root: Path, file: str, content: bytes, most: int) -> bytes:
    if len(content) > most:
        raise _too_large(root, file)
    return content


def _too_large(root: Path, file: str) -> BundleError:
    return BundleError(f"Bundle {called(root)}: {file} is larger than that of a bundle can be.")
