"""Judges that a network is trained against; never exported."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.nets.picture.pose_fields import N_FEATURES
from models.nets.picture.renderer import PoseRenderer


class PatchCritic(nn.Module):
    """Says of every patch of about 30 px whether it looks like the person in that pose."""

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

    def forward(self, picture: Tensor, drawn: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Picture (B, 3, H, W) 0..1 and drawn pose (B, N_FEATURES, H / 4, W / 4).

        Gives the score (B, 1, H / 4, W / 4), high for real, and what it was drawn from.
        """
        first = self.picture[:2](picture * 2 - 1)
        second = F.leaky_relu(self.picture[2](first), 0.2)
        pose = F.leaky_relu(self.pose(drawn), 0.2)
        third = F.leaky_relu(self.both(torch.cat([second, pose], 1)), 0.2)
        return self.verdict(third), [first, second, third]


class AdversarialPainter(nn.Module):
    """A painter and the critic it learns with, as one module for one training run."""

    def __init__(self, painter: PoseRenderer) -> None:
        super().__init__()
        self.painter = painter
        self.critic = PatchCritic().to(memory_format=torch.channels_last)  # pyright: ignore
