"""One step of a puppet's training: windows of the picture laid from its views, and their losses."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.nets.picture.puppet import Moves, Puppet, chosen
from models.nets.picture.puppet_layers import before_plate, laid, person_of
from models.puppet.parts import NAMES
from models.puppet.rig import Pose
from train.renderer.config import PuppetTraining
from train.renderer.puppet.bank import COLOURS, PuppetOptimizer, ViewBank
from train.renderer.puppet.fused import lay_fused
from train.renderer.puppet.sampler import Batch, View

_LUMA = (0.299, 0.587, 0.114)
_SSIM_SPREAD, _SSIM_REACH = 1.5, 3  # px
_DETAIL_SPREAD, _DETAIL_REACH = 3.0, 6  # px, around which as much must happen as in truth
_FLOORS = 1e-4, 9e-4  # of SSIM, for 0..1
_SURE = 1e-4  # how near to 0 and 1 coverage is compared


def new_optimizer(
    puppet: Puppet, bank: ViewBank, settings: PuppetTraining
) -> torch.optim.Optimizer:
    """AdamW for the networks, and for each part's views a rate of its own."""
    views = {id(view) for view in puppet.views}
    networks = [p for p in puppet.parameters() if p.requires_grad and id(p) not in views]
    groups = [{"params": networks, "lr": settings.learning_rate, "weight_decay": 1e-3}]
    for name, begin, count in zip(NAMES, puppet.first_views, puppet.spec.views, strict=True):
        kind = name.removeprefix("r_").removeprefix("l_")
        groups.append({
            "params": list(puppet.views[begin : begin + count]),
            "lr": settings.view_rate * settings.slower.get(kind, 1.0),
            COLOURS: settings.kept.get(kind, 1.0),
            "weight_decay": 0.0,
        })  # fmt: skip
    return PuppetOptimizer(groups, bank)


def losses_of(
    puppet: Puppet, bank: ViewBank, batch: Batch, settings: PuppetTraining
) -> dict[str, Tensor]:
    """Means over the batch, by name, and their `total`."""
    features, choice = (torch.from_numpy(given) for given in batch.pose[1:])
    moves = puppet(batch.joints, features, choice)
    each = [
        _losses(puppet, bank, moves, batch.pose, number, view)
        for number, view in enumerate(batch.views)
    ]
    means = {name: torch.stack([one[name] for one in each]).mean() for name in each[0]}
    total = (
        means["colour"]
        + settings.gradient_loss * means["gradient"]
        + settings.ssim_loss * means["unlike"]
        + settings.coverage_loss * means["coverage"]
        + settings.dull_loss * means["dull"]
    )
    return {**means, "total": total}


def _losses(
    puppet: Puppet, bank: ViewBank, moves: Moves, pose: Pose, number: int, view: View
) -> dict[str, Tensor]:
    size = puppet.spec.size
    parts = laid(pose.frames, number, size, view.window)
    own = torch.from_numpy(parts.parts)
    shares, numbers = chosen(moves.chances[number, own], own)
    which = torch.tensor(puppet.first_views)[own, None] + numbers
    sums = lay_fused(
        bank, which.numpy(), shares, puppet.shifts_of(which), moves.warp[number, own], parts,
        view.window,
    )  # fmt: skip
    colours, alpha = person_of(sums)
    ours = before_plate(colours, alpha, moves.shadow[number], view.plate, view.window, size)
    weight, error = view.weight, ours - view.truth
    return {
        "colour": (weight[..., None] * error.abs()).mean(),
        "gradient": _steps(error, weight),
        "unlike": (_trimmed(weight) * (1 - _similarity(ours, view.truth))).mean(),
        "dull": (weight * (_detail(ours) - _detail(view.truth)).abs()).mean(),
        "coverage": (
            weight
            * F.binary_cross_entropy(alpha.clamp(_SURE, 1 - _SURE), view.coverage, reduction="none")
        ).mean(),
    }


def _steps(error: Tensor, weight: Tensor) -> Tensor:
    """Mean difference of the gradients of two pictures, by that of their difference."""
    down, across = error.diff(dim=0).abs(), error.diff(dim=1).abs()
    return (weight[1:, :, None] * down).mean() + (weight[:, 1:, None] * across).mean()


def _detail(picture: Tensor) -> Tensor:
    """How much happens around each pixel, (h, w): what is blurred has less, wherever it lies."""
    grey = picture @ picture.new_tensor(_LUMA)
    steps = F.pad(grey.diff(dim=0).abs(), (0, 0, 0, 1)) + F.pad(grey.diff(dim=1).abs(), (0, 1))
    around = _Blur.apply(steps[..., None], _DETAIL_SPREAD, _DETAIL_REACH)
    assert isinstance(around, Tensor)
    return around.view(grey.shape)


def _trimmed(picture: Tensor) -> Tensor:
    return picture[_SSIM_REACH:-_SSIM_REACH, _SSIM_REACH:-_SSIM_REACH]


def _similarity(ours: Tensor, truth: Tensor) -> Tensor:
    """SSIM of the brightness at every pixel, borders left out (h - 6, w - 6)."""
    a, b = (picture @ picture.new_tensor(_LUMA) for picture in (ours, truth))
    moments = _Blur.apply(torch.stack([a, b, a * a, b * b, a * b], -1), _SSIM_SPREAD, _SSIM_REACH)
    assert isinstance(moments, Tensor)
    mean_a, mean_b, aa, bb, ab = _trimmed(moments).unbind(-1)
    small, large = _FLOORS
    variances = aa - mean_a**2 + bb - mean_b**2
    return (
        (2 * mean_a * mean_b + small) * (2 * (ab - mean_a * mean_b) + large)
        / ((mean_a**2 + mean_b**2 + small) * (variances + large))
    )  # fmt: skip


class _Blur(torch.autograd.Function):
    """Gaussian over (h, w, n), nothing beyond the edges: its own transpose, so its own gradient.

    Torch's convolution of single planes takes ten times as long, backwards above all.
    """

    @staticmethod
    def forward(ctx: Any, picture: Tensor, spread: float, reach: int) -> Tensor:
        ctx.kernel = spread, reach
        return _blurred(picture, spread, reach)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _blurred(gradient, *ctx.kernel), None, None


def _blurred(picture: Tensor, spread: float, reach: int) -> Tensor:
    import cv2

    kernel = cv2.getGaussianKernel(2 * reach + 1, spread)
    given = np.ascontiguousarray(picture.numpy())
    blurred = cv2.sepFilter2D(given, -1, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
    return torch.from_numpy(blurred).view(picture.shape)  # a single plane lost its last axis
