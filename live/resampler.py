"""Mono sound of any rate in, 16 kHz out, on the thread of the caller: a windowed-sinc filter bank.

It holds back 1.5 ms. soxr's streams hold back up to 40 ms (it works in FFT blocks), which the time
from sound to pose cannot afford; see docs/decisions/0005. Any cutting gives the same samples.
"""

from math import gcd

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.spec import SAMPLE_RATE

ZERO_CROSSINGS = 24  # of the sinc on each side, at the lower of the two rates
CUTOFF = 0.95  # of the lower Nyquist frequency; -6 dB there
KAISER_BETA = 6.5  # about -65 dB of aliases


class Resampler:
    """Output sample k is the sound at k / 16000 s after the first input sample."""

    def __init__(self, rate: int) -> None:
        common = gcd(rate, SAMPLE_RATE)
        self._step, self._n_phases = rate // common, SAMPLE_RATE // common
        self._half = 0 if rate == SAMPLE_RATE else _half_width(rate)
        self._bank = _filter_bank(rate, self._n_phases, self._half) if self._half else None
        # The first window needs half - 1 samples from before the beginning.
        self._buffer = np.zeros(max(0, self._half - 1), np.float32)
        self._buffer_start = -max(0, self._half - 1)  # input position of its first sample
        self._n_out = 0

    @property
    def delay_samples(self) -> int:
        """Input samples that are held back."""
        return self._half

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Float32 (n,) at the input rate -> float32 (m,) at 16 kHz, as many as are complete."""
        if self._bank is None:
            return samples
        self._buffer = np.concatenate((self._buffer, samples))
        taps = 2 * self._half
        n_windows = len(self._buffer) - taps + 1
        if n_windows <= 0:
            return np.zeros(0, np.float32)
        # Window w is centred between positions w + start + half - 1 and the next one.
        newest = self._buffer_start + n_windows - 1 + self._half - 1
        n_end = ((newest + 1) * self._n_phases - 1) // self._step + 1
        position = np.arange(self._n_out, n_end, dtype=np.int64) * self._step
        whole, phase = np.divmod(position, self._n_phases)
        windows = sliding_window_view(self._buffer, taps)
        rows = windows[whole - self._buffer_start - self._half + 1]
        resampled = np.einsum("ij,ij->i", rows, self._bank[phase])
        self._n_out = n_end
        keep_from = n_end * self._step // self._n_phases - self._half + 1
        self._buffer = self._buffer[keep_from - self._buffer_start :].copy()
        self._buffer_start = keep_from
        return resampled


def _half_width(rate: int) -> int:
    return int(np.ceil(ZERO_CROSSINGS * max(1.0, rate / SAMPLE_RATE)))


def _filter_bank(rate: int, n_phases: int, half: int) -> NDArray[np.float32]:
    """One filter for each fraction of an input sample, float32 (n_phases, 2 half), gain 1."""
    cutoff = CUTOFF * min(1.0, SAMPLE_RATE / rate)  # of the input's Nyquist frequency
    fraction = np.arange(n_phases)[:, None] / n_phases
    distance = np.arange(-half + 1, half + 1)[None, :] - fraction  # input samples
    window = np.i0(KAISER_BETA * np.sqrt(np.maximum(0.0, 1.0 - (distance / half) ** 2)))
    bank = np.sinc(cutoff * distance) * window
    return (bank / bank.sum(axis=1, keepdims=True)).astype(np.float32)
