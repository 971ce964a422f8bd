"""The stage renderer: joints in, the picture of one person on their fixed background out.

The pose is drawn inside the network at a quarter of the size, as distance fields around the limbs,
so that the exported graph needs nothing but the joints. Stateless: equal joints, equal pictures.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.skeleton import L_ANKLE, L_HIP, LIMBS, NECK, NOSE, R_ANKLE, R_HIP
from models.spec import N_JOINTS, RendererSpec

N_CALIBRATION = 96  # typical poses kept with the weights: export quantises by them
CELL = 4  # px a side that one cell of the body paints
_R_SHOULDER, _R_ELBOW, _R_WRIST, _L_SHOULDER, _L_ELBOW, _L_WRIST = 2, 3, 4, 5, 6, 7
_R_KNEE, _L_KNEE, _R_EAR, _L_EAR = 9, 12, 16, 17

# Lengths in px of a 256 picture; tuned on one person, about half their limbs' thickness and reach.
_NARROW, _WIDE, _JOINT = 3.0, 10.0, 4.0
_LEAST_EXPONENT = -30.0
_TORSO_PERIODS = (1, 2, 4, 8)
_HAND = 0.35  # of the forearm, beyond the wrist
_FOOT = 0.2  # of the shin, around the ankle
_MASK_FLOOR = 0.01  # a mask below is none, so that the background stands still


class Painted(NamedTuple):
    """What one pass gives; colours and shares 0..1."""

    rgb: Tensor  # (B, 3, H, W), composited
    mask: Tensor  # (B, 1, H, W), the person
    mask_logits: Tensor  # (B, 1, H, W)
    shadow: Tensor  # (B, 1, H, W), how much darker the background is


def _segments(joints: Tensor) -> tuple[Tensor, Tensor]:
    """Ends of all that is drawn as a limb, each (B, N, 2): limbs, torso, head, hands, feet."""
    starts, ends = [a for a, _ in LIMBS], [b for _, b in LIMBS]
    hips = (joints[:, R_HIP] + joints[:, L_HIP]) / 2
    ears = (joints[:, _R_EAR] + joints[:, _L_EAR]) / 2
    more = [(joints[:, NECK], hips), (joints[:, NECK], ears)]
    for elbow, wrist in ((_R_ELBOW, _R_WRIST), (_L_ELBOW, _L_WRIST)):
        hand = joints[:, wrist] + _HAND * (joints[:, wrist] - joints[:, elbow])
        more.append((joints[:, wrist], hand))
    for knee, ankle in ((_R_KNEE, R_ANKLE), (_L_KNEE, L_ANKLE)):
        reach = _FOOT * (joints[:, ankle] - joints[:, knee])
        more.append((joints[:, ankle] - reach, joints[:, ankle] + reach))
    start = torch.cat([joints[:, starts], torch.stack([a for a, _ in more], 1)], 1)
    end = torch.cat([joints[:, ends], torch.stack([b for _, b in more], 1)], 1)
    return start, end


_N_LIMBS = len(LIMBS)
_TORSO, _HEAD, _FEET = _N_LIMBS, _N_LIMBS + 1, (_N_LIMBS + 4, _N_LIMBS + 5)
_N_SEGMENTS = _N_LIMBS + 6
_N_TURNS = 5  # head 3, feet 2
N_FEATURES = 5 * _N_SEGMENTS + 2 * len(_TORSO_PERIODS) + _N_TURNS + N_JOINTS


def _fading(exponent: Tensor) -> Tensor:
    """exp, never below 1e-13: numbers too small for normal floats slow a processor down.

    Far from the body nearly all were; the first convolution took 27 ms of 35 on an Intel Xeon.
    """
    return torch.exp(exponent.clamp(min=_LEAST_EXPONENT))


def draw(joints_px: Tensor, height: int, width: int, size: int) -> Tensor:
    """The drawn pose, (B, N_FEATURES, height, width) cells.

    `joints_px` (B, 18, 2) are px from the top left corner of what is painted; `size` is the whole
    picture's, which sets the thickness of the lines.
    """
    unit = size / 256
    joints = joints_px / unit  # px of a 256 picture from here on
    at_x = (torch.arange(width, dtype=joints.dtype, device=joints.device) + 0.5) * (CELL / unit)
    at_y = (torch.arange(height, dtype=joints.dtype, device=joints.device) + 0.5) * (CELL / unit)
    at_x, at_y = at_x.view(1, 1, 1, width), at_y.view(1, 1, height, 1)

    start, end = _segments(joints)
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
    side = px * (-dy / (length * _WIDE)) + py * (dx / (length * _WIDE))
    nearest = position.clamp(0.0, 1.0)
    off_x, off_y = px - nearest * dx, py - nearest * dy
    distance2 = off_x * off_x + off_y * off_y
    narrow = _fading(distance2 * (-0.5 / _NARROW**2))
    wide = _fading(distance2 * (-0.5 / _WIDE**2))

    torso = position[:, _TORSO : _TORSO + 1]
    periods = joints.new_tensor(_TORSO_PERIODS).view(1, -1, 1, 1) * (2 * math.pi)
    angle = torso * periods
    torso_wide = wide[:, _TORSO : _TORSO + 1]

    # How far the head and the hips are turned, which no limb near them shows.
    ears = (joints[:, _R_EAR] + joints[:, _L_EAR]) / 2
    head_turn = torch.cat(
        [joints[:, NOSE] - ears, (joints[:, _L_EAR] - joints[:, _R_EAR])[:, 0:1]], 1
    )
    hip_turn = (joints[:, L_HIP] - joints[:, R_HIP])[:, 0:1].expand(-1, 2)
    turns = torch.cat(
        [
            wide[:, _HEAD : _HEAD + 1] * (head_turn / 8.0)[..., None, None],
            wide[:, _FEET[0] :] * (hip_turn / 12.0)[..., None, None],
        ],
        1,
    )

    jx, jy = joints[..., 0, None, None], joints[..., 1, None, None]
    near = _fading((at_x - jx).square() * (-0.5 / _JOINT**2)) * _fading(
        (at_y - jy).square() * (-0.5 / _JOINT**2)
    )
    return torch.cat(
        [
            narrow,
            wide,
            wide * position.clamp(-0.7, 1.7),
            wide * side.clamp(-2.0, 2.0),
            wide * (length / 50.0),
            torso_wide * torch.sin(angle),
            torso_wide * torch.cos(angle),
            turns,
            near,
        ],
        1,
    )


def _conv(n_in: int, n_out: int, kernel: int = 3, stride: int = 1, gain: float = 1.0) -> nn.Conv2d:
    conv = nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    with torch.no_grad():
        conv.weight.mul_(gain)
    nn.init.zeros_(conv.bias)  # pyright: ignore[reportArgumentType]
    return conv


class Residual(nn.Module):
    """Two convolutions beside the identity; starts almost as the identity, so it needs no norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = _conv(width, width, gain=0.1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class Body(nn.Module):
    """The part that is quantised: three levels down and up again, with skips."""

    def __init__(self, spec: RendererSpec) -> None:
        super().__init__()
        full, half, quarter = spec.width, spec.width_half, spec.width_quarter
        self.enter = _conv(full, full)
        self.down_half = _conv(full, half, stride=2)
        self.half_in = nn.Sequential(Residual(half), Residual(half))
        self.down_quarter = _conv(half, quarter, stride=2)
        self.quarter = nn.Sequential(Residual(quarter), Residual(quarter))
        self.up_half = _conv(quarter, half * 4, kernel=1, gain=0.5)
        self.half_out = Residual(half)
        self.up_full = _conv(half, full * 4, kernel=1, gain=0.5)
        self.full_out = nn.Sequential(Residual(full), Residual(full))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, width, h, w) -> the same again, and (B, width_half, h / 2, w / 2) for the shadow."""
        full = F.relu(self.enter(x))
        half = self.half_in(F.relu(self.down_half(full)))
        quarter = self.quarter(F.relu(self.down_quarter(half)))
        half = self.half_out(F.relu(half + F.pixel_shuffle(self.up_half(quarter), 2)))
        full = self.full_out(F.relu(full + F.pixel_shuffle(self.up_full(half), 2)))
        return full, half


@lru_cache(maxsize=8)
def _enlarger(n: int, goal: int, device: torch.device) -> Tensor:
    """The matrix (goal, n) that enlarges a column of n values bilinearly."""
    eye = torch.eye(n, device=device)[None]
    return F.interpolate(eye, size=goal, mode="linear", align_corners=False)[0].T.contiguous()


class PoseRenderer(nn.Module):
    """Paints one person; `plate` is their empty background, `calibration` some of their poses."""

    plate: Tensor
    calibration: Tensor

    def __init__(self, spec: RendererSpec) -> None:
        super().__init__()
        self.spec = spec
        self.stem = _conv(N_FEATURES, spec.width, kernel=1)
        self.body = Body(spec)
        self.head = _conv(spec.width, 4 * CELL * CELL, gain=0.2)
        self.shade = _conv(spec.width_half, 1, gain=0.1)
        with torch.no_grad():  # start as the bare background
            bias: Tensor = self.head.bias  # pyright: ignore[reportAssignmentType]
            bias[: 3 * CELL * CELL] = 0.5
            bias[3 * CELL * CELL :] = -2.0
            self.shade.bias.fill_(-4.0)  # pyright: ignore[reportOptionalMemberAccess]
        self.register_buffer("plate", torch.zeros(3, spec.size, spec.size, dtype=torch.uint8))
        self.register_buffer("calibration", torch.zeros(N_CALIBRATION, N_JOINTS, 2))

    def forward(self, joints: Tensor) -> Painted:
        """Joints (B, 18, 2) in 0..1 of the picture -> the whole picture."""
        return self.paint(joints * float(self.spec.size), self.plate[None].float() / 255)

    def paint(self, joints_px: Tensor, plate: Tensor) -> Painted:
        """A part of the picture: joints (B, 18, 2) in px of it, its background (B or 1, 3, H, W).

        H and W are multiples of 16.
        """
        height, width = plate.shape[-2] // CELL, plate.shape[-1] // CELL
        features = draw(joints_px, height, width, self.spec.size)
        full, half = self.body(F.relu(self.stem(features)))
        # Colours and mask in full precision, whatever autocast does to the body.
        with torch.autocast(full.device.type, enabled=False):
            painted = F.pixel_shuffle(self.head(full.float()), CELL)
            shade = torch.sigmoid(self.shade(half.float()))
            # Bilinear enlargement as two matrix products: a tenth of the time on stage.
            rows = _enlarger(shade.shape[-2], plate.shape[-2], shade.device)
            columns = _enlarger(shade.shape[-1], plate.shape[-1], shade.device)
            shadow = rows @ shade @ columns.T
            colour, mask_logits = painted[:, :3], painted[:, 3:]
            mask = torch.sigmoid(mask_logits)
            mask = ((mask - _MASK_FLOOR) / (1 - 2 * _MASK_FLOOR)).clamp(0, 1)
            rgb = mask * colour + (1 - mask) * (plate * (1 - shadow))
        return Painted(rgb, mask, mask_logits, shadow)


class StageRenderer(nn.Module):
    """The graph that is exported: joints -> image uint8 (B, H, W, 3) and alpha uint8 (B, H, W)."""

    def __init__(self, renderer: PoseRenderer) -> None:
        super().__init__()
        self.renderer = renderer

    def forward(self, joints: Tensor) -> tuple[Tensor, Tensor]:
        painted = self.renderer(joints)
        image = (painted.rgb.clamp(0, 1) * 255).round().to(torch.uint8)
        alpha = (painted.mask * 255).round().to(torch.uint8)
        return image.permute(0, 2, 3, 1), alpha[:, 0]
