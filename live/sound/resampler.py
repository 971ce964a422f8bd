"""Mono sound of any rate in, 16 kHz out, on the thread of the caller: libswresample through PyAV.

It holds back 1.5 ms. soxr's streams hold back up to 40 ms (they work in FFT blocks), which the time
from sound to pose cannot afford; see docs/decisions/0005. Any cutting gives the same samples.
"""

import av
import numpy as np
from numpy.typing import NDArray

from models.spec import SAMPLE_RATE

# Half as many taps again as usual: what folds back is below -60 dB.
OPTIONS = {"filter_size": "48"}
HELD_S = 0.0025  # a little more than is held back


class Resampler:
    """Output sample k is the sound at k / 16000 s after the first input sample."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._n_in = self._n_out = 0
        self._stream = None
        if rate != SAMPLE_RATE:
            self._stream = av.AudioResampler("flt", "mono", SAMPLE_RATE, options=OPTIONS)

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Float32 (n,) at the input rate -> float32 (m,) at 16 kHz, as many as are complete."""
        if self._stream is None or not len(samples):
            return samples
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate = self._rate
        parts = [done.to_ndarray()[0] for done in self._stream.resample(frame)]
        resampled = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        self._n_in += len(samples)
        self._n_out += len(resampled)
        return resampled

    def flush(self) -> NDArray[np.float32]:
        """What is held back, float32 (m,); nothing can be fed after it."""
        if self._stream is None:
            return np.zeros(0, np.float32)
        left = round(self._n_in * SAMPLE_RATE / self._rate) - self._n_out
        silence = np.zeros(int(self._rate * HELD_S) + 1, np.float32)
        return self.feed(silence)[:left]
