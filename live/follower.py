"""Levelled AudioChunk -> Beat: level, onset, tempo and beat phase as aubio hears them. Pure.

A small phase-locked predictor stands above aubio: its beats pull a running grid instead of
resetting it, so the phase is known at any moment and a missed beat does not stop the clock.
"""

from collections import deque

import numpy as np

from live.messages import Array, AudioChunk, Beat
from live.meter import Meter
from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS, SAMPLE_RATE

HOP = 160  # 10 ms
WINDOW = 1024
PULL = 0.35  # share of the phase error that one beat of aubio's corrects
REJECT = 0.25  # of a beat: further off is a stray or a new start
STRAYS = 3  # in a row make a new start
HOLD_S = 4.0  # without any beat of aubio's the tempo is forgotten
FADE_S = 2.0  # confidence falls that much before


class Follower:
    """Hears chunk after chunk; `feed` says what is known at the end of each."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        from aubio import onset, tempo  # pyright: ignore[reportAttributeAccessIssue] (C module)

        self._tempo = tempo("specflux", WINDOW, HOP, SAMPLE_RATE)
        self._onset = onset("hfc", WINDOW // 2, HOP, SAMPLE_RATE)
        self._onset.set_silence(-70.0)
        self._tempo.set_silence(-90.0)
        self._meter = Meter()
        self._n_heard = 0  # samples given to aubio
        self._anchor: float | None = None  # media time of a beat of the grid
        self._period = 0.0
        self._last_heard = -1e9
        self._strays = 0
        self._periods: deque[float] = deque(maxlen=8)
        self._count = 0  # beats of the grid since the anchor was first set
        self._onset_level = 0.0
        self._onset_mean = 1e-6

    def feed(self, chunk: AudioChunk, level: float = 0.0) -> Beat:
        """One chunk at the levelled loudness; `level` (0..1) is passed on."""
        start = chunk.index * CHUNK_SECONDS - self._n_heard / SAMPLE_RATE
        onset = 0.0
        self._meter.feed(chunk.samples)
        for i in range(0, CHUNK_SAMPLES, HOP):
            hop = np.ascontiguousarray(chunk.samples[i : i + HOP], np.float32)
            if self._onset(hop)[0]:
                self._onset_mean = 0.9 * self._onset_mean + 0.1 * self._onset.get_descriptor()
                onset = max(onset, self._onset.get_descriptor() / (2 * self._onset_mean))
            if self._tempo(hop)[0]:
                self._heard(start + self._tempo.get_last_s())
            self._n_heard += HOP
        self._onset_level = max(min(1.0, onset), self._onset_level * 0.5)
        return self._beat((chunk.index + 1) * CHUNK_SECONDS, level)

    def _heard(self, time: float) -> None:
        """aubio marks a beat at `time`."""
        bpm = self._tempo.get_bpm()
        if not 40 <= bpm <= 240:
            return
        self._periods.append(60.0 / bpm)
        self._period = float(np.median(self._periods))
        self._last_heard = time
        if self._anchor is None:
            self._anchor = time
            return
        beats = (time - self._anchor) / self._period
        error = beats - round(beats)
        if abs(error) <= REJECT:
            self._strays = 0
            self._anchor += round(beats) * self._period + PULL * error * self._period
            self._count += round(beats)
        else:
            self._strays += 1
            if self._strays >= STRAYS:
                self._anchor, self._strays = time, 0
                self._count += max(1, round(beats))
        self._meter.beat(self._tempo.get_last_s(), self._count)

    def _beat(self, now: float, level: float) -> Beat:
        quiet_for = now - self._last_heard
        if self._anchor is None or quiet_for > HOLD_S:
            if quiet_for > HOLD_S:
                self._anchor = None
                self._periods.clear()
            return Beat(now, level, self._onset_level, 0.0, None, None, 0.0, 4)
        phase = ((now - self._anchor) / self._period) % 1.0
        confidence = min(1.0, max(0.0, float(self._tempo.get_confidence())) * 2)
        confidence *= min(1.0, (HOLD_S - quiet_for) / FADE_S)
        return Beat(
            now,
            level,
            self._onset_level,
            60.0 / self._period,
            float(phase),
            None,
            confidence,
            self._meter.beats_per_bar,
        )


def to_chunks(samples: Array) -> list[AudioChunk]:
    """Whole 16 kHz mono sound as chunks, for tests and tools."""
    n = len(samples) // CHUNK_SAMPLES
    return [
        AudioChunk(i, samples[i * CHUNK_SAMPLES : (i + 1) * CHUNK_SAMPLES], 0.0) for i in range(n)
    ]
