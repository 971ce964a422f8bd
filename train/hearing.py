"""The beat as a causal follower hears it (aubio on 16 kHz), for training with its errors.

Works as the stage program's ear does: aubio's beats pull a running grid instead of resetting it.
"""

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import spec

Array = NDArray[Any]

WINDOW, HOP = 1024, 160
SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
PULL = 0.35  # share of the phase error that one heard beat corrects
REJECT = 0.25  # of a beat: further off is a stray
STRAYS = 3  # in a row make a new start
HOLD_S = 4.0  # without a heard beat the tempo is forgotten
MIN_CONFIDENCE = 0.05


class _Grid:
    """A running beat grid, pulled by the beats that are heard."""

    def __init__(self) -> None:
        self.anchor: float | None = None
        self.period, self.count, self.heard_at = 0.0, 0, -1e9
        self._strays = 0
        self._periods: deque[float] = deque(maxlen=8)

    def hear(self, time: float, bpm: float) -> None:
        self._periods.append(60 / bpm)
        self.period = float(np.median(self._periods))
        self.heard_at = time
        if self.anchor is None:
            self.anchor = time
            return
        beats = (time - self.anchor) / self.period
        error = beats - round(beats)
        if abs(error) <= REJECT:
            self._strays = 0
            self.anchor += (round(beats) + PULL * error) * self.period
            self.count += round(beats)
        else:
            self._strays += 1
            if self._strays >= STRAYS:
                self.anchor, self._strays = time, 0
                self.count += max(1, round(beats))

    def forget(self) -> None:
        self.anchor = None
        self._periods.clear()


def heard_beats(audio: Array, hz: float, ahead: float = spec.CONTROL_AHEAD) -> Array:
    """Running beat count (m,) at `hz`: the value at t is what was foretold `ahead` seconds before.

    NaN while no beat is known. A correction of the follower shows as a jump of the count.
    """
    import aubio

    tempo = aubio.tempo(  # pyright: ignore[reportAttributeAccessIssue]
        "specflux", WINDOW, HOP, spec.SAMPLE_RATE
    )
    tempo.set_silence(-90.0)
    grid = _Grid()
    n_hops = len(audio) // HOP
    told = np.full((n_hops, 3), np.nan)  # anchor, period, count
    samples = np.ascontiguousarray(audio, np.float32)
    for hop in range(n_hops):
        if tempo(samples[hop * HOP : (hop + 1) * HOP])[0]:
            bpm = float(tempo.get_bpm())
            if SLOWEST_BPM <= bpm <= FASTEST_BPM:
                grid.hear(float(tempo.get_last_s()), bpm)
        if (hop + 1) * HOP / spec.SAMPLE_RATE - grid.heard_at > HOLD_S:
            grid.forget()
        if grid.anchor is not None and float(tempo.get_confidence()) >= MIN_CONFIDENCE:
            told[hop] = grid.anchor, grid.period, grid.count
    times = np.arange(int(len(audio) / spec.SAMPLE_RATE * hz)) / hz
    known_at = np.floor((times - ahead) * spec.SAMPLE_RATE / HOP).astype(int) - 1
    facts = told[np.clip(known_at, 0, max(0, n_hops - 1))]
    beats = facts[:, 2] + (times - facts[:, 0]) / facts[:, 1]
    return np.where(known_at >= 0, beats, np.nan).astype(np.float32)
