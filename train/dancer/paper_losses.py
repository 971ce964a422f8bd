"""Losses of the paper's dance, one function each: poses (B, T, J, 2) -> one number.

A confidence (B, T, J) of 0 takes a joint out everywhere: `l1` leaves it out, and the losses that
see through a network are given both dances after `agreed`.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from models import skeleton
from models.nets.dance.hcn import PieceEncoder
from models.nets.measure.stgcn import ActionNetwork

# The first two units of ten see single poses nearly as they are.
TAP_WEIGHTS = (20.0, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


def filled(truth: Tensor, confidence: Tensor) -> Tensor:
    """Joints of confidence 0 drawn straight between the nearest sure poses, else as in standing.

    What `truth` holds there, be it NaN, has no influence.
    """
    count = truth.shape[1]
    sure = confidence > 0
    at = torch.arange(count, device=truth.device).view(1, -1, 1)
    before = torch.where(sure, at, -1).cummax(1).values
    after = torch.where(sure, at, count).flip(1).cummin(1).values.flip(1)
    low = torch.where(before < 0, after, before).clamp(max=count - 1)
    high = torch.where(after >= count, before, after).clamp(min=0)
    share = ((at - low) / (high - low).clamp(min=1)).clamp(0, 1)[..., None].to(truth.dtype)

    def pick(index: Tensor) -> Tensor:
        return truth.gather(1, index[..., None].expand(truth.shape))

    between = pick(low) * (1 - share) + pick(high) * share
    standing = torch.as_tensor(skeleton.STANDING, dtype=truth.dtype, device=truth.device)
    between = torch.where(sure.any(1, keepdim=True)[..., None], between, standing)
    return torch.where(sure[..., None], truth, between)


def agreed(ours: Tensor, truth: Tensor, confidence: Tensor | None) -> tuple[Tensor, Tensor]:
    """Both dances with the same filled-in value wherever the confidence is 0.

    No network can then tell them apart by such a joint, and no gradient reaches ours there.
    """
    if confidence is None:
        return ours, truth
    whole = filled(truth, confidence)
    return torch.where(confidence[..., None] > 0, ours, whole), whole


def l1(ours: Tensor, truth: Tensor, confidence: Tensor | None = None) -> Tensor:
    """Mean absolute difference over coordinates, each as sure as it is."""
    if confidence is None:
        return (ours - truth).abs().mean()
    # Not a product with 0: what is unknown may be NaN.
    apart = torch.where(confidence[..., None] > 0, ours - truth, 0.0).abs().sum(-1)
    return (apart * confidence).sum() / (2 * confidence.sum()).clamp(min=1e-6)


def generator_loss(fake: Tensor) -> Tensor:
    """The generator's: scores of its dances against "real" (the non-saturating form)."""
    return F.softplus(-fake.float()).mean()  # the cross entropy of sigmoid(fake) and 1


def discriminator_loss(real: Tensor, fake: Tensor, mismatched: Tensor | None = None) -> Tensor:
    """The critic's: half for real dances, half for false ones.

    `mismatched` are scores of real dances to other music; they share the half of the fake ones.
    """
    false = F.softplus(fake.float()).mean()
    if mismatched is not None:
        false = 0.5 * (false + F.softplus(mismatched.float()).mean())
    return 0.5 * (generator_loss(real) + false)


def gradient_penalty(
    critic: Callable[[Tensor, Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    audio: Tensor,
    share: Tensor,
) -> Tensor:
    """How far the slope of the critic's probability is from 1, between real and fake poses.

    Equation 4: the slope by poses and music together. `critic` scores poses with their audio,
    (B,); `share` (B,) 0..1 is drawn at random. Both dances have the same music, so that nothing
    lies between.
    """
    share = share.view(-1, 1, 1, 1)
    mixed = (share * real.detach() + (1 - share) * fake.detach()).requires_grad_(True)
    music = audio.detach().clone().requires_grad_(True)
    # cuDNN knows no second derivative of recurrent layers; only this pass does without it.
    with torch.backends.cudnn.flags(enabled=False):
        probability = torch.sigmoid(critic(mixed, music))  # as the released code: not of the logit
        slopes = torch.autograd.grad(probability.sum(), (mixed, music), create_graph=True)
    # The root has no slope at 0, where a critic that ignores its input would give NaN.
    squares = torch.stack([slope.flatten(1).square().sum(1) for slope in slopes]).sum(0)
    return ((squares + 1e-12).sqrt() - 1).square().mean()


def _apart(found: Tensor, goal: Tensor) -> Tensor:
    """Mean absolute difference, in full precision whatever the networks ran in."""
    return (found.float() - goal.float()).abs().mean()


def feature_matching(encoder: PieceEncoder, ours: Tensor, truth: Tensor) -> Tensor:
    """Mean difference of the critic's six convolutions, once each, seen without dropout."""
    was_training = encoder.training
    encoder.eval()
    with torch.no_grad():
        wanted = encoder.features(truth)
    found = encoder.features(ours)
    encoder.train(was_training)
    return torch.stack([_apart(a, b) for a, b in zip(found, wanted, strict=True)]).sum()


def true_features(network: ActionNetwork, truth: Tensor) -> list[Tensor]:
    """What the frozen network sees in the true dance; never changes, so it can be kept."""
    with torch.no_grad():
        return network.features(truth)


def perceptual(network: ActionNetwork, ours: Tensor, wanted: Sequence[Tensor]) -> Tensor:
    """Weighted mean differences of the ten features from those of the true dance.

    Raises ValueError when the network still learns: it has to be a fixed measure.
    """
    if network.training or any(weight.requires_grad for weight in network.parameters()):
        raise ValueError("The perceptual network has to be frozen and in eval mode.")
    return torch.stack(
        [
            weight * _apart(found, goal)
            for weight, found, goal in zip(TAP_WEIGHTS, network.features(ours), wanted, strict=True)
        ]
    ).sum()
