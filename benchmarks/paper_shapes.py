"""The papers' networks by their sizes alone, untrained, as ONNX: what ours are timed against."""

import torch
from torch import Tensor, nn


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
