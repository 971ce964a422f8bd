"""Which kind of music is heard: how bass, middle and hats swing with the beat. Pure, numpy.

A kick on every beat swings once a beat, a snare on two and four every second beat, hats twice; what
a room or a filter does to the sound changes the levels of the bands, hardly their swinging.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from models.beat.grid import Grid
from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS, SAMPLE_RATE
from models.types import Array

FRAMES = 10  # of a chunk
BANDS_HZ = ((100, 300), (300, 2000), (3000, 8000))
SWINGS = (0.25, 0.5, 1.0, 2.0, 4.0)  # a beat
WITH_BEAT = (1.0, 2.0)  # of these also how much of it is on the beat
OVER_S = 6.0
LEAST_S = 4.0  # of a known beat, before anything is said
SURE = 0.5  # belief from which a kind is said
LEADS_S = 3.0  # how long another kind must lead
N_FEATURES = len(BANDS_HZ) * (len(SWINGS) + len(WITH_BEAT)) + 2
_USUAL_S = 0.5  # a beat


GROOVES = Path(__file__).with_name("grooves.json")  # made by `python -m train.kinds`
Grooves = Mapping[str, Sequence[float]]


@cache
def known_grooves() -> Grooves:
    """Of each kind of music its weights (N_FEATURES,) and behind them a constant."""
    return json.loads(GROOVES.read_text(encoding="utf-8"))["grooves"]


class Swinging:
    """The last seconds of music against its beat."""

    def __init__(self) -> None:
        hz = np.fft.rfftfreq(CHUNK_SAMPLES // FRAMES, 1 / SAMPLE_RATE)
        self._bands = np.stack([(hz >= low) & (hz < high) for low, high in BANDS_HZ], 1)
        self._window = np.hanning(CHUNK_SAMPLES // FRAMES)
        self._keep = float(np.exp(-CHUNK_SECONDS / OVER_S))
        self.reset()

    def reset(self) -> None:
        """Forget the music."""
        self._swing = np.zeros((len(BANDS_HZ), len(SWINGS)), np.complex128)
        self._level = np.full(len(BANDS_HZ), 1e-9)
        self._period = 0.0
        self.heard_s = 0.0  # with a known beat

    def feed(self, samples: Array, end: float, grid: Grid | None) -> None:
        """A chunk, float32 (1600,), that ends `end` s into the music, and its beat."""
        if grid is None:
            self.reset()
            return
        spectrum = np.fft.rfft(samples.reshape(FRAMES, -1) * self._window, axis=1)
        levels = np.sqrt((np.abs(spectrum) ** 2) @ self._bands)  # (frames, bands)
        times = end - CHUNK_SECONDS + (np.arange(FRAMES) + 0.5) / FRAMES * CHUNK_SECONDS
        beats = grid.count + (times - grid.beat_at) / grid.period
        turns = np.exp(-2j * np.pi * np.outer(beats, SWINGS))  # (frames, swings)
        self._swing = self._keep * self._swing + levels.T @ turns
        self._level = self._keep * self._level + levels.sum(0)
        self._period = grid.period
        self.heard_s += CHUNK_SECONDS

    def features(self) -> Array:
        """(N_FEATURES,): of each band its swings, 0..1, and their share on the beat; the tempo."""
        swing = self._swing / self._level[:, None]
        on_beat = swing[:, [SWINGS.index(k) for k in WITH_BEAT]].real
        octaves = np.log2(_USUAL_S / self._period) if self._period else 0.0
        return np.concatenate([np.abs(swing).ravel(), on_beat.ravel(), [octaves, abs(octaves)]])


class GrooveEar:
    """`groove` is the name of the kind that is heard, "" while that is not clear."""

    def __init__(self, grooves: Grooves) -> None:
        self._names = tuple(grooves)
        self._weights = np.array([grooves[name] for name in self._names])
        self._swinging = Swinging()
        self.reset()

    def reset(self) -> None:
        """Forget the music."""
        self._swinging.reset()
        self.groove = ""
        self._leads_s = 0.0
        self._leading = ""

    def feed(self, samples: Array, end: float, grid: Grid | None) -> str:
        """The next chunk as for `Swinging` -> the kind of music."""
        if not self._names:
            return ""
        self._swinging.feed(samples, end, grid)
        if self._swinging.heard_s < LEAST_S:
            return self.groove
        leading = self._likeliest(self._swinging.features())
        if leading and leading == self._leading:
            self._leads_s += CHUNK_SECONDS
        else:
            self._leading, self._leads_s = leading, 0.0
        if leading and (not self.groove or self._leads_s > LEADS_S):
            self.groove = leading
        return self.groove

    def _likeliest(self, features: Array) -> str:
        logits = self._weights[:, :-1] @ features + self._weights[:, -1]
        best = int(logits.argmax())
        belief = 1 / float(np.exp(logits - logits[best]).sum())
        return self._names[best] if belief > SURE else ""
