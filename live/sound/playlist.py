"""What --input names -> the songs in their order: files, folders and M3U lists. Reads the disk."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from live.sound.source import SourceError
from models.sound_file import SOUNDS, VIDEOS

LISTS = {".m3u", ".m3u8"}
LONGEST_LIST = 4_000_000  # bytes that are read of one
MOST_NAMED = 5  # missing files in one sentence

Tell = Callable[[str], None]


def is_list(path: Path) -> bool:
    """Whether it stands for songs that lie elsewhere."""
    return path.suffix.lower() in LISTS or path.is_dir()


def find_songs(inputs: Sequence[str], tell: Tell) -> tuple[Path, ...]:
    """The songs of all that is named, in this order; what is not there is told and left out.

    Raises SourceError where none is left.
    """
    songs: list[Path] = []
    missing: list[str] = []
    for name in inputs:
        path = Path(name).expanduser()
        if path.is_dir():
            found = _in_folder(path)
            if not found:
                tell(f"{path} holds no sound file: it is left out.")
            songs += found
        elif path.suffix.lower() in LISTS and path.is_file():
            songs += _in_list(path, tell)
        elif path.is_file():
            songs.append(path)
        else:
            missing.append(name)
    if missing:
        tell(_missing(missing))
    if not songs:
        raise SourceError(f"{_named(inputs)}: there is no song in it, name a sound file.")
    return tuple(songs)


def _in_folder(folder: Path) -> list[Path]:
    """By name, as people count: 2 comes before 10."""
    return sorted(
        (p for p in folder.iterdir() if not p.name.startswith(".") and _is_sound(p)),
        key=lambda path: _counted(path.name),
    )


def _is_sound(path: Path) -> bool:
    return path.suffix.lower() in SOUNDS | VIDEOS and path.is_file()


def _counted(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _in_list(path: Path, tell: Tell) -> list[Path]:
    """The entries of an M3U; relative ones beside it."""
    songs: list[Path] = []
    missing: list[str] = []
    for entry in _entries(path):
        found = _found(path.parent, entry)
        if found is None:
            missing.append(entry)
        else:
            songs.append(found)
    if missing:
        tell(f"{path.name}: {_missing(missing)}")
    elif not songs:
        tell(f"{path} names no song: it is left out.")
    return songs


def _entries(path: Path) -> Iterator[str]:
    """Without comments; UTF-8, else as older programs write: Windows-1252, or Latin-1."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_LIST)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    for line in re.split(r"[\r\n]+", text):  # names may hold what Python takes for line ends, too
        entry = line.strip().strip("\0")
        if entry and not entry.startswith("#"):
            yield entry


def _found(folder: Path, entry: str) -> Path | None:
    """The file of an entry: also one that was written on another system."""
    name = entry
    if entry.lower().startswith("file:"):
        name = _of_url(entry)
    slashed = name.replace("\\", "/")
    for spelled in dict.fromkeys((name, slashed, *(_normal(n, slashed) for n in ("NFC", "NFD")))):
        path = folder / spelled
        try:
            if path.is_file():
                return path
        except (OSError, ValueError):  # a name that no system takes
            continue
    return None


def _of_url(url: str, system: str = os.name) -> str:
    """The path in a file: URL, on a `system` as os.name has it; raises ValueError."""
    host, path = urlsplit(url)[1:3]
    if system == "nt" and host and host.lower() != "localhost":
        return "\\\\" + host + unquote(path).replace("/", "\\")  # a share
    return url2pathname(path)


def _normal(form: str, text: str) -> str:
    return unicodedata.normalize("NFC" if form == "NFC" else "NFD", text)


def _missing(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"the song {_named(names)} is not there and is left out."
    return f"{len(names)} songs are not there and are left out: {_named(names)}."


def _named(names: Sequence[str]) -> str:
    """What can be printed of them."""
    shown = ", ".join(os.fsencode(n).decode("utf-8", "replace") for n in names[:MOST_NAMED])
    return f"{shown} ..." if len(names) > MOST_NAMED else shown
