"""One network -> the bytes of one .onnx file with named inputs and outputs, fixed shapes."""

import io
import warnings
from collections.abc import Sequence

import torch

OPSET = 18


def export_network(
    model: torch.nn.Module,
    arguments: tuple[torch.Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> bytes:
    """Trace `model(*arguments)`; the names are those of models/spec.py, flat and in order.

    Constants are not folded: a plate kept as bytes stays bytes, onnxruntime unfolds it itself.
    """
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The tracing exporter is called deprecated; the new one renames tensors.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(),
            arguments,
            file,  # pyright: ignore[reportArgumentType] - a stream is taken, too
            input_names=list(inputs),
            output_names=list(outputs),
            opset_version=OPSET,
            do_constant_folding=False,
            dynamo=False,
        )
    return file.getvalue()
