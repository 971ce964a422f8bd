"""Joints -> distance fields of the limbs, drawn inside the renderer's graph (tensors only)."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from models.skeleton import (
    FOREARMS,
    HAND_REACH,
    L_ANKLE,
    L_EAR,
    L_HIP,
    L_KNEE,
    LIMBS,
    NECK,
    NOSE,
    R_ANKLE,
    R_EAR,
    R_HIP,
    R_KNEE,
)
from models.spec import N_JOINTS

CELL = 4  # px a side that one cell of the finest level paints
# Lengths in px of a 256 picture; tuned on one person, about half their limbs' thickness and reach.
_NARROW, _WIDE, _JOINT = 3.0, 10.0, 4.0
FINE_NARROW, FINE_WIDE = 1.5, 6.0  # in the patches
_LEAST_EXPONENT = -30.0
_TORSO_PERIODS = (1, 2, 4, 8)
_FOOT = 0.2  # of the shin, around the ankle
# Numbers of the segments that `segments` gives behind the limbs, and what is drawn of all.
_N_LIMBS = len(LIMBS)
_TORSO, _HEAD, _FEET = _N_LIMBS, _N_LIMBS + 1, (_N_LIMBS + 4, _N_LIMBS + 5)
_N_SEGMENTS = _N_LIMBS + 6
_N_TURNS = 5  # head 3, feet 2
N_FEATURES = 5 * _N_SEGMENTS + 2 * len(_TORSO_PERIODS) + _N_TURNS + N_JOINTS


def ears(joints: Tensor) -> Tensor:
    """The middle of the head: joints (B, 18, 2) -> (B, 2)."""
    return (joints[:, R_EAR] + joints[:, L_EAR]) / 2


def hand(joints: Tensor, elbow: int, wrist: int) -> Tensor:
    """Where the fingers are, which no joint says: (B, 18, 2) -> (B, 2)."""
    return joints[:, wrist] + HAND_REACH * (joints[:, wrist] - joints[:, elbow])


def foot(joints: Tensor, knee: int, ankle: int) -> tuple[Tensor, Tensor]:
    """The foot's ends along the shin, around the ankle: (B, 18, 2) -> (B, 2) twice."""
    reach = _FOOT * (joints[:, ankle] - joints[:, knee])
    return joints[:, ankle] - reach, joints[:, ankle] + reach


def segments(joints: Tensor) -> tuple[Tensor, Tensor]:
    """Ends of all that is drawn as a limb, each (B, N, 2): limbs, torso, head, hands, feet."""
    starts, ends = [a for a, _ in LIMBS], [b for _, b in LIMBS]
    hips = (joints[:, R_HIP] + joints[:, L_HIP]) / 2
    more = [(joints[:, NECK], hips), (joints[:, NECK], ears(joints))]
    for elbow, wrist in FOREARMS:
        more.append((joints[:, wrist], hand(joints, elbow, wrist)))
    more += [foot(joints, R_KNEE, R_ANKLE), foot(joints, L_KNEE, L_ANKLE)]
    start = torch.cat([joints[:, starts], torch.stack([a for a, _ in more], 1)], 1)
    end = torch.cat([joints[:, ends], torch.stack([b for _, b in more], 1)], 1)
    return start, end


def _fading(exponent: Tensor) -> Tensor:
    """exp, never below 1e-13: numbers too small for normal floats slow a processor down.

    Far from the body nearly all were; the first convolution took 27 ms of 35 on an Intel Xeon.
    """
    return torch.exp(exponent.clamp(min=_LEAST_EXPONENT))


class Fields(NamedTuple):
    """How every cell lies to every segment, each (B, N, h, w)."""

    position: Tensor  # along it, 0 at its start, 1 at its end
    side: Tensor  # beside it, in widths
    narrow: Tensor  # 1 on it, fading to 0
    wide: Tensor
    length: Tensor  # (B, N, 1, 1) px of a 256 picture
    distance2: Tensor  # px^2 of a 256 picture


