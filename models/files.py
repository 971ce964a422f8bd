"""Files that are there or not, as FFmpeg takes their names, and written whole or not at all."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

_IN_USE = (5, 32)  # winerror: access denied, sharing violation
_PAUSES_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.3)
_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{port}{number}" for port in ("COM", "LPT") for number in "123456789¹²³"
}


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
        give_name(part, path)
    finally:
        part.unlink(missing_ok=True)


def give_name(part: Path, path: Path, replace: Callable[[Path, Path], None] = os.replace) -> None:
    """What was written, file or folder, becomes `path`; raises OSError, and then lies where it lay.

    Windows refuses while a scanner or a player has one of them open, which for a scanner is some
    milliseconds: it is tried for a second there. Elsewhere a refusal is one.
    """
    for pause in _PAUSES_S:
        try:
            return replace(part, path)
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IN_USE:
                raise
            time.sleep(pause)
    replace(part, path)


def unfit(path: Path | str, system: str = os.name) -> str:
    """Why a file cannot have this name on a `system` as os.name has it, in a sentence without its
    stop; "" if it can.

    Windows takes some for devices, and what follows a colon for a hidden part of another file.
    """
    if system != "nt":
        return ""
    name = PureWindowsPath(path).name  # without the drive
    if name.partition(".")[0].rstrip(" ").upper() in _DEVICES:
        return f"Windows keeps the name {name} for a device"
    if wrong := sorted(set(name) & set('<>:"|?*')):
        return f"Windows has no names with {' '.join(wrong)} in them"
    return "Windows has no names that end in a dot or a space" if name.endswith((".", " ")) else ""
