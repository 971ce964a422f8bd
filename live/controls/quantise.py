"""Changes that wait for a beat or a bar line, so that they are seen on it. Pure but for a lock."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from live.controls.modulation import Bar
from live.core.messages import Beat, Command
from live.core.settings import WAITED_FOR

AT_ONCE = "off"
STALE_S = 2.0  # a grid that nobody confirmed for so long is no longer waited for


class Grid:
    """Beats and bar lines to come. Bars are counted from the first that was known."""

    def __init__(self) -> None:
        self._line = 0.0  # media time of some bar line
        self._number = 0  # of the bar that it begins
        self._is_counting = False

    def follow(self, beat: Beat | None) -> None:
        """The newest beat; the count goes on while the grid is corrected under it."""
        if beat is None or beat.bar_phase is None or beat.bpm <= 0:
            self._is_counting = False
            return
        length = beat.beats_per_bar * 60 / beat.bpm
        line = beat.time - beat.bar_phase * length
        self._number += round((line - self._line) / length) if self._is_counting else 0
        self._line, self._is_counting = line, True

    @property
    def bar(self) -> Bar | None:
        """Some bar line; None while no bar is known."""
        return Bar(self._line, self._number) if self._is_counting else None

    def next(self, beat: Beat | None, after: float, quantum: str) -> float | None:
        """Media time of the first such line after `after`; None = nothing is known, do not wait.

        Where no bar is known, a beat stands for it. `beat` is the one last followed.
        """
        n_bars = WAITED_FOR[quantum]
        if n_bars is None or beat is None or beat.beat_phase is None or beat.bpm <= 0:
            return None
        period = 60 / beat.bpm
        if not n_bars or not self._is_counting:
            return _first_after(after, beat.time - beat.beat_phase * period, period)
        length = beat.beats_per_bar * period
        first = self._line - (self._number % n_bars) * length
        return _first_after(after, first, n_bars * length)


@dataclass(frozen=True)
class Change:
    """One change that waits."""

    commands: Sequence[Command]
    asked_at: float  # media time
    quantum: str
    lead: float  # s, so much before the line it is done: what it changes is seen later


class Waiting:
    """`put` is for any thread, `due` and `bar` for the one that paints."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: dict[str, Change] = {}
        self._grid = Grid()

    @property
    def names(self) -> tuple[str, ...]:
        """The controls that wait."""
        return tuple(self._changes)

    @property
    def bar(self) -> Bar | None:
        """A bar line as it is counted here; None while no bar is known."""
        return self._grid.bar

    def put(self, name: str, change: Change) -> None:
        """A newer change of a control takes the place of one that waits, but not its turn."""
        with self._lock:
            before = self._changes.pop(name, None)
            if before is not None and before.quantum == change.quantum:
                change = Change(change.commands, before.asked_at, change.quantum, change.lead)
            self._changes[name] = change

    def drop(self, name: str) -> None:
        """It was set at once in the meantime."""
        with self._lock:
            self._changes.pop(name, None)

    def due(self, beat: Beat | None, media_time: float, slack: float) -> list[Command]:
        """What is to be done for the picture of `media_time`; lines up to `slack` s later count."""
        if beat is not None and media_time - beat.time > STALE_S:
            beat = None
        self._grid.follow(beat)
        if not self._changes:
            return []
        done: list[Command] = []
        with self._lock:
            for name, change in list(self._changes.items()):
                line = self._grid.next(beat, change.asked_at, change.quantum)
                if line is None or media_time >= line - change.lead - slack:
                    done.extend(change.commands)
                    del self._changes[name]
        return done


def _first_after(after: float, line: float, apart: float) -> float:
    """The first of the lines at `line` + n `apart` that is later than `after`."""
    return line + (math.floor((after - line) / apart) + 1) * apart
