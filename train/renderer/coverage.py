"""Where a person surely is and surely is not, given by the pose alone.

Measured on a video: how far from each limb all is person, and how far from the nearest limb the
person ever reaches. In a pose that nobody filmed this still tells torn, missing and ghost limbs.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.nets.picture.pose_fields import CELL, fields, middles, segments
from models.skeleton import L_HIP, L_SHOULDER, R_HIP, R_SHOULDER
from train.person.data import TargetData
from train.person.mask import where_person

_FRAMES = 300
_SURE = 0.985  # share of cells at that distance that are person
_FAR = 24  # px of a 256 picture
_SPARE = 2.0
_TORSO = (R_SHOULDER, L_SHOULDER, L_HIP, R_HIP)  # round
_TORSO_INSIDE = 0.85  # of it, around its middle


def _distances(joints_px: Tensor, size: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Of every cell of 4 px to every segment, and how far along it is; (B, N, h, w).

    Distances are px of a 256 picture.
    """
    unit = size / 256
    joints = joints_px / unit
    origin = torch.zeros(1, device=joints.device)
    at_x = middles(origin, width, CELL / unit)[:, None, None, :]
    at_y = middles(origin, height, CELL / unit)[:, None, :, None]
    start, end = segments(joints)
    lie = fields(start, end, at_x, at_y, 3.0, 10.0)
    return lie.distance2.sqrt(), lie.position


def _in_torso(joints_px: Tensor, height: int, width: int) -> Tensor:
    """Cells of 4 px between shoulders and hips, bool (B, 1, h, w): nobody has a hole there.

    Pictures cannot tell where a shirt has the colour of the wall.
    """
    corners = joints_px[:, _TORSO]
    middle = corners.mean(1, keepdim=True)
    corners = middle + _TORSO_INSIDE * (corners - middle)
    edges = corners.roll(-1, 1) - corners
    origin = torch.zeros(1, device=joints_px.device)
    at_x = middles(origin, width, CELL)[:, None, None, :]
    at_y = middles(origin, height, CELL)[:, None, :, None]
    from_x, from_y = (at - corners[..., n, None, None] for n, at in enumerate((at_x, at_y)))
    beside = edges[..., 0, None, None] * from_y - edges[..., 1, None, None] * from_x
    return (beside > 0).all(1, keepdim=True) | (beside < 0).all(1, keepdim=True)


@dataclass(frozen=True)
class Coverage:
    """For each drawn segment, px of a 256 picture."""

    inner: Tensor  # (N,), within it all is person; 0 = nothing is sure
    reach: Tensor  # (N,), beyond it of the nearest segment nothing is person

    def sure(self, joints_px: Tensor, size: int, height: int, width: int) -> tuple[Tensor, Tensor]:
        """Cells of 4 px, (B, 1, height, width) of 0 or 1: surely person, surely bare."""
        distance, along = _distances(joints_px, size, height, width)
        beside = (along >= 0) & (along <= 1)
        inner = self.inner.to(distance)[None, :, None, None]
        person = ((distance < inner) & beside).any(1, keepdim=True)
        person = person | _in_torso(joints_px, height, width)
        nearest, which = distance.min(1, keepdim=True)
        bare = nearest > self.reach.to(distance)[which]
        return person.float(), bare.float()


def measure(data: TargetData) -> Coverage:
    """Raises nothing: where a video shows too little of a segment, nothing is sure there."""
    rows = data.training[np.linspace(0, len(data.training) - 1, _FRAMES).astype(int)]
    plate = torch.from_numpy(data.plate).permute(2, 0, 1)[None].float() / 255
    cells = data.size // CELL
    known = torch.zeros(0)
    n_segments = 0
    near: list[Tensor] = []
    reach: list[tuple[Tensor, Tensor]] = []
    for row in rows:
        picture = torch.from_numpy(np.array(data.frames[row])).permute(2, 0, 1)[None].float() / 255
        person = F.avg_pool2d(where_person(picture, plate)[0], CELL)
        joints_px = torch.from_numpy(data.joints[row : row + 1]) * data.size
        distance, along = _distances(joints_px, data.size, cells, cells)
        n_segments = distance.shape[1]
        beside = (along >= 0) & (along <= 1)
        ring = distance.floor().clamp(max=_FAR).long() * n_segments
        ring = (ring + torch.arange(n_segments)[None, :, None, None])[beside]
        size = (_FAR + 1) * n_segments
        whole = torch.bincount(ring, minlength=size)
        of_person = (person > 0.5).expand_as(beside)[beside].float()
        near.append(torch.stack([torch.bincount(ring, of_person, size), whole]))
        nearest, which = distance.min(1, keepdim=True)
        seen = person > 0.3
        reach.append((which[seen], nearest[seen]))
    counted = torch.stack(near).sum(0).view(2, _FAR + 1, n_segments)
    share = counted[0] / counted[1].clamp(min=1)
    sure = (share >= _SURE) & (counted[1] >= 20)
    # The first ring that is not sure ends it.
    inner = sure.long().cumprod(0).sum(0).float()
    which, known = torch.cat([a for a, _ in reach]), torch.cat([b for _, b in reach])
    far = [
        float(torch.quantile(known[which == n], 0.999)) + _SPARE
        if (which == n).sum() > 50
        else _FAR
        for n in range(n_segments)
    ]
    return Coverage(inner, torch.tensor(far, dtype=torch.float32))
