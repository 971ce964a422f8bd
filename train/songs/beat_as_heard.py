"""The beat as the stage hears it, for training with its errors and for judging it.

The same network and tracker as live, fed chunk by chunk; what is given is only what was known then.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from models import spec
from models.beat.detector import BeatDetector
from models.beat.grid import Grid
from models.beat.tracker import BeatTracker
from models.controls import MIN_CONFIDENCE, DetectedBeat, row_for_beat
from models.types import Array


@dataclass(frozen=True)
class DetectedBeats:
    """What was known of the beat at the end of each chunk; None = nothing."""

    grids: list[Grid | None]

    def given_beats(self) -> Array:
        """When a beat was given, s: each by what was known at the time, no beat twice."""
        beats: list[float] = []
        for index, grid in enumerate(self.grids):
            if grid is None:
                continue
            start, end = (index + 1) * spec.CHUNK_SECONDS, (index + 2) * spec.CHUNK_SECONDS
            at = grid.beat_at + np.ceil((start - grid.beat_at) / grid.period) * grid.period
            if at < end and (not beats or at - beats[-1] > grid.period / 2):
                beats.append(float(at))
        return np.array(beats)

    def told_downbeats(self) -> Array:
        """Those of the given beats that were given as the first of a bar, s."""
        found: list[float] = []
        for at in self.given_beats():
            grid = self.grids[max(0, int(np.ceil(at / spec.CHUNK_SECONDS)) - 2)]
            phase = grid.bar_phase(at + 1e-3) if grid else None
            if grid and phase is not None and phase < 0.5 / grid.beats_per_bar:
                found.append(float(at))
        return np.array(found)

    def tempos(self) -> Array:
        """BPM while known, one a chunk."""
        return np.array([60 / grid.period for grid in self.grids if grid])

    def controls(self, beats_per_bar: int, energy: float, late_s: float = 0.0) -> Array:
        """What a dancer is given chunk by chunk, (T, C); `beats_per_bar` 0: as heard.

        `late_s` delays the phase, to see what a late beat does.
        """
        beats = (
            grid and _beat_at(grid, (index + 1) * spec.CHUNK_SECONDS - late_s)
            for index, grid in enumerate(self.grids)
        )
        return np.array([row_for_beat(beat, beats_per_bar, energy) for beat in beats])

    def known_share(self) -> float:
        """Share of the time in which a dancer would be given the beat."""
        sure = [grid is not None and grid.confidence >= MIN_CONFIDENCE for grid in self.grids]
        return float(np.mean(sure)) if sure else 0.0


def _beat_at(grid: Grid, time: float) -> DetectedBeat:
    return DetectedBeat(
        60 / grid.period,
        grid.phase(time),
        grid.bar_phase(time),
        grid.confidence,
        grid.beats_per_bar,
    )


_ear = cache(BeatDetector)


def activations(audio: Array) -> Array:
    """What the ear says of 16 kHz sound, (chunks, 10, 2).

    Raises BundleError or EngineError.
    """
    ear = _ear()
    ear.reset()
    whole = audio[: len(audio) // spec.CHUNK_SAMPLES * spec.CHUNK_SAMPLES]
    heard = [ear.hear(chunk) for chunk in whole.reshape(-1, spec.CHUNK_SAMPLES)]
    return np.stack(heard) if heard else np.zeros((0, 10, 2), np.float32)


def hear(audio: Array) -> DetectedBeats:
    """Follow the beat of 16 kHz sound from its start.

    Raises BundleError or EngineError.
    """
    return follow(activations(audio))


def follow(rows: Array) -> DetectedBeats:
    """The same from activations (chunks, 10, 2)."""
    tracker = BeatTracker()
    grids: list[Grid | None] = []
    for chunk in rows:
        tracker.feed(chunk)
        grids.append(tracker.grid)
    return DetectedBeats(grids)


def detected_beats(
    audio: Array, hz: float, length: int | None = None, ahead: float = spec.CONTROL_AHEAD
) -> Array:
    """Running beat count (m,) at `hz`: the value at t is what was foretold `ahead` seconds before.

    `length`: so many values, unknown where there is no sound. NaN while no beat is known. A
    correction of the follower shows as a jump of the count.
    """
    grids = hear(audio).grids
    count = int(len(audio) / spec.SAMPLE_RATE * hz)
    times = np.arange(count if length is None else min(count, length)) / hz
    known_at = np.floor((times - ahead) / spec.CHUNK_SECONDS + 1e-6).astype(int) - 1
    beats = np.full(len(times) if length is None else length, np.nan, np.float32)
    for row, (time, chunk) in enumerate(zip(times, known_at, strict=True)):
        grid = grids[min(chunk, len(grids) - 1)] if chunk >= 0 and grids else None
        if grid is not None and grid.confidence >= MIN_CONFIDENCE:
            beats[row] = grid.count + (time - grid.beat_at) / grid.period
    return beats


def aubio_beats(audio: Array) -> Array:
    """The beats that aubio's own tracker tells of 16 kHz sound, s."""
    import aubio

    hop = 160
    tempo = aubio.tempo(  # pyright: ignore[reportAttributeAccessIssue]
        "specflux", 1024, hop, spec.SAMPLE_RATE
    )
    tempo.set_silence(-90.0)
    samples = np.ascontiguousarray(audio, np.float32)
    beats = [
        float(tempo.get_last_s())
        for start in range(0, len(samples) - hop + 1, hop)
        if tempo(samples[start : start + hop])[0]
    ]
    return np.array(beats)
