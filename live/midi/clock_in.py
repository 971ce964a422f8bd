"""MIDI clock of another machine -> its beats: tempo, place of the beat, bar. Pure.

A straight line through the newest ticks takes the jitter out; start, continue and song position
say which tick begins a bar.
"""

from collections import deque

import numpy as np

from live.core.messages import OuterGrid
from live.midi.touch import Pulse, SongPosition

TICKS = 24  # a quarter note
TICKS_A_SIXTEENTH = 6
KEPT_TICKS = 144  # six beats: 2 ms of jitter move the tempo by 0.03 %
FIRST_TICKS = 24  # before any tempo is told
NEW_TICKS = 12  # the newest: where they are off the line, the tempo is another
OFF_S = 0.003
BLOCK_S = 0.024  # the longest of a sound server: 1024 samples
EVEN_S = 1e-4  # what is no further off has come in time
SURE = 3.0  # times as far off as they are from a line of their own: else they only came unevenly
SILENT_S = 0.5  # without a tick: the clock has stopped
SLOWEST_BPM, FASTEST_BPM = 30.0, 300.0


class ClockIn:
    """For one thread. Times are host times, s."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As if no clock had been heard."""
        self._ticks: deque[tuple[int, float]] = deque(maxlen=KEPT_TICKS)
        self._n = 0  # of the next tick, counted on through everything
        self._position: int | None = None  # in the song, of the next tick; None = not known
        self._is_running, self._is_stopped = False, False

    def feed(self, heard: Pulse | SongPosition, at: float) -> None:
        """What the clock said at `at`."""
        match heard:
            case Pulse.TICK:
                if self._ticks and self.is_silent(at):
                    self.forget()
                self._ticks.append((self._n, at))
                self._n += 1
                if self._is_running and self._position is not None:
                    self._position += 1
            case Pulse.START:
                self._position, self._is_running, self._is_stopped = 0, True, False
            case Pulse.CONTINUE:
                self._is_running, self._is_stopped = True, False
            case Pulse.STOP:
                self._is_running, self._is_stopped = False, True
            case SongPosition(sixteenths):
                self._position = sixteenths * TICKS_A_SIXTEENTH

    def is_silent(self, now: float) -> bool:
        """Whether no tick came for a while, or ever."""
        return not self._ticks or now - self._ticks[-1][1] > SILENT_S

    def grid(self, now: float, beats_per_bar: int) -> OuterGrid | None:
        """The beats in host time; None where no clock runs. Without a start only its tempo."""
        if (
            self._n < FIRST_TICKS
            or len(self._ticks) < NEW_TICKS
            or self._is_stopped
            or self.is_silent(now)
        ):
            return None
        begin, tick = self._line()
        if not 60 / FASTEST_BPM <= TICKS * tick <= 60 / SLOWEST_BPM:
            return None
        if not self._is_running or self._position is None:
            return OuterGrid(begin, TICKS * tick, None, beats_per_bar, now, is_placed=False)
        # Before the first tick after a start the position is that of the next one.
        beat = max(0, self._position - 1) // TICKS
        beat_at = begin + tick * (self._n - self._position + TICKS * beat)
        return OuterGrid(beat_at, TICKS * tick, beat % beats_per_bar, beats_per_bar, now)

    def _line(self) -> tuple[float, float]:
        """Time of tick 0, and from one tick to the next."""
        n, at = np.array(self._ticks, np.float64).T
        begin, tick = _fit(n, at)
        if len(n) > 2 * NEW_TICKS:
            before = n[:-NEW_TICKS], at[:-NEW_TICKS]
            old_begin, old_tick = _fit(*before)
            newest = n[-NEW_TICKS:], at[-NEW_TICKS:]
            own = _fit(*newest)
            late = _away(*newest, old_begin, old_tick)
            off = max(float(late.min()), -float(late.max()))  # all of them, to one side
            uneven = float(np.median(np.abs(_away(*newest, *own))))
            # Where they come in the blocks of a sound server, now and then one comes a block early.
            apart = np.diff(at)
            block = min(BLOCK_S, float(np.abs(apart - np.median(apart)).max()))
            if off > max(OFF_S, SURE * uneven, block):
                begin, tick = own
                while len(self._ticks) > NEW_TICKS:
                    self._ticks.popleft()
        return begin, tick


def _fit(n: np.ndarray, at: np.ndarray) -> tuple[float, float]:
    """The straight line through ticks: its value at 0, its slope.

    The median of the slopes between pairs (Theil and Sen), those of near ones left out, which tell
    least: every fourth tick may come late. Then the mean line of those that lie near it: where all
    come in the blocks of a sound server, most pairs are whole blocks apart, and the median with
    them.
    """
    first, second = np.triu_indices(len(n), max(1, len(n) // 3))
    tick = float(np.median((at[second] - at[first]) / (n[second] - n[first])))
    begin = float(np.median(at - tick * n))
    away = np.abs(_away(n, at, begin, tick))
    near = away <= SURE * float(np.median(away)) + EVEN_S
    middle, when = float(n[near].mean()), float(at[near].mean())
    beside = n[near] - middle
    tick = float(beside @ (at[near] - when) / (beside @ beside))
    return when - tick * middle, tick


def _away(n: np.ndarray, at: np.ndarray, begin: float, tick: float) -> np.ndarray:
    """How much later than on this line each tick came, s."""
    return at - begin - tick * n
