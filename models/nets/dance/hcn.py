"""Two-stream pose encoder (HCN): poses and their steps, joints made channels so that all meet all.

The two critics of a dance see through it: one whole segments, the other windows of five poses.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import spec

FEATURES = 256


def _xavier(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def steps_between(poses: Tensor) -> Tensor:
    """Differences of neighbouring poses, stretched back to as many: (B, 2, T, J) -> the same."""
    steps = poses[:, :, 1:] - poses[:, :, :-1]
    return F.interpolate(steps, size=poses.shape[2:], mode="bilinear", align_corners=False)


class Stream(nn.Module):
    """Convolutions 1 to 4 of one stream: first each joint in time, then all joints at once."""

    def __init__(self, is_pooled: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(2, 64, 1)
        self.conv2 = nn.Conv2d(64, 32, (3, 1))
        self.conv3 = nn.Conv2d(spec.N_JOINTS, 32, 3, padding=1)
        self.conv4 = nn.Conv2d(32, 64, 3, padding=1)
        self.dropout = nn.Dropout2d(0.5)
        self.pool = nn.MaxPool2d(2) if is_pooled else nn.Identity()

    def forward(self, moving: Tensor) -> list[Tensor]:
        """(B, 2, T, J) -> what each of the four convolutions gives, pooled where it pools."""
        first = F.relu(self.conv1(moving))  # (B, 64, T, J)
        second = self.conv2(first)  # (B, 32, T - 2, J)
        third = self.pool(self.conv3(second.transpose(1, 3)))  # (B, 32, T', W')
        fourth = self.pool(self.dropout(self.conv4(third)))
        return [first, second, third, fourth]


class TwoStream(nn.Module):
    """Poses and steps apart up to convolution 4, together in 5 and 6."""

    def __init__(self, is_pooled: bool) -> None:
        """`is_pooled`: every convolution from the third on halves; else only the last does."""
        super().__init__()
        self.poses = Stream(is_pooled)
        self.steps = Stream(is_pooled)
        self.conv5 = nn.Conv2d(128, 128, 3, padding=1)
        self.conv6 = nn.Conv2d(128, FEATURES, 3, padding=1)
        self.dropout = nn.Dropout2d(0.5)
        self.pool = nn.MaxPool2d(2) if is_pooled else nn.Identity()
        self.last_pool = nn.MaxPool2d(2)

    def features(self, poses: Tensor) -> list[Tensor]:
        """Poses (B, T, J, 2) -> what convolutions 1 to 6 give, both streams side by side."""
        moving = poses.permute(0, 3, 1, 2)  # (B, 2, T, J)
        streams = zip(self.poses(moving), self.steps(steps_between(moving)), strict=True)
        taps = [torch.cat(pair, 1) for pair in streams]
        taps.append(self.pool(self.dropout(F.relu(self.conv5(taps[-1])))))
        taps.append(self.last_pool(self.dropout(F.relu(self.conv6(taps[-1])))))
        return taps


class PieceEncoder(nn.Module):
    """A whole segment of 50 poses -> 256 numbers (1,421,184 parameters)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = TwoStream(is_pooled=True)
        self.head = nn.Sequential(
            nn.Linear(1536, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, FEATURES)
        )
        self.apply(_xavier)

    def features(self, poses: Tensor) -> list[Tensor]:
        """Poses (B, 50, J, 2) -> what its six convolutions give."""
        return self.body.features(poses)

    def forward(self, poses: Tensor) -> Tensor:
        """Poses (B, 50, J, 2) -> (B, 256)."""
        return self.head(self.features(poses)[-1].flatten(1))


class WindowEncoder(nn.Module):
    """A window of 5 poses -> one number, high for real (1,552,001 parameters)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = TwoStream(is_pooled=False)
        self.head = nn.Sequential(
            nn.Linear(4096, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 1)
        )
        self.apply(_xavier)

    def forward(self, poses: Tensor) -> Tensor:
        """Poses (B, 5, J, 2) -> (B,)."""
        return self.head(self.body.features(poses)[-1].flatten(1)).squeeze(-1)
