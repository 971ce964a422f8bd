"""The paper's networks by their sizes alone, untrained: what ours are timed against (torch)."""

import torch
from torch import Tensor, nn

from models.spec import CHUNK_SAMPLES, N_JOINTS


class PaperGenerator(nn.Module):
    """Ren et al.: conv encoder on isolated chunks, 2-layer GRU 256, residual MLP 1024.

    `causal` gives the one-way form with carried state, else the bidirectional one on a window.
    audio (1, T, 1600) [, hidden (2, 1, 256)] -> poses (1, T, 18, 2) [, next hidden].
    """

    def __init__(self, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        sizes = ((1, 16, 80, 16, 32), (16, 32, 4, 2, 1), (32, 64, 4, 2, 1), (64, 128, 10, 5, 3))
        layers: list[nn.Module] = []
        for n_in, n_out, kernel, stride, pad in sizes:
            layers += [
                nn.Conv1d(n_in, n_out, kernel, stride, pad),
                nn.BatchNorm1d(n_out),
                nn.ReLU(),
            ]
        self.encoder = nn.Sequential(*layers, nn.Conv1d(128, 256, 5), nn.Tanh())
        self.gru = nn.GRU(256, 256, 2, batch_first=True, bidirectional=not causal)
        self.join = nn.Identity() if causal else nn.Linear(512, 256)
        self.enter = nn.Linear(256, 1024)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Linear(1024, 1024), nn.BatchNorm1d(1024), nn.ReLU(),
                nn.Linear(1024, 1024), nn.BatchNorm1d(1024), nn.ReLU(),
            )
            for _ in range(3)
        )  # fmt: skip
        self.head = nn.Sequential(nn.Linear(1024, 2 * N_JOINTS), nn.Tanh())

    def forward(self, audio: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        heard = self.encoder(audio.reshape(-1, 1, CHUNK_SAMPLES)).reshape(1, -1, 256)
        felt, after = self.gru(heard, hidden)
        body = self.enter(self.join(felt)[0])
        for block in self.blocks:
            body = body + block(body)
        return self.head(body).reshape(1, -1, N_JOINTS, 2), after


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
