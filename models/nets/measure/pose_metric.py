"""A dance of 5 s -> a point on a sphere, near to those of dances to like music. Never exported.

After Coskun et al. (ECCV 2018), with the GRU of the paper's authors; unlike theirs it gives the
whole vector and not only its length.
"""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import spec
from models.nets import checkpoint
from models.nets.dance.paper_audio import Attention

KIND = "pose_metric"
HIDDEN, ATTENTION, INNER, EMBEDDING = 128, 20, 320, 128
WIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0)  # of the kernels


class PoseMetric(nn.Module):
    """GRU both ways, attention over the frames, three layers, length one."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(2 * spec.N_JOINTS)
        self.gru = nn.GRU(2 * spec.N_JOINTS, HIDDEN, 2, batch_first=True, bidirectional=True)
        self.attention = Attention(2 * HIDDEN, ATTENTION)
        self.head = nn.Sequential(
            nn.Linear(2 * HIDDEN, INNER), nn.LeakyReLU(), nn.BatchNorm1d(INNER), nn.Dropout(0.5),
            nn.Linear(INNER, INNER), nn.LeakyReLU(), nn.BatchNorm1d(INNER), nn.Dropout(0.5),
            nn.Linear(INNER, EMBEDDING),
        )  # fmt: skip

    def forward(self, poses: Tensor) -> Tensor:
        """Poses (B, T, J, 2) in body units -> (B, 128), each of length 1."""
        frames = self.norm(poses.flatten(2).transpose(1, 2)).transpose(1, 2)
        steps, _ = self.gru(frames)
        return F.normalize(self.head(self.attention(steps)), dim=-1)


def kernel(a: Tensor, b: Tensor) -> Tensor:
    """Mean of the sum of five Gaussians over all pairs of (n, D) and (m, D)."""
    squared = torch.cdist(a, b).square()
    return sum((torch.exp(squared / (-2 * width**2)) for width in WIDTHS), squared * 0).mean()


def discrepancy(a: Tensor, b: Tensor) -> Tensor:
    """Squared maximum mean discrepancy of two sets of points (n, D), (m, D); 0 for the same set."""
    return kernel(a, a) - 2 * kernel(a, b) + kernel(b, b)


def mmd_nca(anchor: Tensor, positive: Tensor, negatives: list[Tensor]) -> Tensor:
    """How little nearer the set of the same class is than those of other classes (Coskun, eq. 5).

    Negative logarithm of exp(-MMD(anchor, positive)) over the sum of the same for each other class.
    """
    others = torch.stack([-discrepancy(anchor, negative) for negative in negatives])
    return discrepancy(anchor, positive) + torch.logsumexp(others, 0)


def load_pose_metric(path: Path) -> tuple[PoseMetric, dict[str, Any]]:
    """The averaged network of a checkpoint, frozen, in eval mode, and its header.

    Raises CheckpointError when the file is none of such a network.
    """
    return checkpoint.load_frozen(
        path,
        KIND,
        lambda _: PoseMetric(),
        "does not compare dances: train it with `python -m train.cross_modal`.",
    )
