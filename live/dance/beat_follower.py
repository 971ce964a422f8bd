"""Levelled AudioChunk -> Beat: onset, tempo, place in the beat and in the bar. Pure.

The beat network of the bundle `ear` hears, `models.beat.tracker` looks ahead; the performer's hand
(a tempo, taps, a nudge) goes before both. aubio tells how strong the newest onset is.
"""

import numpy as np

from live.core.messages import AudioChunk, Beat
from models.beat.detector import BeatDetector
from models.beat.groove import GrooveEar, known_grooves
from models.beat.tracker import BeatTracker
from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS, SAMPLE_RATE
from models.types import Array

FRAMES = 10  # of activation a chunk
MAX_GAP = 50  # lost chunks that are passed over as silence; after more the music is another
HOP, WINDOW = 160, 512  # of the onset detector
SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0  # by hand


class BeatFollower:
    """Hears chunk after chunk; `feed` says what is known at the end of each.

    Raises BundleError or EngineError when the beat network cannot be loaded.
    """

    def __init__(self) -> None:
        self._detector = BeatDetector()
        self._tracker = BeatTracker()
        self._groove = GrooveEar(known_grooves())
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
        self._next: int | None = None  # index of the chunk that should come
        self._start = 0.0  # media time at which the tracker began
        self._onset_level = 0.0
        self._onset_mean = 1e-6

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
        grid = self._tracker.grid
        if grid is None:
            return Beat(
                now, level, self._onset_level, 0.0, None, None, 0.0, 4, False, self._groove.groove
            )
        heard = now - self._start - self.nudged
        return Beat(
            now,
            level,
            self._onset_level,
            60.0 / grid.period,
            grid.phase(heard),
            grid.bar_phase(heard),
            grid.confidence,
            grid.beats_per_bar,
            grid.by_hand,
            self._groove.groove,
        )

    # by hand

    @property
    def held_bpm(self) -> float:
        """The tempo given by hand; 0 = by ear."""
        return 60 / self._tracker.held_period if self._tracker.held_period else 0.0

    def hold(self, bpm: float) -> None:
        """Keep this tempo and follow only where its beats are; 0 = by ear again."""
        bpm = min(FASTEST_BPM, max(SLOWEST_BPM, bpm)) if bpm > 0 else 0.0
        self._tracker.hold(60 / bpm if bpm else 0.0)

    def tap(self, time: float) -> None:
        """The performer taps a beat at media time `time`; two or more set tempo and phase."""
        self._tracker.tap(time - self._start - self.nudged)

    def change_level(self, beats: float) -> bool:
        """Count 2 or 0.5 beats for one; False when that is no tempo or no beat is known."""
        return self._tracker.change_level(beats)

    def nudge(self, seconds: float) -> None:
        """Move all beats by so much, lastingly; + = later."""
        self.nudged += seconds
