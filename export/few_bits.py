"""A renderer in as few bits as its picture bears: 8 in all its bodies, in the large one, or none.

Only the bodies of the renderer and its patches are quantised: the drawing, the first convolutions
and the heads need their full range (a drawing in 8 bits costs 0.2 of SSIM).
"""

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from export import picture_parity
from models.runtime.painter import NetworkPainter
from models.spec import TARGET
from models.types import Array

# Nodes inside a body, but not a convolution that sees the drawing or gives colours (those lie right
# below the renderer), nor the body's last sum, whose 8 bits would make still places tremble.
_INSIDE = r"(_\d+)?/(?!Conv$|drawn/|full_out/full_out.\d/(Add|Relu_1)$)"
ALL_BODIES = re.compile(r"/renderer/(body|detail|head|hand|foot)" + _INSIDE)
LARGE_BODY = re.compile(r"/renderer/body" + _INSIDE)
_PICTURES = 12  # of which the median time is told


class FewBits(NamedTuple):
    """What was chosen."""

    precision: str  # "int8" or "fp32"
    network: bytes
    ssim_loss: float  # against the full network


def fewest_bits(network: bytes, calibrate: Array, judged: Array) -> FewBits:
    """The fastest form that loses no more than MAX_SSIM_LOSS on the poses `judged`.

    What it costs to need more bits is told.
    """
    first = None
    for name, nodes in (("all of it", ALL_BODIES), ("its large body alone", LARGE_BODY)):
        smaller = in_eight_bits(network, calibrate, nodes)
        first = first or smaller
        loss = picture_parity.ssim_loss(smaller, network, judged)
        if loss <= picture_parity.MAX_SSIM_LOSS:
            if smaller is not first:
                _tell_cost(name, smaller, first, judged)
            return FewBits("int8", smaller, loss)
        print(
            f"{name[0].upper()}{name[1:]} in 8 bits loses {loss:.3f} of SSIM "
            f"(allowed: {picture_parity.MAX_SSIM_LOSS}).",
            flush=True,
        )
    assert first is not None
    _tell_cost("none of it", network, first, judged)
    return FewBits("fp32", network, 0.0)


def _tell_cost(what: str, taken: bytes, fastest: bytes, poses: Array) -> None:
    ours, best = (_ms(each, poses) for each in (taken, fastest))
    print(
        f"So {what} is in 8 bits: a picture takes {ours:.1f} ms on this processor, "
        f"{best:.1f} if all were.",
        flush=True,
    )


def _ms(network: bytes, poses: Array) -> float:
    painter = NetworkPainter(network)
    times: list[float] = []
    for pose in poses[:_PICTURES]:
        began = time.perf_counter()
        painter.paint(pose)
        times.append(time.perf_counter() - began)
    return 1e3 * float(np.median(times))


def in_eight_bits(network: bytes, poses: Array, nodes: re.Pattern[str] = ALL_BODIES) -> bytes:
    """The same graph with `nodes` in 8 bits, ranges taken from the pictures of these poses."""
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Poses(CalibrationDataReader):
        def __init__(self) -> None:
            self._poses: Iterator[Array] = iter(poses)

        def get_next(self) -> dict[str, Array] | None:  # pyright: ignore[reportIncompatibleMethodOverride]
            pose = next(self._poses, None)
            return None if pose is None else {TARGET.joints: pose[None]}

    body = [
        node.name
        for node in onnx.load_from_string(network).graph.node
        if nodes.match(node.name) and node.op_type in ("Conv", "Add", "Relu", "DepthToSpace")
    ]
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        before.write_bytes(network)
        quantize_static(
            before,
            after,
            Poses(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=body,
        )
        return after.read_bytes()
