"""Log-mel power of sound: the bands, their scale, and a causal front end in numpy. No torch.

`models.nets.mel` computes the same inside a graph.
"""

from typing import TypeVar

import numpy as np

from models import spec
from models.types import Array

# Of the log-mel of ballroom music at the stage level; brings the frames to about 0 +- 1.
LOG_MEAN, LOG_STD = -7.0, 3.0

Numbers = TypeVar("Numbers")


def mel_weights(mel: spec.MelSpec, rate: int = spec.SAMPLE_RATE) -> Array:
    """Triangles of unit sum over the FFT bins, (n_bands, window // 2 + 1) float32.

    Each triangle is integrated over a bin, so that even one narrower than a bin has weight.
    """
    fine = 32
    n_bins = mel.window // 2 + 1
    bin_hz = rate / mel.window
    hz = (np.arange(n_bins * fine) + 0.5) / fine * bin_hz - bin_hz / 2
    low, high = (2595 * np.log10(1 + f / 700) for f in (mel.low_hz, mel.high_hz))
    edges = 700 * (10 ** (np.linspace(low, high, mel.n_bands + 2) / 2595) - 1)
    rise = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rise, fall))
    weights = triangles.reshape(mel.n_bands, n_bins, fine).mean(-1)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def normalised(log_power: Numbers) -> Numbers:
    """Log-mel power to the numbers that a network hears."""
    return (log_power - LOG_MEAN) / LOG_STD  # type: ignore[operator, return-value]


def log_power(frames: Numbers) -> Numbers:
    """The inverse of `normalised`."""
    return frames * LOG_STD + LOG_MEAN  # type: ignore[operator, return-value]


class LogMelFrames:
    """Sound segment by segment -> frames every hop, the last ones of the segment before in front.

    How many come in front is what `MelSpec.tail_samples` reaches back; silence is before the first.
    """

    def __init__(self, mel: spec.MelSpec) -> None:
        self._mel = mel
        window = np.hanning(mel.window + 1)[:-1]
        # White noise of variance v has the power v in every bin.
        self._window = (window / np.sqrt(np.square(window).sum())).astype(np.float32)
        self._bands = np.ascontiguousarray(mel_weights(mel).T)
        self._n_tail = mel.window - mel.hop
        self._n_front = (mel.tail_samples - self._n_tail) // mel.hop
        self._places: dict[int, Array] = {}  # number of hops -> where their windows lie
        self.reset()

    def reset(self) -> None:
        """Silence before what comes next."""
        self._tail = np.zeros(self._n_tail, np.float32)
        silence = np.float32(normalised(np.log(self._mel.floor)))
        self._front = np.full((self._n_front, self._mel.n_bands), silence)

    def feed(self, samples: Array) -> Array:
        """Whole hops of sound, float32 (n,) -> frames (front + n / hop, n_bands)."""
        sound = np.concatenate([self._tail, samples])
        spectrum = np.fft.rfft(sound[self._windows(len(samples) // self._mel.hop)] * self._window)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        new = normalised(np.log(power @ self._bands + np.float32(self._mel.floor)))
        frames = np.concatenate([self._front, new])
        self._tail = sound[len(sound) - self._n_tail :]
        self._front = frames[len(frames) - self._n_front :]
        return frames

    def _windows(self, hops: int) -> Array:
        if hops not in self._places:
            starts = np.arange(hops)[:, None] * self._mel.hop
            self._places = {hops: starts + np.arange(self._mel.window)}  # the last size alone
        return self._places[hops]
