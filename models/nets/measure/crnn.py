"""CRNN (Choi et al., ICASSP 2017): a segment of music -> its genre, and 32 numbers about it.

The dictionary of the paper's cross-modal score is made of those numbers. Never exported.
"""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import spec
from models.log_mel import mel_weights
from models.nets import checkpoint

KIND = "crnn"
RATE = 12_000
SEGMENT_S = spec.SEGMENT_CHUNKS * spec.CHUNK_SECONDS
N_SAMPLES = round(SEGMENT_S * RATE)
WINDOW, HOP, BANDS = 512, 256, 96
QUIET = 1e-10  # power below which all is silence
FRAMES = 240  # a segment has 235; zeros are put around it
STATE = 32
# Channels and pools (bands, frames). The published pools in time, 2, 3, 4, 4, are for 29 s; they
# would leave two steps of a segment of 5 s, these leave five.
BLOCKS = ((64, (2, 2)), (128, (3, 2)), (128, (4, 3)), (128, (4, 4)))


class PieceMel(nn.Module):
    """Log-mel power of whole segments, dB."""

    window: Tensor
    bands: Tensor

    def __init__(self) -> None:
        super().__init__()
        mel = spec.MelSpec(n_bands=BANDS, window=WINDOW, hop=HOP, low_hz=0.0, high_hz=RATE / 2)
        self.register_buffer("window", torch.hann_window(WINDOW), False)
        self.register_buffer("bands", torch.from_numpy(mel_weights(mel, RATE)), False)

    def forward(self, sound: Tensor) -> Tensor:
        """Sound (B, N_SAMPLES), -1..1 at RATE -> (B, 96, 240)."""
        waves = torch.stft(sound, WINDOW, HOP, window=self.window, return_complex=True)
        power = self.bands @ waves.abs().square()
        decibels = 10 * torch.log10(power.clamp_min(QUIET))
        missing = FRAMES - decibels.shape[-1]
        return F.pad(decibels, (missing // 2, missing - missing // 2))


class Crnn(nn.Module):
    """Four convolutions that shrink bands to one and frames to five, and two GRUs over those."""

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.mel = PieceMel()
        self.norm = nn.BatchNorm1d(BANDS)
        layers: list[nn.Module] = []
        n_in = 1
        for n_out, pool in BLOCKS:
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ELU()]
            layers += [nn.MaxPool2d(pool), nn.Dropout(0.1)]
            n_in = n_out
        self.layers = nn.Sequential(*layers)
        self.gru = nn.GRU(n_in, STATE, 2, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(STATE, n_classes))

    def describe(self, frames: Tensor) -> Tensor:
        """Log-mel (B, 96, 240) -> the last state (B, 32)."""
        seen = self.layers(self.norm(frames)[:, None])
        _, last = self.gru(seen.squeeze(2).transpose(1, 2))
        return last[-1]

    def forward(self, sound: Tensor) -> Tensor:
        """Sound (B, N_SAMPLES) -> logits (B, classes)."""
        return self.head(self.describe(self.frames(sound)))

    def frames(self, sound: Tensor) -> Tensor:
        """Sound (B, N_SAMPLES) -> log-mel (B, 96, 240), always of full precision."""
        with torch.autocast(sound.device.type, enabled=False):
            return self.mel(sound)


def load_crnn(path: Path) -> tuple[Crnn, dict[str, Any]]:
    """The averaged network of a checkpoint, frozen, in eval mode, and its header.

    Raises CheckpointError when the file is none of such a network.
    """
    return checkpoint.load_frozen(
        path,
        KIND,
        lambda header: Crnn(len(header["classes"])),
        "does not know music: train it with `python -m train.pretrain_crnn`.",
    )
