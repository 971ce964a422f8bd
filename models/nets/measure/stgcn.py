"""ST-GCN, a network that recognises actions: poses -> logits and ten layers of features.

Trained once on actions, then frozen: the pose perceptual loss compares dances by its features.
Used in training only, never exported.
"""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import spec
from models.nets import checkpoint

# The released network's graph: the hips hang on the shoulders, unlike the bones that are drawn.
LINKS = (
    (4, 3), (3, 2), (7, 6), (6, 5), (13, 12), (12, 11), (10, 9), (9, 8), (11, 5), (8, 2),
    (5, 1), (2, 1), (0, 1), (15, 0), (14, 0), (17, 15), (16, 14),
)  # fmt: skip
CENTRE = 1  # the neck
N_PARTS = 3
REACH = 9  # frames of the temporal convolution
# Channels in, channels out, stride in time; for 50 frames 50, 25 from unit 5 and 13 from unit 8.
UNITS = (
    (2, 64, 1), (64, 64, 1), (64, 64, 1), (64, 64, 1),
    (64, 128, 2), (128, 128, 1), (128, 128, 1),
    (128, 256, 2), (256, 256, 1), (256, 256, 1),
)  # fmt: skip


def partitioned_graph() -> Tensor:
    """Who is seen by whom, (3, J, J): equally far from the neck, closer to it, farther.

    Entry [p, v, w] is the share of joint v in joint w; each joint's shares sum to 1 over p and v.
    """
    near = torch.eye(spec.N_JOINTS)
    for a, b in LINKS:
        near[a, b] = near[b, a] = 1
    distance = torch.full((spec.N_JOINTS,), -1)
    distance[CENTRE] = 0
    for hops in range(1, spec.N_JOINTS):
        reached = (near[distance == hops - 1] > 0).any(0)
        distance[reached & (distance < 0)] = hops
    shares = near / near.sum(0, keepdim=True)
    # In [v, w]: what w hears from a joint v closer to the neck than w itself, and so on.
    closer, farther = distance[:, None] < distance, distance[:, None] > distance
    return torch.stack([shares * ~(closer | farther), shares * closer, shares * farther])


class GraphUnit(nn.Module):
    """Mixes neighbouring joints, then neighbouring frames, around a shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int, shortcut: bool, dropout: float) -> None:
        super().__init__()
        self.parts = nn.Conv2d(n_in, N_PARTS * n_out, 1)
        self.importance = nn.Parameter(torch.ones(N_PARTS, spec.N_JOINTS, spec.N_JOINTS))
        self.joint_norm = nn.BatchNorm2d(n_out)
        self.frames = nn.Conv2d(n_out, n_out, (REACH, 1), (stride, 1), (REACH // 2, 0))
        self.frame_norm = nn.BatchNorm2d(n_out)
        self.dropout = nn.Dropout(dropout)
        self.shortcut: nn.Module | None = None
        if shortcut:
            self.shortcut = nn.Identity()
            if n_in != n_out or stride != 1:
                self.shortcut = nn.Sequential(
                    nn.Conv2d(n_in, n_out, 1, (stride, 1)), nn.BatchNorm2d(n_out)
                )

    def forward(self, x: Tensor, graph: Tensor) -> Tensor:
        """x (B, C, T, J), graph (3, J, J) -> (B, C', T', J)."""
        size, _, frames, joints = x.shape
        parts = self.parts(x).view(size, N_PARTS, -1, joints)  # (B, 3, C' T, J)
        gathered = (parts @ (graph * self.importance)).sum(1).view(size, -1, frames, joints)
        moved = self.dropout(self.frame_norm(self.frames(F.relu(self.joint_norm(gathered)))))
        return F.relu(moved if self.shortcut is None else moved + self.shortcut(x))


class ActionNetwork(nn.Module):
    """The ten units and a linear head over the mean of all joints and frames."""

    graph: Tensor

    def __init__(self, n_classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("graph", partitioned_graph(), persistent=False)
        self.norm = nn.BatchNorm1d(2 * spec.N_JOINTS)
        self.units = nn.ModuleList(
            GraphUnit(n_in, n_out, stride, shortcut=index > 0, dropout=dropout)
            for index, (n_in, n_out, stride) in enumerate(UNITS)
        )
        self.head = nn.Linear(UNITS[-1][1], n_classes)

    def features(self, poses: Tensor) -> list[Tensor]:
        """Poses (B, T, J, 2) in body units -> what each unit gives, (B, C, T', J) ten times."""
        x = self.norm(poses.flatten(2).transpose(1, 2))  # (B, 2 J, T)
        x = x.unflatten(1, (spec.N_JOINTS, 2)).permute(0, 2, 3, 1).contiguous()  # (B, 2, T, J)
        taps: list[Tensor] = []
        for unit in self.units:
            x = unit(x, self.graph)
            taps.append(x)
        return taps

    def forward(self, poses: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Poses (B, T, J, 2) -> logits (B, classes) and the ten tapped features."""
        taps = self.features(poses)
        return self.head(taps[-1].float().mean((2, 3))), taps


def load_actions(path: Path) -> tuple[ActionNetwork, dict[str, Any]]:
    """The averaged network of a checkpoint, frozen, in eval mode, and its header.

    Raises CheckpointError when the file is none of an action network.
    """
    return checkpoint.load_frozen(
        path,
        "actions",
        lambda header: ActionNetwork(len(header["classes"])),
        "is no action network: train one with `python -m train.pretrain_stgcn`.",
    )
