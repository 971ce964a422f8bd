"""The beat as a causal follower hears it (aubio on 16 kHz), for training and judging with its errors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import spec

Array = NDArray[Any]

WINDOW, HOP = 512, 160
SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0


def heard_beats(audio: Array, hz: float, ahead: float = spec.CONTROL_AHEAD) -> Array:
    """Running beat count (m,) at `hz`: the value at t is what was foretold `ahead` seconds before.

    NaN until the first beat is heard. A correction of the follower shows as a jump of the count.
    """
    import aubio

    tempo = aubio.tempo("default", WINDOW, HOP, spec.SAMPLE_RATE)
    n_hops = len(audio) // HOP
    last, period, count = 0.0, 0.0, -1
    told = np.full((n_hops, 3), np.nan)
    samples = np.ascontiguousarray(audio, np.float32)
    for hop in range(n_hops):
        if tempo(samples[hop * HOP : (hop + 1) * HOP])[0]:
            last, count = float(tempo.get_last_s()), count + 1
        bpm = float(tempo.get_bpm())
        if SLOWEST_BPM <= bpm <= FASTEST_BPM:
            period = 60 / bpm
        if count >= 0 and period > 0:
            told[hop] = last, period, count
    times = np.arange(int(len(audio) / spec.SAMPLE_RATE * hz)) / hz
    known_at = np.floor((times - ahead) * spec.SAMPLE_RATE / HOP).astype(int) - 1
    facts = told[np.clip(known_at, 0, max(0, n_hops - 1))]
    beats = facts[:, 2] + (times - facts[:, 0]) / facts[:, 1]
    return np.where(known_at >= 0, beats, np.nan).astype(np.float32)
