"""The pose as a picture: one channel a limb, drawn from coordinates; and where the face is.

The authors write limb numbers into one label picture, so that a limb in front deletes the one
behind it and one cannot tell an arm before the body from one behind. A channel for each keeps
both. There is no channel for the background: it would say only that no other one is set.
"""

import torch
from torch import Tensor

from models.skeleton import LIMBS

N_LIMBS = len(LIMBS)
_FACE = (0, 14, 15, 16, 17)  # nose, eyes, ears


def draw_limbs(joints: Tensor, size: int, half_px: float) -> Tensor:
    """Joints (B, 18, 2), 0..1 of the picture -> (B, 17, size, size), 0..1, smooth at the edges.

    A limb is all that is nearer than `half_px` to its bone, so one that points at the audience
    is still a dot.
    """
    start = joints[:, [a for a, _ in LIMBS]] * size
    along = joints[:, [b for _, b in LIMBS]] * size - start  # (B, 17, 2) px
    middle = torch.arange(size, device=joints.device, dtype=joints.dtype) + 0.5
    px = middle - start[..., 0, None, None]  # (B, 17, 1, W)
    py = middle[:, None] - start[..., 1, None, None]  # (B, 17, H, 1)
    dx, dy = along[..., 0, None, None], along[..., 1, None, None]
    length2 = (dx * dx + dy * dy).clamp(min=1e-6)
    nearest = (px * (dx / length2) + py * (dy / length2)).clamp(0, 1)
    distance = ((px - nearest * dx).square() + (py - nearest * dy).square()).sqrt()
    return (half_px + 0.5 - distance).clamp(0, 1)


def face_corner(joints: Tensor, size: int, side: int) -> Tensor:
    """First column and row, px, int64 (B, 2), of a square around the face, inside the picture.

    Joints (B, 18, 2), 0..1 of a picture of `size` px.
    """
    middle = joints[:, list(_FACE)].mean(1) * size
    return (middle - side / 2).round().long().clamp(0, size - side)


def cut(picture: Tensor, corners: Tensor, side: int) -> Tensor:
    """The squares at `corners` (B, 2): (B, C, H, W) -> (B, C, side, side)."""
    return picture.movedim(1, 3)[_pixels(corners, side)].movedim(3, 1)


def add_at(picture: Tensor, part: Tensor, corners: Tensor) -> Tensor:
    """The picture (B, C, H, W) with `part` (B, C, side, side) added at its corners (B, 2)."""
    rows = picture.movedim(1, 3)
    at = _pixels(corners, part.shape[-1])
    return rows.index_put(at, rows[at] + part.movedim(1, 3)).movedim(3, 1)


def _pixels(corners: Tensor, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Indices of batch, row and column of the squares at `corners`, (B, side, side) together."""
    inside = torch.arange(side, device=corners.device)
    batch = torch.arange(len(corners), device=corners.device)
    rows, columns = corners[:, 1:] + inside, corners[:, :1] + inside
    return batch[:, None, None], rows[:, :, None], columns[:, None, :]
