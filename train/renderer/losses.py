"""Losses of the stage renderer: pictures (B, 3, H, W) 0..1, weights (B, 1, H, W) -> one number."""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.skeleton import ANKLES, FACE, FOREARMS, HAND_REACH


def importance(
    person: Tensor,
    joints_px: Tensor,
    unit: float,
    person_weight: float,
    face_weight: float,
    hand_weight: float,
    foot_weight: float,
) -> Tensor:
    """Weight of every pixel, (B, 1, H, W): person and a margin; face, hands and feet more.

    `unit` is the size of the whole picture over 256; `joints_px` (B, 18, 2) are px of this part.
    """
    height, width = person.shape[-2:]
    coarse = F.avg_pool2d(person, 4) > 0.3  # a lone noisy pixel is no person
    spread = max(1, round(2 * unit))
    coarse = F.max_pool2d(coarse.float(), 2 * spread + 1, 1, spread)
    weight = 1 + person_weight * F.interpolate(coarse, size=(height, width), mode="nearest")

    at_x = torch.arange(width, device=person.device) + 0.5
    at_y = torch.arange(height, device=person.device) + 0.5

    def spot(centre: Tensor, sigma: float) -> Tensor:
        scale = -0.5 / (sigma * unit) ** 2
        along_x = torch.exp((at_x - centre[:, :1]).square() * scale)
        along_y = torch.exp((at_y - centre[:, 1:]).square() * scale)
        return (along_y[:, :, None] * along_x[:, None, :])[:, None]

    weight = weight + face_weight * spot(joints_px[:, FACE].mean(1), 9.0)
    for elbow, wrist in FOREARMS:
        hand = joints_px[:, wrist] + HAND_REACH * (joints_px[:, wrist] - joints_px[:, elbow])
        weight = weight + hand_weight * spot(hand, 6.0)
    for ankle in ANKLES:
        weight = weight + foot_weight * spot(joints_px[:, ankle], 7.0)
    return weight


def weighted_l1(ours: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute difference under the weights."""
    return ((ours - truth).abs() * weight).mean() / weight.mean()


def gradient_l1(ours: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """The same of the steps between neighbouring pixels: edges count."""
    difference = ours - truth
    down = (difference[:, :, 1:] - difference[:, :, :-1]).abs() * weight[:, :, 1:]
    across = (difference[..., 1:] - difference[..., :-1]).abs() * weight[..., 1:]
    return (down.mean() + across.mean()) / weight.mean()


def _box_sum(x: Tensor, axis: int) -> Tensor:
    """Sums of 7 neighbours; much quicker than average pooling, forward and backward."""
    n = x.shape[axis] - 6
    pairs = x.narrow(axis, 0, n + 5) + x.narrow(axis, 1, n + 5)
    fours = pairs.narrow(axis, 0, n) + pairs.narrow(axis, 2, n)
    return fours + pairs.narrow(axis, 4, n) + x.narrow(axis, 6, n)


def ssim_loss(ours: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """1 - structural similarity in windows of 7 x 7; (B, 1, H, W), one channel at a time."""
    batch = ours.shape[0]
    moments = torch.cat([ours, truth, ours * ours, truth * truth, ours * truth], 0)
    moments = _box_sum(_box_sum(moments, 2), 3) / 49
    a, b, aa, bb, ab = moments.split(batch)
    similarity = ((2 * a * b + 1e-4) * (2 * (ab - a * b) + 9e-4)) / (
        (a * a + b * b + 1e-4) * (aa - a * a + bb - b * b + 9e-4)
    )
    inside = weight[..., 3:-3, 3:-3]
    return ((1 - similarity) * inside).mean() / inside.mean()


def mask_loss(logits: Tensor, person: Tensor, bare: Tensor) -> Tensor:
    """Cross entropy where it is sure; what may be a shadow is left to the network."""
    sure = person + bare
    loss = F.binary_cross_entropy_with_logits(logits, person, weight=sure, reduction="sum")
    return loss / (sure.sum() + 1)
