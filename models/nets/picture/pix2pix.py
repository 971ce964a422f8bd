"""pix2pixHD's networks (Wang et al. 2018) as Everybody Dance Now uses them (Chan et al. 2019).

Pictures are -1..1. Every norm is an instance norm without weights. Training and comparison only:
the global generator needs 57 GMAC a picture of 256 px, about a hundred times what a stage has.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_SPREAD = 0.02  # of the first weights, as in the authors' program


def _conv(n_in: int, n_out: int, kernel: int, stride: int = 1, padding: int = 0) -> nn.Conv2d:
    conv = nn.Conv2d(n_in, n_out, kernel, stride, padding)
    nn.init.normal_(conv.weight, 0.0, _SPREAD)
    return conv


def _up(n_in: int, n_out: int) -> nn.ConvTranspose2d:
    conv = nn.ConvTranspose2d(n_in, n_out, 3, 2, 1, 1)
    nn.init.normal_(conv.weight, 0.0, _SPREAD)
    return conv


def _normed(conv: nn.Module, width: int) -> list[nn.Module]:
    return [conv, nn.InstanceNorm2d(width), nn.ReLU()]


def _enter(n_in: int, width: int) -> list[nn.Module]:
    """The 7 x 7 convolution that every generator begins with."""
    return [nn.ReflectionPad2d(3), *_normed(_conv(n_in, width, 7), width)]


class _Colours(nn.Module):
    """The last 7 x 7 convolution and its tanh, in full precision whatever autocast does."""

    def __init__(self, width: int, n_out: int) -> None:
        super().__init__()
        self.pad = nn.ReflectionPad2d(3)
        self.conv = _conv(width, n_out, 7)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return torch.tanh(self.conv(self.pad(x.float())))


class ResidualBlock(nn.Module):
    """Two normed convolutions beside the identity, no activation after the sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1), *_normed(_conv(width, width, 3), width),
            nn.ReflectionPad2d(1), _conv(width, width, 3), nn.InstanceNorm2d(width),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class GlobalGenerator(nn.Module):
    """Down, residual blocks, up again: 182 M parameters as the paper has it."""

    def __init__(
        self, n_in: int = 18, width: int = 64, downs: int = 4, blocks: int = 9, n_out: int = 3
    ) -> None:
        super().__init__()
        layers = _enter(n_in, width)
        for n in (width * 2**i for i in range(downs)):
            layers += _normed(_conv(n, 2 * n, 3, 2, 1), 2 * n)
        layers += [ResidualBlock(width * 2**downs) for _ in range(blocks)]
        for n in (width * 2**i for i in range(downs, 0, -1)):
            layers += _normed(_up(n, n // 2), n // 2)
        self.body = nn.Sequential(*layers)
        self.colours = _Colours(width, n_out)

    def features(self, seen: Tensor) -> Tensor:
        """What the last layer paints from: (B, n_in, H, W) -> (B, width, H, W)."""
        return self.body(seen)

    def forward(self, seen: Tensor) -> Tensor:
        """(B, n_in, H, W) -> (B, n_out, H, W) -1..1; H and W are multiples of 2 ** downs."""
        return self.colours(self.body(seen))


class LocalEnhancer(nn.Module):
    """Paints at twice the size of a global generator, from its features and the finer drawing."""

    def __init__(self, n_in: int, width: int = 32, blocks: int = 3, n_out: int = 3) -> None:
        """`width` is half the global generator's."""
        super().__init__()
        self.down = nn.Sequential(
            *_enter(n_in, width), *_normed(_conv(width, 2 * width, 3, 2, 1), 2 * width)
        )
        self.up = nn.Sequential(
            *(ResidualBlock(2 * width) for _ in range(blocks)),
            *_normed(_up(2 * width, width), width),
        )
        self.colours = _Colours(width, n_out)

    def forward(self, seen: Tensor, coarse: Tensor) -> Tensor:
        """(B, n_in, H, W) and features (B, 2 width, H / 2, W / 2) -> (B, n_out, H, W) -1..1."""
        return self.colours(self.up(self.down(seen) + coarse))


class PatchDiscriminator(nn.Module):
    """Says of every patch whether it is real; least squares, so no sigmoid at its end."""

    def __init__(self, n_in: int, width: int = 64, layers: int = 3) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Sequential(_conv(n_in, width, 4, 2, 2), nn.LeakyReLU(0.2))])
        before = width
        for i in range(1, layers + 1):
            after = min(2 * before, 8 * width)
            conv = _conv(before, after, 4, 2 if i < layers else 1, 2)
            self.layers.append(nn.Sequential(conv, nn.InstanceNorm2d(after), nn.LeakyReLU(0.2)))
            before = after
        self.layers.append(_conv(before, 1, 4, 1, 2))

    def forward(self, seen: Tensor) -> list[Tensor]:
        """(B, n_in, H, W) -> what every layer gives, the score (B, 1, h, w) last."""
        found: list[Tensor] = []
        for layer in self.layers:
            seen = layer(seen)
            found.append(seen)
        return found


class MultiscaleDiscriminator(nn.Module):
    """The same discriminator for the picture and for smaller copies of it."""

    def __init__(self, n_in: int, width: int = 64, layers: int = 3, scales: int = 2) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            [PatchDiscriminator(n_in, width, layers) for _ in range(scales)]
        )

    def forward(self, seen: Tensor) -> list[list[Tensor]]:
        """(B, n_in, H, W) -> all layers of every discriminator, the finest first."""
        found: list[list[Tensor]] = []
        for i, discriminator in enumerate(self.discriminators):
            if i:
                seen = F.avg_pool2d(seen, 3, 2, 1, count_include_pad=False)
            found.append(discriminator(seen))
        return found
