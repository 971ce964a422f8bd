"""What a body can do: bone lengths, reach and the floor, as layers of a dance network."""

import numpy as np
import torch
from torch import Tensor, nn

from models import skeleton, spec

POSE_NUMBERS = spec.N_JOINTS * 2
BELOW_FLOOR = 0.01  # of the lower ankle, body units: what is allowed before the pose is put right


class BoneLimit(nn.Module):
    """Cut every bone of a pose to its canonical length and build the body anew from the hips."""

    to_bones: Tensor
    to_joints: Tensor
    to_root: Tensor
    lengths: Tensor

    def __init__(self) -> None:
        super().__init__()
        eye = np.eye(spec.N_JOINTS, dtype=np.float32)
        to_joints = np.zeros_like(eye)
        for joint in skeleton.TREE_ORDER:
            parent = skeleton.PARENTS[joint]
            to_joints[joint] = eye[joint] + (0 if parent < 0 else to_joints[parent])
        # Bones are linear in the joints: each unit vector, fed as the x of all joints, is a column.
        to_bones = np.stack([skeleton.bone_vectors(np.stack([e, e], -1))[:, 0] for e in eye], 1)
        self.register_buffer("to_bones", torch.tensor(to_bones), False)
        self.register_buffer("to_joints", torch.tensor(to_joints), False)
        lengths = torch.tensor(skeleton.CANONICAL_LENGTHS)[:, None]
        self.register_buffer("lengths", lengths, False)

    def forward(self, poses: Tensor) -> Tensor:
        """(..., J, 2) -> (..., J, 2)."""
        hips = (poses[..., skeleton.R_HIP, :] + poses[..., skeleton.L_HIP, :]) / 2
        bones = self.to_bones @ poses
        drawn = torch.sqrt((bones * bones).sum(-1, keepdim=True) + 1e-8)
        return self.to_joints @ (bones * (self.lengths / drawn).clamp(max=1.0)) + hips.unsqueeze(-2)


def on_floor(poses: Tensor, jump: float) -> Tensor:
    """Lift or lower poses (..., J, 2) whose lower ankle is below the floor or beyond a jump.

    Dancers of motion capture keep it within 0.01 of the floor; a dance that runs for minutes sank.
    """
    lower = torch.maximum(poses[..., skeleton.R_ANKLE, 1], poses[..., skeleton.L_ANKLE, 1])
    lowest, highest = skeleton.CANONICAL_LEG + BELOW_FLOOR, skeleton.CANONICAL_LEG - jump
    lift = lower.clamp(highest, lowest) - lower
    return poses + torch.stack([torch.zeros_like(lift), lift], -1).unsqueeze(-2)


class Reach(nn.Module):
    """Keeps poses where dancers have been: no joint beyond its places, no odd combination of them.

    A dance that hears its own last pose may wander off what it knows, and bend or leave the stage.
    """

    mean: Tensor
    axes: Tensor
    span: Tensor
    places: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(POSE_NUMBERS))
        self.register_buffer("axes", torch.eye(POSE_NUMBERS))
        self.register_buffer("span", torch.tensor([[-9.0], [9.0]]).repeat(1, POSE_NUMBERS))
        self.register_buffer("places", torch.tensor([[-9.0], [9.0]]).repeat(1, POSE_NUMBERS))

    def learn(self, poses: Tensor, margin: float = 0.05) -> None:
        """Take the bounds from poses (N, J, 2), rare ones left out, plus a share of each range."""
        flat = poses.flatten(1)
        self.mean.copy_(flat.mean(0))
        self.axes.copy_(torch.linalg.eigh(torch.cov(flat.T))[1])
        shares = torch.tensor([0.001, 0.999])
        for bounds, values in (
            (self.span, (flat - self.mean) @ self.axes),
            (self.places, flat),
        ):
            low, high = torch.quantile(values, shares, dim=0)
            spare = margin * (high - low) + 1e-4
            bounds.copy_(torch.stack([low - spare, high + spare]))
        # Only what the body does at large: held to the finest combinations as well, it froze.
        self.span[:, : POSE_NUMBERS // 2] = torch.tensor([[-9.0], [9.0]])

    def forward(self, poses: Tensor) -> Tensor:
        """(..., J, 2) -> (..., J, 2)."""
        flat = poses.flatten(-2)
        flat = flat.maximum(self.places[0]).minimum(self.places[1])
        along = (flat - self.mean) @ self.axes
        along = along.maximum(self.span[0]).minimum(self.span[1])
        return (along @ self.axes.T + self.mean).unflatten(-1, (spec.N_JOINTS, 2))
