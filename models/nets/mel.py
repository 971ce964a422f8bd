"""Causal log-mel front end inside the graph: sound and the tail before it in, 20 ms frames out."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models import spec
from models.log_mel import mel_weights, normalised

FRAMES_A_CHUNK = 5


class LogMel(nn.Module):
    """Fixed convolutions; no weight is learned and no statistic over time is taken."""

    fourier: Tensor
    bands: Tensor

    def __init__(self, mel: spec.MelSpec) -> None:
        super().__init__()
        self.mel = mel
        window = np.hanning(mel.window + 1)[:-1]
        # White noise of variance v then has the power v in every bin.
        window /= np.sqrt(np.square(window).sum())
        at = np.outer(np.arange(mel.window // 2 + 1), range(mel.window)) % mel.window
        angle = 2 * np.pi / mel.window * at
        waves = np.concatenate([np.cos(angle), np.sin(angle)]) * window
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
