"""Causal log-mel front end inside the graph: sound and the tail before it in, 20 ms frames out."""

from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models import spec

# Of the log-mel of ballroom music at the stage level; brings the frames to about 0 +- 1.
LOG_MEAN, LOG_STD = -7.0, 3.0
FRAMES_A_CHUNK = 5

AnyArray = TypeVar("AnyArray", Tensor, "np.ndarray[Any, Any]")


def mel_weights(mel: spec.MelSpec) -> np.ndarray:
    """Triangles of unit sum over the FFT bins, (n_bands, window // 2 + 1) float32.

    Each triangle is integrated over a bin, so that even one narrower than a bin has weight.
    """
    fine = 32
    n_bins = mel.window // 2 + 1
    bin_hz = spec.SAMPLE_RATE / mel.window
    hz = (np.arange(n_bins * fine) + 0.5) / fine * bin_hz - bin_hz / 2
    low, high = (2595 * np.log10(1 + f / 700) for f in (mel.low_hz, mel.high_hz))
    edges = 700 * (10 ** (np.linspace(low, high, mel.n_bands + 2) / 2595) - 1)
    rise = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rise, fall))
    weights = triangles.reshape(mel.n_bands, n_bins, fine).mean(-1)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


class LogMel(nn.Module):
    """Fixed convolutions; no weight is learned and no statistic over time is taken."""

    fourier: Tensor
    bands: Tensor

    def __init__(self, mel: spec.MelSpec) -> None:
        super().__init__()
        self.mel = mel
        window = np.hanning(mel.window + 1)[:-1]
        angle = 2 * np.pi / mel.window * np.outer(np.arange(mel.window // 2 + 1), range(mel.window))
        waves = np.concatenate([np.cos(angle), np.sin(angle)]) * window
        # White noise of variance v then has the power v in every bin.
        waves /= np.sqrt(np.square(window).sum())
        self.register_buffer("fourier", torch.tensor(waves[:, None], dtype=torch.float32), False)
        self.register_buffer("bands", torch.tensor(mel_weights(mel)), False)

    def forward(self, audio: Tensor, tail: Tensor) -> tuple[Tensor, Tensor]:
        """Chunks (B, T, S) and the tail before them -> frames (B, 5 T + 2, bands), next tail.

        Step t of the dance sees frames 5 t ... 5 t + 6; the newest ends with its chunk.
        """
        samples = torch.cat([tail, audio.flatten(1)], 1)
        waves = functional.conv1d(samples[:, None], self.fourier, stride=self.mel.hop)
        real, imaginary = waves.chunk(2, 1)
        power = self.bands @ (real * real + imaginary * imaginary)  # (B, bands, hops)
        logs = normalised(torch.log(power + self.mel.floor))
        frames = functional.avg_pool1d(logs, self.mel.pool)
        return frames.transpose(1, 2), samples[:, -self.mel.tail_samples :]


def normalised(log_power: AnyArray) -> AnyArray:
    """Log-mel power to the numbers that the network hears."""
    return (log_power - LOG_MEAN) / LOG_STD


def log_power(frames: AnyArray) -> AnyArray:
    """The inverse of `normalised`."""
    return frames * LOG_STD + LOG_MEAN
