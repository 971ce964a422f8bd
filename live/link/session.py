"""Ableton Link as the show needs it (package LinkPython-extern, module `link`)."""

import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from live.core.messages import OuterGrid

TRIES, CLOSE_S = 5, 1e-4  # two clocks are read in turn, and a busy machine rests between
ALONE_BPM = 120.0  # of a session that nobody else is in


MISSING = "--link needs the package LinkPython-extern: pip install 'dancelive[link]'."


class LinkError(Exception):
    """What cannot be done with Link, in one sentence for the performer."""


def is_installed() -> bool:
    """Whether there is the package; joins nothing."""
    return find_spec("link") is not None


class Session(NamedTuple):
    """The session at one moment."""

    grid: OuterGrid  # in host time
    is_playing: bool
    n_peers: int  # others in it


class LinkSession:
    """Joined from here on until `close`; with start/stop sync. For one thread."""

    def __init__(self) -> None:
        """Raises LinkError without the package."""
        try:
            library: Any = import_module("link")
        except ModuleNotFoundError as error:
            raise LinkError(MISSING) from error
        self._link: Any = library.Link(ALONE_BPM)
        self._link.startStopSyncEnabled = True
        self._link.enabled = True

    def look(self, quantum: int) -> Session:
        """What holds now, in bars of `quantum` beats."""
        state, (now, micros) = self._link.captureSessionState(), self._now()
        phase = float(state.phaseAtTime(micros, quantum))
        period = 60.0 / float(state.tempo())
        place = int(phase)
        grid = OuterGrid(now - (phase - place) * period, period, place, quantum, now)
        return Session(grid, bool(state.isPlaying()), int(self._link.numPeers()))

    def lead(self, grid: OuterGrid, with_phase: bool) -> None:
        """Give all peers this tempo (`grid` in host time), and with `with_phase` its beats."""
        link = self._link
        state, (now, micros) = link.captureSessionState(), self._now()
        state.setTempo(60.0 / grid.period, micros)
        if with_phase:
            beats = (now - grid.beat_at) / grid.period + (grid.place or 0)
            state.forceBeatAtTime(beats, micros, grid.beats_per_bar)
        link.commitSessionState(state)

    def _now(self) -> tuple[float, int]:
        """One moment as host time and on Link's clock: the closest pair of a few."""
        pairs: list[tuple[float, float, int]] = []
        while len(pairs) < TRIES:
            before, micros, after = (
                time.perf_counter(),
                int(self._link.clock().micros()),
                time.perf_counter(),
            )
            pairs.append((after - before, (before + after) / 2, micros))
            if after - before < CLOSE_S:
                break
        _, at, micros = min(pairs)
        return at, micros

    def close(self) -> None:
        """Leave."""
        self._link.enabled = False
