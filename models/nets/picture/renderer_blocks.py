"""The layers of the stage renderer: no norm, no depthwise, so that they stay quick in 8 bits."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.spec import RendererSpec


def conv(n_in: int, n_out: int, kernel: int = 3, stride: int = 1, gain: float = 1.0) -> nn.Conv2d:
    """A convolution that keeps the size (at stride 1); its weights begin `gain` times as usual."""
    made = nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2)
    nn.init.kaiming_normal_(made.weight, nonlinearity="relu")
    with torch.no_grad():
        made.weight.mul_(gain)
    nn.init.zeros_(made.bias)  # pyright: ignore[reportArgumentType]
    return made


class Residual(nn.Module):
    """Two convolutions beside the identity; starts almost as the identity, so it needs no norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = conv(width, width)
        self.second = conv(width, width, gain=0.1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, h, w) -> the same again."""
        return F.relu(x + self.second(F.relu(self.first(x))))


class Body(nn.Module):
    """The part that is quantised: three levels down and up again, with skips."""

    def __init__(self, spec: RendererSpec) -> None:
        super().__init__()
        full, half, quarter = spec.width, spec.width_half, spec.width_quarter
        self.enter = conv(full, full)
        self.down_half = conv(full, half, stride=2)
        self.half_in = nn.Sequential(Residual(half), Residual(half))
        self.down_quarter = conv(half, quarter, stride=2)
        self.quarter = nn.Sequential(Residual(quarter), Residual(quarter))
        self.up_half = conv(quarter, half * 4, kernel=1, gain=0.5)
        self.half_out = Residual(half)
        self.up_full = conv(half, full * 4, kernel=1, gain=0.5)
        self.full_out = nn.Sequential(*(Residual(full) for _ in range(spec.blocks)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, width, h, w) -> the same again, and (B, width_half, h / 2, w / 2) for the shadow."""
        full = F.relu(self.enter(x))
        half = self.half_in(F.relu(self.down_half(full)))
        quarter = self.quarter(F.relu(self.down_quarter(half)))
        half = self.half_out(F.relu(half + F.pixel_shuffle(self.up_half(quarter), 2)))
        full = self.full_out(F.relu(full + F.pixel_shuffle(self.up_full(half), 2)))
        return full, half


class Detail(nn.Module):
    """One level finer than the body: cells of half the size."""

    def __init__(self, n_in: int, width: int) -> None:
        super().__init__()
        self.up = conv(n_in, width * 4, kernel=1, gain=0.5)
        self.blocks = nn.Sequential(Residual(width), Residual(width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, n_in, h, w) -> (B, width, 2 h, 2 w)."""
        return self.blocks(F.relu(F.pixel_shuffle(self.up(x), 2)))


class Patch(nn.Module):
    """Paints a small part again at half the cell size; what it gives is added."""

    def __init__(self, n_in: int, n_drawn: int, width: int) -> None:
        super().__init__()
        self.enter = conv(n_in, width * 4, kernel=1, gain=0.5)
        self.drawn = conv(n_drawn, width, kernel=1, gain=0.5)
        self.blocks = nn.Sequential(Residual(width), Residual(width))

    def forward(self, x: Tensor, drawn: Tensor) -> Tensor:
        """(B, n_in, n, n) and the fine drawing (B, n_drawn, 2 n, 2 n) -> (B, width, 2 n, 2 n)."""
        return self.blocks(F.relu(F.pixel_shuffle(self.enter(x), 2) + self.drawn(drawn)))
