"""Judges that a network is trained against; never exported."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.nets.renderer import N_FEATURES, PoseRenderer


class Verdict(NamedTuple):
    """High for real, of every cell; (B, 1, H / 4, W / 4)."""

    in_pose: Tensor  # does it look like the person in that pose?
    alone: Tensor  # does it look like the person at all?
    features: list[Tensor]  # what the first was drawn from


class PatchCritic(nn.Module):
    """Says of every patch of about 30 px whether it looks like the person."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.picture = nn.Sequential(
            nn.Conv2d(3, width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1),
        )
        self.pose = nn.Conv2d(N_FEATURES, width, 1)
        self.both = nn.Conv2d(3 * width, 4 * width, 3, padding=1)
        self.verdict = nn.Conv2d(4 * width, 1, 3, padding=1)
        self.alone = nn.Sequential(
            nn.Conv2d(2 * width, 2 * width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 3, padding=1),
        )

    def forward(self, picture: Tensor, drawn: Tensor) -> Verdict:
        """Picture (B, 3, H, W) 0..1 and drawn pose (B, N_FEATURES, H / 4, W / 4)."""
        first = self.picture[:2](picture * 2 - 1)
        second = F.leaky_relu(self.picture[2](first), 0.2)
        pose = F.leaky_relu(self.pose(drawn), 0.2)
        third = F.leaky_relu(self.both(torch.cat([second, pose], 1)), 0.2)
        return Verdict(self.verdict(third), self.alone(second), [first, second, third])


class JudgedPainter(nn.Module):
    """A painter and the critic it learns with, as one module for one training run."""

    def __init__(self, painter: PoseRenderer) -> None:
        super().__init__()
        self.painter = painter
        self.critic = PatchCritic().to(memory_format=torch.channels_last)  # pyright: ignore
