"""The patches of the stage renderer: where face, hands and feet lie, and what is drawn for each.

They are painted once more at half the cell size; what they give is added to the picture.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from models.nets.picture.pose_fields import (
    CELL,
    FINE_NARROW,
    FINE_WIDE,
    ears,
    fields,
    foot,
    hand,
    middles,
)
from models.skeleton import (
    L_ANKLE,
    L_EAR,
    L_ELBOW,
    L_EYE,
    L_KNEE,
    L_WRIST,
    NECK,
    NOSE,
    R_ANKLE,
    R_EAR,
    R_ELBOW,
    R_EYE,
    R_KNEE,
    R_WRIST,
)

KINDS = ("head", "hand", "foot")
N_DRAWN = {"head": 4 * 5 + 1, "hand": 4 * 2 + 1, "foot": 4 * 2 + 1}  # channels of the drawing


class Place(NamedTuple):
    """Where a patch lies: its first row and column in cells of the finest level, each (B,)."""

    top: Tensor
    left: Tensor

    def cut(self, picture: Tensor, height: int, width: int) -> Tensor:
        """(B, C, H, W) -> (B, C, height, width), in cells."""
        rows = self.top[:, None] + torch.arange(height, device=picture.device)
        columns = self.left[:, None] + torch.arange(width, device=picture.device)
        if len(picture) == 1:  # on stage: two cheap gathers instead of an index of every value
            return picture.index_select(2, rows[0]).index_select(3, columns[0])
        batch = torch.arange(len(picture), device=picture.device)[:, None, None]
        return picture.movedim(1, 3)[batch, rows[:, :, None], columns[:, None]].movedim(3, 1)

    def numbers(self, shape: torch.Size, n: int) -> Tensor:
        """Where the n x n pixels of the patch are in a flattened picture of that shape: int64."""
        batch, channels, height, width = shape
        device = self.top.device
        inside = torch.arange(n, device=device)
        inside = inside[:, None] * width + inside[None, :]
        layers = torch.arange(batch * channels, device=device).view(batch, channels, 1, 1)
        first = (self.top * width + self.left) * CELL
        return (layers * (height * width) + inside + first.view(-1, 1, 1, 1)).flatten()


def place_around(centre: Tensor, count: int, height: int, width: int) -> Place:
    """The patch of `count` cells around `centre` (B, 2), in cells, kept inside height x width."""
    corner = (centre.detach() - count / 2).round()
    left = corner[:, 0].clamp(0, width - count).long()
    return Place(corner[:, 1].clamp(0, height - count).long(), left)


@lru_cache(maxsize=16)
def taper(n: int, device: torch.device) -> Tensor:
    """Weights (n, n) that fade over the outer eighth: a patch must not show its edge."""
    at = (torch.arange(n, device=device) + 0.5) / n
    edge = (torch.minimum(at, 1 - at) * 8).clamp(0, 1)
    return edge[:, None] * edge[None, :]


class Part(NamedTuple):
    """One patch of a picture: which network paints it, where, and what is drawn for it."""

    kind: str
    centre: Tensor  # (B, 2), px of a 256 picture
    start: Tensor  # (B, N, 2), segments
    end: Tensor
    side: Tensor  # (B,), -1 right, 1 left, 0 neither


def parts_of(joints: Tensor) -> list[Part]:
    """Head, hands and feet; joints (B, 18, 2) in px of a 256 picture."""
    middle = ears(joints)
    one = torch.ones_like(joints[:, 0, 0])
    faces = ((NOSE, R_EYE), (NOSE, L_EYE), (R_EYE, R_EAR), (L_EYE, L_EAR))
    parts = [
        Part(
            "head",
            joints[:, NECK] + 1.2 * (middle - joints[:, NECK]),
            torch.stack([joints[:, NECK], *(joints[:, a] for a, _ in faces)], 1),
            torch.stack([middle, *(joints[:, b] for _, b in faces)], 1),
            0 * one,
        )
    ]
    arms = ((R_ELBOW, R_WRIST), (L_ELBOW, L_WRIST))
    for (elbow, wrist), side in zip(arms, (-1.0, 1.0), strict=True):
        fingers = hand(joints, elbow, wrist)
        start = torch.stack([joints[:, elbow], joints[:, wrist]], 1)
        end = torch.stack([joints[:, wrist], fingers], 1)
        parts.append(Part("hand", fingers, start, end, side * one))
    legs = ((R_KNEE, R_ANKLE), (L_KNEE, L_ANKLE))
    for (knee, ankle), side in zip(legs, (-1.0, 1.0), strict=True):
        heel, toe = foot(joints, knee, ankle)
        start = torch.stack([joints[:, knee], heel], 1)
        end = torch.stack([joints[:, ankle], toe], 1)
        parts.append(Part("foot", joints[:, ankle], start, end, side * one))
    return parts


def draw_fine(parts: Sequence[Part], places: Sequence[Place], count: int, cell: float) -> Tensor:
    """What is drawn for patches of `count` cells (of `cell` px of a 256 picture), finer.

    (patches * B, N_DRAWN of their kind, 2 count, 2 count), patch after patch.
    """
    left = torch.cat([place.left for place in places])
    top = torch.cat([place.top for place in places])
    start = torch.cat([part.start for part in parts])
    at_x = middles(left * 2, 2 * count, cell / 2)[:, None, None, :]
    at_y = middles(top * 2, 2 * count, cell / 2)[:, None, :, None]
    end = torch.cat([part.end for part in parts])
    lie = fields(start, end, at_x, at_y, FINE_NARROW, FINE_WIDE)
    wide = lie.wide
    sides = torch.cat([part.side for part in parts])[:, None, None, None]
    drawn = [
        lie.narrow,
        wide,
        wide * lie.position.clamp(-0.7, 1.7),
        wide * lie.side.clamp(-2.0, 2.0),
        sides.expand(-1, 1, 2 * count, 2 * count),
    ]
    return torch.cat(drawn, 1)