def fields(
    start: Tensor, end: Tensor, at_x: Tensor, at_y: Tensor, narrow: float, wide: float
) -> Fields:
    """Of the segments (B, N, 2) at columns (B or 1, 1, 1, w) and rows (B or 1, 1, h, 1)."""
    along = end - start
    # The 4 px^2 keep divisions tame when a limb points at the audience.
    length2 = (along * along).sum(-1, keepdim=True)
    inverse = 1 / (length2 + 4.0)
    length = torch.sqrt(length2 + 4.0)
    ax, ay = start[..., 0:1, None], start[..., 1:2, None]
    dx, dy = along[..., 0:1, None], along[..., 1:2, None]
    inverse, length = inverse[..., None], length[..., None]
    px, py = at_x - ax, at_y - ay  # (B, N, 1, W), (B, N, H, 1)
    # Sums of a row and a column, so that little is computed at full size.
    position = px * (dx * inverse) + py * (dy * inverse)
    side = px * (-dy / (length * wide)) + py * (dx / (length * wide))
    nearest = position.clamp(0.0, 1.0)
    off_x, off_y = px - nearest * dx, py - nearest * dy
    distance2 = off_x * off_x + off_y * off_y
    return Fields(
        position,
        side,
        _fading(distance2 * (-0.5 / narrow**2)),
        _fading(distance2 * (-0.5 / wide**2)),
        length,
        distance2,
    )


def middles(first: Tensor, count: int, cell: float) -> Tensor:
    """Middles of `count` cells from cell number `first` (B or 1,) on, px of a 256 picture."""
    number = torch.arange(count, dtype=torch.float32, device=first.device)
    return (first.float()[:, None] + number + 0.5) * cell


def _turns(joints: Tensor, wide: Tensor) -> Tensor:
    """How far head and hips are turned, which no limb near them shows, (B, _N_TURNS, h, w)."""
    head_turn = torch.cat(
        [joints[:, NOSE] - ears(joints), (joints[:, L_EAR] - joints[:, R_EAR])[:, 0:1]], 1
    )
    hip_turn = (joints[:, L_HIP] - joints[:, R_HIP])[:, 0:1].expand(-1, 2)
    return torch.cat(
        [
            wide[:, _HEAD : _HEAD + 1] * (head_turn / 8.0)[..., None, None],
            wide[:, _FEET[0] :] * (hip_turn / 12.0)[..., None, None],
        ],
        1,
    )


def draw(joints_px: Tensor, height: int, width: int, size: int, cell: int = CELL) -> Tensor:
    """The drawn pose, (B, N_FEATURES, height, width) cells of `cell` px.

    `joints_px` (B, 18, 2) are px from the top left corner of what is painted; `size` is the whole
    picture's, which sets the thickness of the lines.
    """
    unit = size / 256
    joints = joints_px / unit  # px of a 256 picture from here on
    origin = torch.zeros(1, device=joints.device)
    at_x = middles(origin, width, cell / unit)[:, None, None, :]
    at_y = middles(origin, height, cell / unit)[:, None, :, None]

    start, end = segments(joints)
    lie = fields(start, end, at_x, at_y, _NARROW, _WIDE)
    position, narrow, wide = lie.position, lie.narrow, lie.wide

    torso = position[:, _TORSO : _TORSO + 1]
    periods = joints.new_tensor(_TORSO_PERIODS).view(1, -1, 1, 1) * (2 * math.pi)
    angle = torso * periods
    torso_wide = wide[:, _TORSO : _TORSO + 1]
    turns = _turns(joints, wide)

    jx, jy = joints[..., 0, None, None], joints[..., 1, None, None]
    near = _fading((at_x - jx).square() * (-0.5 / _JOINT**2)) * _fading(
        (at_y - jy).square() * (-0.5 / _JOINT**2)
    )
    return torch.cat(
        [
            narrow,
            wide,
            wide * position.clamp(-0.7, 1.7),
            wide * lie.side.clamp(-2.0, 2.0),
            wide * (lie.length / 50.0),
            torso_wide * torch.sin(angle),
            torso_wide * torch.cos(angle),
            turns,
            near,
        ],
        1,
    )
