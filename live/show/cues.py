"""What a written show sets by itself: when each cue is due, the same live and offline. Pure.

Where a cue is due is known half a second ahead, on media time. What concerns the dance is obeyed
with the chunk in which it is due, what concerns the picture with the first frame at or after it.
"""

import threading
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from live.controls.commands import command_for, refusal
from live.core.messages import Beat, Command, Song, SwitchTarget
from live.core.settings import Cue
from live.dance.beat_events import BeatEvents
from live.dance.performer import OBEYED
from live.sound.source import Songs
from models import bundle

LEAD_S = 0.5  # more than frames are painted ahead of what is heard, and less than a song is known
BY_HAND = {"tap", "next", "previous", "ping"}  # controls that mean the moment of a hand

Tell = Callable[[str], None]
Read = Callable[[str], Any]


class Planned(NamedTuple):
    """A cue that is understood."""

    cue: Cue
    commands: tuple[Command, ...]


class Cues:
    """`plan`, then `begin`; then one thread looks and hears, and any takes what is due."""

    def __init__(self, songs: Songs | None = None) -> None:
        self._songs = songs
        self._planned: tuple[Planned, ...] = ()
        self._began = 0.0
        self._looked = 0.0  # media time up to which all cues are announced
        self._song: Song | None = None
        self._in_song: list[tuple[float, Planned]] = []  # cues of the songs that are heard
        self._beats = BeatEvents()
        self.bars = [0, 0]  # heard so far, of the evening and of the song
        self._of_dance = Due()
        self._of_picture = Due()

    def plan(self, cues: Sequence[Cue], read: Read, tell: Tell) -> None:
        """Understand them by the table of controls; what is wrong is told and left out."""
        heard = [cue for cue in cues if self._is_heard(cue, tell)]
        planned = (Planned(cue, _commands(cue, read, tell)) for cue in heard)
        self._planned = tuple(one for one in planned if one.commands)

    def _is_heard(self, cue: Cue, tell: Tell) -> bool:
        """Whether the song of a cue is in the list, or it belongs to none."""
        names = self._songs.names if self._songs else ()
        if not cue.song or any(cue.is_of(n, name) for n, name in enumerate(names, start=1)):
            return True
        why = f"there is no song {cue.song!r} in the list." if names else "no songs are played."
        tell(f"{cue.label}: {why} It is left out.")
        return False

    def begin(self, began: float = 0.0, bars: Sequence[int] = (0, 0)) -> None:
        """Media time 0 is `began` s into the evening, and so many bars were heard before."""
        self._began, self.bars = began, [*bars]
        self.look(0.0)

    def look(self, time: float) -> None:
        """Announce what is due by its time, a little beyond media time `time`."""
        until = time + LEAD_S
        for one in self._planned:
            if one.cue.time is not None and not one.cue.song:
                due = one.cue.time - self._began
                if self._looked <= due < until:
                    self._announce(due, one)
        self._looked = max(until, self._looked)
        song = self._songs.at(until) if self._songs else None
        if song and (self._song is None or song.count > self._song.count):
            self._begin_song(song)
        for due, one in self._in_song:
            if due < until:
                self._announce(due, one)
        self._in_song = [(due, one) for due, one in self._in_song if due >= until]

    def hear(self, beat: Beat) -> None:
        """Announce what is due on a bar that is foreseen by this beat."""
        until = beat.time + LEAD_S
        while (event := self._beats.expect(beat, beat.time)) and event.time < until:
            self._beats.sent(event)
            if event.bar:
                self._begin_bar(event.time)

    def of_dance(self, until: float) -> list[Command]:
        """What the dance has to obey before media time `until`; each once."""
        return self._of_dance.take(until)

    def of_picture(self, time: float) -> list[Command]:
        """What holds for a frame of media time `time`; each once."""
        return self._of_picture.take(time + 1e-9)

    def _begin_song(self, song: Song) -> None:
        """Its cues come; those of the one before go on while it is faded out."""
        self._song, self.bars[1] = song, self.bars[1] if self._song is None else 0
        faded = 2 * song.turn - song.heard_from
        self._in_song = [(due, one) for due, one in self._in_song if due < faded]
        for one in self._planned:
            if one.cue.time is not None and one.cue.is_of(song.number, song.name):
                due = song.begin + one.cue.time
                if due >= song.heard_from - 1e-9:
                    self._in_song.append((due, one))

    def _begin_bar(self, time: float) -> None:
        song = self._song
        self.bars[0] += 1
        self.bars[1] += song is not None and time >= song.turn
        for one in self._planned:
            if not one.cue.song:
                is_now = one.cue.bar == self.bars[0]
            else:
                is_ours = song is not None and one.cue.is_of(song.number, song.name)
                is_now = is_ours and one.cue.bar == self.bars[1]
            if is_now:
                self._announce(time, one)

    def _announce(self, due: float, one: Planned) -> None:
        for command in one.commands:
            place = self._of_dance if isinstance(command, OBEYED) else self._of_picture
            place.put(due, command)


class Due:
    """Commands and when they are due; put by one thread, taken by another."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, Command]] = []
        self._lock = threading.Lock()

    def put(self, due: float, command: Command) -> None:
        with self._lock:
            self._waiting.append((due, command))
            self._waiting.sort(key=itemgetter(0))  # stable: of one time in their order

    def take(self, until: float) -> list[Command]:
        """All that is due before `until`."""
        if not self._waiting:
            return []
        with self._lock:
            taken = [command for due, command in self._waiting if due < until]
            self._waiting = self._waiting[len(taken) :]
        return taken


def _commands(cue: Cue, read: Read, tell: Tell) -> tuple[Command, ...]:
    """All that the cue sets, as far as it is understood."""
    commands: list[Command] = []
    for name, value in cue.sets:
        found = command_of(name, value, read)
        if isinstance(found, str):
            tell(f"{cue.label}: {found} It is left out.")
        else:
            commands += found
    return tuple(commands)


def command_of(name: str, value: Any, read: Read) -> list[Command] | str:
    """What setting a control means, or why not: the one place that asks the table of controls."""
    if name in BY_HAND:
        return f"{name} is for the hand alone."
    commands = command_for(name, value, read, 0.0)
    if commands is None:
        return refusal(name, value, read)
    for command in commands:
        if isinstance(command, SwitchTarget) and command.name != "skeleton":
            try:
                bundle.find("target", command.name)
            except bundle.BundleError as error:
                return str(error)
    return commands
