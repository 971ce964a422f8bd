"""The paper's critics of a dance: is the motion real for half a second, and is it to this music?

Verdicts are logits, high for real (the paper's sigmoid is left to the losses). Training only.
"""

import torch
from torch import Tensor, nn

from models.nets.dance.hcn import FEATURES, PieceEncoder, WindowEncoder
from models.nets.dance.paper_audio import Attention, MusicEncoder

WINDOW = 5
WINDOW_STEP = 3


def windows(poses: Tensor) -> Tensor:
    """Poses (B, T, J, 2) -> overlapping windows (B, K, 5, J, 2); 16 of 50 poses."""
    return poses.unfold(1, WINDOW, WINDOW_STEP).permute(0, 1, 4, 2, 3)


class LocalTemporalDiscriminator(nn.Module):
    """Judges short windows of poses, whatever the music."""

    def __init__(self) -> None:
        super().__init__()
        self.window = WindowEncoder()

    def forward(self, poses: Tensor) -> Tensor:
        """Poses (B, 50, J, 2) -> a score on each window, (B, 16)."""
        cut = windows(poses)
        return self.window(cut.flatten(0, 1)).view(cut.shape[:2])


class GlobalContentDiscriminator(nn.Module):
    """Judges a whole segment together with its own music, row by row."""

    def __init__(self, minus_log: bool = False) -> None:
        super().__init__()
        self.music = MusicEncoder()
        self.attention = Attention(minus_log=minus_log)
        self.pose = PieceEncoder()
        self.meet = nn.Conv1d(2, 1, 2)
        self.verdict = nn.Linear(FEATURES - 1, 1)

    def hear(self, audio: Tensor) -> Tensor:
        """Audio (B, 50, S), -1..1 -> the segment in 256 numbers, (B, 256)."""
        steps, _ = self.music(audio)
        return self.attention(steps)

    def score(self, poses: Tensor, features: Tensor) -> Tensor:
        """Poses (B, 50, J, 2) and what `hear` gave for their music -> scores (B,)."""
        pair = torch.stack([features, self.pose(poses)], 1)  # (B, 2, 256)
        return self.verdict(self.meet(pair).squeeze(1)).squeeze(-1)

    def forward(self, poses: Tensor, audio: Tensor) -> Tensor:
        """Poses (B, 50, J, 2) and the audio (B, 50, S) of the same segment -> scores (B,)."""
        return self.score(poses, self.hear(audio))
