"""The kinds of films by the end of their name, one line each."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from live.film.forms import MOV, MP4, WEBM, Form
from live.film.tracks import AvTracks, Take, Tracks
from live.recording.fragments import plays, remux, trim
from live.recording.part_file import RecorderError, new_part, own_place
from live.recording.png_folder import PngFolder
from models.files import give_name, url


class FilmKind(Protocol):
    """How a film is written beside its place, and put there."""

    @property
    def has_alpha(self) -> bool:
        """The dancer alone, else the stage."""
        ...

    def part(self, path: Path) -> Path:
        """An empty one beside the place, for what grows. Raises RecorderError."""
        ...

    def tracks(self, part: Path, path: Path, take: Take) -> Tracks:
        """Raises OSError, FFmpegError or ValueError."""
        ...

    def finish(self, part: Path, path: Path, is_whole: bool, replaces: bool = True) -> Path:
        """A part that is closed gets its name; not `is_whole`: it broke off.

        Unless it `replaces` what has that name by now it gets the next that is free. The name that
        it has got. Raises OSError, FFmpegError, ValueError or RecorderError: then the part is there
        still.
        """
        ...

    def rescue(self, part: Path, path: Path) -> None:
        """The same of what a killed show left, quickly. An empty one is removed."""
        ...

    def holds(self, film: Path) -> bool:
        """Whether one that broke off has a picture in it."""
        ...

    def remove(self, part: Path) -> None:
        """Nothing is in it, or it is gone."""
        ...


@dataclass(frozen=True)
class FilmInAFile:
    """A film that FFmpeg writes."""

    form: Form
    suffix: str  # of its part
    has_alpha: bool = True

    def part(self, path: Path) -> Path:
        if os.path.isdir(path):
            raise RecorderError(f"Cannot record to {path}: it is a folder.")
        return new_part(path, self.suffix)

    def tracks(self, part: Path, path: Path, take: Take) -> Tracks:
        return AvTracks(url(part), self.form, *take)

    def finish(self, part: Path, path: Path, is_whole: bool, replaces: bool = True) -> Path:
        with own_place(path, replaces) as place:
            give_name(part, place)
        return place

    def rescue(self, part: Path, path: Path) -> None:
        if part.stat().st_size:
            give_name(part, path)
        else:
            part.unlink()

    def holds(self, film: Path) -> bool:
        return plays(film)

    def remove(self, part: Path) -> None:
        part.unlink(missing_ok=True)


class FilmInFragments(FilmInAFile):
    """One that is cut to what is whole after a crash or on a full disk; MOV."""

    def finish(self, part: Path, path: Path, is_whole: bool, replaces: bool = True) -> Path:
        if not is_whole:
            trim(part)
        return super().finish(part, path, is_whole, replaces)

    def rescue(self, part: Path, path: Path) -> None:
        trim(part)
        super().rescue(part, path)


class FilmFromFragments(FilmInFragments):
    """One that is written anew at its end, so that it starts playing at once; MP4."""

    def finish(self, part: Path, path: Path, is_whole: bool, replaces: bool = True) -> Path:
        finished = part.with_name(part.name.replace(".part", ".finish"))
        try:
            if trim(part) == 0:  # FFmpeg is silent on a disk that is full at the very end
                raise OSError("the disk may be full")
            remux(part, finished)
            with own_place(path, replaces) as place:
                give_name(finished, place)
        except BaseException:
            finished.unlink(missing_ok=True)
            raise
        with suppress(
            OSError
        ):  # on Windows somebody may look at it: the film is whole all the same
            part.unlink()
        return place


_MP4 = FilmFromFragments(MP4, ".mp4", has_alpha=False)
_FOLDER = PngFolder()
KINDS: dict[str, FilmKind] = {
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": FilmInFragments(MOV, ".mov"),
    ".webm": FilmInAFile(WEBM, ".webm"),
}


def kind_of(name: str) -> FilmKind:
    """By the end of the name; a folder ends in a slash. Raises RecorderError."""
    if name.endswith(("/", os.sep)):
        return _FOLDER
    if kind := KINDS.get(Path(name).suffix.lower()):
        return kind
    if os.path.isdir(name):
        raise RecorderError(
            f"Cannot record to {name}: it is a folder; write {name}{os.sep} for one of pictures."
        )
    raise RecorderError(
        f"Cannot record to {name}: the name must end in .mp4, with the dancer cut out in .mov or "
        ".webm, or in / for a folder of pictures."
    )


def kind_of_part(part: Path) -> FilmKind:
    """Of what a killed show left. Raises RecorderError."""
    return _FOLDER if part.is_dir() else kind_of(part.name)
