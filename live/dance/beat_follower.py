"""Levelled AudioChunk -> Beat: onset, tempo, place in the beat and in the bar. Pure.

The beat network of the bundle `ear` hears, `models.beat.tracker` looks ahead; the performer's hand
(a tempo, taps, a nudge) goes before both, and so does the grid of another machine. aubio tells how
strong the newest onset is.
"""

from dataclasses import replace

import numpy as np

from live.core.messages import AudioChunk, Beat, OuterGrid
from live.core.settings import EAR, HAND
from live.dance.outer_beat import OuterBeat
from models.beat.detector import BeatDetector
from models.beat.grid import Grid
from models.beat.groove import GrooveEar, known_grooves
from models.beat.tracker import BeatTracker
from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS, SAMPLE_RATE
from models.types import Array

FRAMES = 10  # of activation a chunk
MAX_GAP = 50  # lost chunks that are passed over as silence; after more the music is another
HOP, WINDOW = 160, 512  # of the onset detector
KEPT_S = 6.0  # what was known of the beat, while it is heard anew; less sure from chunk to chunk
SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0  # by hand
LENT_CHANGE = 0.005  # of another machine's tempo, before it is taken anew


class BeatFollower:
    """Hears chunk after chunk; `feed` says what is known at the end of each.

    Raises BundleError or EngineError when the beat network cannot be loaded.
    """

    def __init__(self) -> None:
        self._detector = BeatDetector()
        self._tracker = BeatTracker()
        self._groove = GrooveEar(known_grooves())
        self._outer = OuterBeat()
        self._lent = 0.0  # the period of another machine that tells no more than that, s
        self.nudged = 0.0  # s, + = later
        self.reset()

    def reset(self) -> None:
        """Forget the music; what the hand has set stays."""
        from aubio import onset  # pyright: ignore[reportAttributeAccessIssue] (C module)

        self._detector.reset()
        self._tracker.reset()
        self._groove.reset()
        self._onset = onset("hfc", WINDOW, HOP, SAMPLE_RATE)
        self._onset.set_silence(-70.0)
        self._kept: tuple[Grid, float, float] | None = None  # with its start, and until when
        self._next: int | None = None  # index of the chunk that should come
        self._start = 0.0  # media time at which the tracker began
        self._onset_level = 0.0
        self._onset_mean = 1e-6

    def begin_song(self) -> None:
        """Other music begins: the beat of before goes on until that of this is known."""
        self._tracker.begin_song()
        self._groove.reset()

    def begin_anew(self, now: float) -> None:
        """At media time `now`: hear the beat anew; until then what was known of it is told."""
        grid, start = self._tracker.grid, self._start
        self.reset()
        if grid is not None:
            self._kept = grid, start, now + KEPT_S

    def feed(self, chunk: AudioChunk, level: float = 0.0) -> Beat:
        """One chunk at the levelled loudness; `level` (0..1) is passed on."""
        self._pass_over_gap(chunk.index)
        samples = np.ascontiguousarray(chunk.samples, np.float32)
        self._tracker.feed(self._detector.hear(samples))
        self._groove.feed(samples, self._tracker.now, self._tracker.grid)
        self._hear_onset(samples)
        return self._beat((chunk.index + 1) * CHUNK_SECONDS, level)

    def _pass_over_gap(self, index: int) -> None:
        gap = 0 if self._next is None else index - self._next
        if self._next is None or not 0 <= gap <= MAX_GAP:
            if self._next is not None:
                self.reset()
            self._start = index * CHUNK_SECONDS
        elif gap:
            self._tracker.feed(np.zeros((gap * FRAMES, 2), np.float32))
        self._next = index + 1

    def _hear_onset(self, samples: Array) -> None:
        strength = 0.0
        for i in range(0, CHUNK_SAMPLES, HOP):
            if self._onset(samples[i : i + HOP])[0]:
                found = self._onset.get_descriptor()
                self._onset_mean = 0.9 * self._onset_mean + 0.1 * found
                strength = max(strength, found / (2 * self._onset_mean))
        self._onset_level = max(min(1.0, strength), self._onset_level * 0.5)

    def _beat(self, now: float, level: float) -> Beat:
        outer = self._outer.at(now)
        self._lend(0.0 if outer is None or outer.is_placed else outer.period)
        groove = self._groove.groove
        if outer is not None and outer.is_placed:
            phases = outer.phases(now - self.nudged)
            bpm, beats = 60.0 / outer.period, outer.beats_per_bar
            return Beat(
                now, level, self._onset_level, bpm, *phases, 1.0, beats, False, groove, self.source
            )
        grid, start = self._grid(now)
        if grid is None:
            return Beat(now, level, self._onset_level, 0.0, None, None, 0.0, 4, False, groove)
        heard = now - start - self.nudged
        return Beat(
            now,
            level,
            self._onset_level,
            60.0 / grid.period,
            grid.phase(heard),
            grid.bar_phase(heard),
            grid.confidence,
            grid.beats_per_bar,
            grid.by_hand and not self._lent,
            groove,
            self.source if self._lent else "",
        )

    def _grid(self, now: float) -> tuple[Grid | None, float]:
        """The beats to tell, and the media time from which theirs counts."""
        found = self._tracker.grid
        if self._kept is not None:
            grid, start, until = self._kept
            sure = grid.confidence * max(0.0, until - now) / KEPT_S
            if found is not None and (found.by_hand or found.confidence >= sure):
                self._kept = None
            elif sure > 0:
                return replace(grid, confidence=sure), start
        return found, self._start

    # of another machine

    @property
    def source(self) -> str:
        """Whose beat counts, one of BEAT_SOURCES."""
        return self._outer.chosen or (HAND if self.held_bpm else EAR)

    def choose_source(self, name: str) -> None:
        """One of BEAT_SOURCES; where another machine tells no beat, the music's counts.

        By hand from now on: at the tempo, and of another machine at the beats, of now.
        """
        if name == self.source:
            return
        if name != HAND:
            self.hold(0.0)
            self._outer.choose("" if name == EAR else name)
            return
        outer, grid = self._outer.newest, self._tracker.grid
        if outer is not None and outer.is_placed:
            for beat_at in (outer.beat_at, outer.beat_at + outer.period):
                self.tap(beat_at + self.nudged)
        elif (known := outer or grid) is not None:
            self.hold(60.0 / known.period)

    def follow(self, source: str, grid: OuterGrid | None) -> None:
        """What another machine tells of its beats, media times; for any thread."""
        self._outer.tell(source, grid)

    def _lend(self, period: float) -> None:
        """Its tempo, where it does not tell where the beats are: they are heard."""
        if abs(period - self._lent) > LENT_CHANGE * period:
            self._tracker.hold(period)
            self._lent = period

    # by hand

    @property
    def held_bpm(self) -> float:
        """The tempo given by hand; 0 = by ear."""
        held = 0.0 if self._lent else self._tracker.held_period
        return 60 / held if held else 0.0

    def hold(self, bpm: float) -> None:
        """Keep this tempo and follow only where its beats are; 0 = by ear again."""
        self._kept = None
        bpm = min(FASTEST_BPM, max(SLOWEST_BPM, bpm)) if bpm > 0 else 0.0
        self._outer.choose("")
        self._lent = 0.0
        self._tracker.hold(60 / bpm if bpm else 0.0)

    def tap(self, time: float) -> None:
        """The performer taps a beat at media time `time`; two or more set tempo and phase."""
        if self._tracker.tap(time - self._start - self.nudged):
            self._outer.choose("")
            self._lent = 0.0

    def change_level(self, beats: float) -> bool:
        """Count 2 or 0.5 beats for one; False when that is no tempo or no beat is known.

        Of the music, or of another machine where its beats are told.
        """
        if self._outer.newest is not None:
            return self._outer.change_level(beats)
        return self._tracker.change_level(beats)

    def nudge(self, seconds: float) -> None:
        """Move all beats by so much, lastingly; + = later."""
        self.nudged += seconds
