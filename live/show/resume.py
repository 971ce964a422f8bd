"""A show that goes on after a crash: what it needs for that is in a small file while it runs."""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from live.core.settings import Settings
from models.fields import Between, FieldError, check_fields
from models.files import give_name
from models.json_file import JsonError, read_json

log = logging.getLogger(__name__)

LOOK_S = 0.1  # between looks at what the performer has set
KEEP_S = 1.0  # the file is never older
_FIRST = (
    "dance",
    "background",
    "shadow",
    "scale",
    "x",
    "y",
    "fit",
    "dancers",
    "others",
    "places",
)  # what a show begins with
LONG = Between(-1.0, 1e9)  # s


@dataclass(frozen=True)
class Kept:
    """A show as it stood at one moment."""

    at: Annotated[float, LONG]  # time.monotonic(), which the processes of a computer share
    time: Annotated[float, LONG]  # media time since the first start, s, crashes included
    place: Annotated[float, LONG]  # in the input, s
    target: str
    controls: dict[str, Any]  # by their names in OSC
    song: int = 0  # of a list, in which the place is, from 1; 0 = no list
    file: str = ""  # of that song
    bars: list[int] = field(default_factory=list)  # heard so far: of the evening, of the song
    frozen: list[list[float]] = field(
        default_factory=list
    )  # the poses that are held, 18 rows a dancer
    recordings: dict[str, str] = field(default_factory=dict)  # what grows: its name when whole
    pin: str = ""  # of the page for phones, which come back with it

    @property
    def lasting(self) -> "Kept":
        """Without what changes all the time."""
        return replace(self, at=0.0, time=0.0, place=0.0, bars=[])


class Resume:
    """What was kept of the show before, if there was one; and where to keep this one."""

    def __init__(self, file: Path, crashed_at: float, n_crashes: int, is_aloud: bool) -> None:
        """`crashed_at` as time.monotonic(); `is_aloud`: the program plays its input itself."""
        self.file, self.n_crashes = file, n_crashes
        self._crashed_at, self._is_aloud = crashed_at, is_aloud
        self.before = _read(file) if n_crashes else None

    def time(self) -> float:
        """Media time of the whole show now, as if it had never stopped."""
        before = self.before
        return before.time + time.monotonic() - before.at if before else 0.0

    @cached_property
    def place(self) -> float:
        """Where in its input this show begins, s; asked when the sound begins.

        Sound that the program played stood still with it. Else the room has heard on.
        """
        before = self.before
        if before is None:
            return 0.0
        if self._is_aloud:
            return max(0.0, before.place + min(KEEP_S, self._crashed_at - before.at))
        return max(0.0, before.place + time.monotonic() - before.at)

    @property
    def song(self) -> tuple[int, str]:
        """The song of a list with which this show begins: its place, from 1, and its file."""
        return (self.before.song, self.before.file) if self.before else (0, "")

    @property
    def bars(self) -> tuple[int, int]:
        """Heard before: of the evening, of the song."""
        bars = self.before.bars if self.before else []
        return (bars[0], bars[1]) if len(bars) == 2 else (0, 0)

    def settings(self, asked: Settings) -> Settings:
        """What was asked for, with what was chosen since then."""
        before = self.before
        if before is None:
            return asked
        controls = before.controls
        screen = (asked.fullscreen or "") if controls.get("fullscreen") else None
        place = {name: controls[name] for name in _FIRST if name in controls}
        return replace(
            asked,
            target=before.target,
            fullscreen=screen,
            overwrite=False,
            remote_pin=asked.remote_pin or before.pin,
            **place,
        )


class Keeper:
    """Writes the file: at once when something is chosen, each second as time goes on."""

    def __init__(self, file: Path, look: Callable[[], Kept]) -> None:
        self._file, self._look = file, look

    def run(self, ending: threading.Event) -> None:
        """Until `ending` is set. Raises OSError."""
        written = self._write(self._look())
        while not ending.wait(LOOK_S):
            now = self._look()
            if now.at - written.at >= KEEP_S or now.lasting != written.lasting:
                written = self._write(now)

    def _write(self, kept: Kept) -> Kept:
        """Whole or not at all, but not waiting for the disk: no power cut is resumed."""
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(asdict(kept)), encoding="utf-8")
        give_name(part, self._file)
        return kept


def _read(file: Path) -> Kept | None:
    """None where there is nothing that can be used: the show then begins anew."""
    if not file.exists():  # it crashed before it began
        return None
    try:
        fields = read_json(file)
        check_fields(fields, Kept)
        return Kept(**fields)
    except (JsonError, FieldError, TypeError, AttributeError) as error:
        log.warning("What the show before has set is lost (%s).", error)
        return None
