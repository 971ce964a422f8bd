"""The paper's painter by its sizes alone, untrained: what ours is timed against (torch)."""

import torch
from torch import Tensor, nn


class Pix2PixGlobal(nn.Module):
    """pix2pixHD's global generator as Everybody Dance Now uses it: 182 M parameters.

    labels (1, 18, H, W) -> picture (1, 3, H, W).
    """

    def __init__(self, n_in: int = 18, width: int = 64, n_down: int = 4, n_blocks: int = 9) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(n_in, width, 7)]
        layers += [nn.InstanceNorm2d(width), nn.ReLU()]
        for i in range(n_down):
            n = width * 2**i
            layers += [nn.Conv2d(n, 2 * n, 3, 2, 1), nn.InstanceNorm2d(2 * n), nn.ReLU()]
        n = width * 2**n_down
        layers += [_Residual(n) for _ in range(n_blocks)]
        for i in range(n_down, 0, -1):
            n = width * 2**i
            layers += [
                nn.ConvTranspose2d(n, n // 2, 3, 2, 1, 1), nn.InstanceNorm2d(n // 2), nn.ReLU(),
            ]  # fmt: skip
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
        self.net = nn.Sequential(*layers)

    def forward(self, labels: Tensor) -> Tensor:
        return self.net(labels)


class _Residual(nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(n, n, 3), nn.InstanceNorm2d(n), nn.ReLU(),
            nn.ReflectionPad2d(1), nn.Conv2d(n, n, 3), nn.InstanceNorm2d(n),
        )  # fmt: skip

    def forward(self, picture: Tensor) -> Tensor:
        return picture + self.net(picture)


def to_onnx(network: nn.Module, inputs: tuple[Tensor, ...], names: list[str]) -> bytes:
    """Export for timing only."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            network.eval(), inputs, path, input_names=names, opset_version=18, dynamo=False
        )
        return path.read_bytes()
