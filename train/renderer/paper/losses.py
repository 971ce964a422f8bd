"""What the paper's painter of a person descends; one function per loss, weights left to others."""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.nets.picture.vgg import Vgg19

_OF_TAPS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)  # relu1_1 .. relu5_1, as in pix2pixHD

Features = list[list[Tensor]]  # what every layer of every discriminator gave, the score last


def _towards(outputs: Features, goal: float) -> Tensor:
    """Least squares, summed over the discriminators."""
    return torch.stack([(layers[-1].float() - goal).square().mean() for layers in outputs]).sum()


def discriminator_loss(real: Features, false: Features) -> Tensor:
    """The discriminators': 1 for real, 0 for false."""
    return 0.5 * (_towards(real, 1.0) + _towards(false, 0.0))


def generator_loss(false: Features) -> Tensor:
    """The painter's: what it paints is to be called real."""
    return _towards(false, 1.0)


def feature_matching(real: Features, false: Features) -> Tensor:
    """L1 of the discriminators' hidden layers, by layer 4 / (layers + 1), mean over them."""
    found: list[Tensor] = []
    for of_real, of_false in zip(real, false, strict=True):
        share = 4 / (len(of_real) - 1) / len(real)
        for a, b in zip(of_real[:-1], of_false[:-1], strict=True):
            found.append(share * F.l1_loss(b.float(), a.detach().float()))
    return torch.stack(found).sum()


def perceptual(network: Vgg19, ours: Tensor, truth: Tensor) -> Tensor:
    """Weighted L1 of five layers of VGG-19; pictures (B, 3, H, W), -1..1; mean of the batch."""
    with torch.no_grad():
        wanted = network(truth)
    seen = network(ours)
    return torch.stack(
        [
            weight * F.l1_loss(a.float(), b.float())
            for weight, a, b in zip(_OF_TAPS, seen, wanted, strict=True)
        ]
    ).sum()
