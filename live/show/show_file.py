"""`--show FILE.toml`: an evening written down, songs and cues. What is wrong is told and left out.

songs = ["opening.flac", "set/"]
crossfade = 6

[[cue]]
song = 2
at = "1:05"
target = "bob"
"""

import datetime
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from live.controls.entries import number_of
from live.core.settings import CROSSFADES_S, GAPS_S, Cue
from models.files import unreadable

MOST_BYTES = 4_000_000
LONGEST_S, MOST_BARS, MOST_SONGS = 1e7, 1_000_000, 100_000
PLACES = ("at", "bar", "song")  # of a cue; all else is set
_TIME = re.compile(r"(?:(\d{1,9}):)?(\d{1,9}):(\d{1,2}(?:\.\d{1,9})?)")

Tell = Callable[[str], None]


class ShowFileError(Exception):
    """The file cannot be read at all; says in one sentence why and what to do."""


class ShowFile(NamedTuple):
    """What is written in it."""

    settings: dict[str, Any]  # fields of Settings: input, then, gap, crossfade, loop
    cues: tuple[Cue, ...]


def read_show(path: Path, tell: Tell) -> ShowFile:
    """Raises ShowFileError for what is no TOML file."""
    written = _read(path)

    def wrong(what: str) -> None:
        tell(f"{path.name}: {what} It is left out.")

    settings: dict[str, Any] = {}
    cues: tuple[Cue, ...] = ()
    for name, value in written.items():
        if name == "songs":
            settings |= _songs(path.parent, value, wrong)
        elif name == "loop":
            if isinstance(value, bool):
                settings[name] = value
            else:
                wrong("loop is true or false.")
        elif name in ("gap", "crossfade"):
            low, high = GAPS_S if name == "gap" else CROSSFADES_S
            if _is_number(value) and low <= value <= high:
                settings[name] = float(value)
            else:
                wrong(f"{name} is a number of seconds from {low:g} to {high:g}.")
        elif name == "cue":
            cues = _cues(path.name, value, wrong)
        else:
            wrong(f"there is no {name}, but songs, gap, crossfade, loop and [[cue]].")
    if settings.get("gap") and settings.get("crossfade"):
        wrong("there is either a gap or a crossfade; the gap is one too many.")
        del settings["gap"]
    return ShowFile(settings, cues)


def _read(path: Path) -> dict[str, Any]:
    if why := unreadable(path):
        raise ShowFileError(f"{why}: name a TOML file with --show.")
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ShowFileError(f"{path} is larger than {MOST_BYTES // 10**6} MB: it is no show.")
        return tomllib.loads(data.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # also too many digits
        raise ShowFileError(f"{path} is not written as TOML is ({error}): correct it.") from error


def _songs(folder: Path, value: Any, wrong: Tell) -> dict[str, Any]:
    """Beside the file, unless their paths are whole."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list):
        wrong('songs is a list of files, like ["a.flac", "folder"].')
        return {}
    songs: list[str] = []
    for name in names:
        if isinstance(name, str) and name:
            songs.append(str(folder / Path(name).expanduser()))
        else:
            wrong(f"{name!r} among the songs is no file.")
    return {"input": songs[0], "then": tuple(songs[1:])} if songs else {}


def _cues(file: str, value: Any, wrong: Tell) -> tuple[Cue, ...]:
    if not isinstance(value, list):
        wrong("a cue begins with [[cue]], in two brackets.")
        return ()
    cues = (
        _cue(f"{file}, cue {number}", entry, wrong, number)
        for number, entry in enumerate(value, start=1)
    )
    return tuple(cue for cue in cues if cue)


def _cue(label: str, entry: Any, wrong: Tell, number: int) -> Cue | None:
    def refuse(what: str) -> None:
        wrong(f"cue {number}: {what}")

    if not isinstance(entry, dict):
        return refuse("it is no table.")
    time, bar, song = (entry.get(name) for name in PLACES)
    if (time is None) == (bar is None):
        return refuse('it needs either at (seconds or "M:SS") or bar.')
    seconds = None if time is None else seconds_of(time)
    if time is not None and seconds is None:
        return refuse(f"at = {time!r} is neither a number of seconds nor a time like 1:05.")
    if bar is not None and not _is_count(bar, MOST_BARS):
        return refuse(f"bar = {bar!r} is not a number from 1.")
    if song is not None and not (_is_count(song, MOST_SONGS) or (isinstance(song, str) and song)):
        return refuse(f"song = {song!r} is neither a place in the list, from 1, nor a file's name.")
    sets = tuple((name, value) for name, value in entry.items() if name not in PLACES)
    if not sets:
        return refuse("it sets nothing.")
    return Cue(label, sets, seconds, bar, song or 0)


def seconds_of(time: Any) -> float | None:
    """Seconds, "M:SS", "H:MM:SS" or TOML's own H:MM:SS -> s; None for what is no such time."""
    seconds: float | None = None
    if _is_number(time):
        seconds = number_of(time)
    elif isinstance(time, datetime.time):
        seconds = time.hour * 3600 + time.minute * 60 + time.second + time.microsecond / 1e6
    elif isinstance(time, str) and (found := _TIME.fullmatch(time.strip())):
        seconds = int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3])
    return seconds if seconds is not None and 0 <= seconds <= LONGEST_S else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
