"""Checkpoint of a person -> bundle: averaged weights as ONNX, compared with torch, then fewer bits.

Only the bodies of the renderer and its patches are quantised: the drawing, the first convolutions
and the heads need their full range (a drawing in 8 bits costs 0.2 of SSIM).
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.picture_parity import compare_renderer, ssim_loss
from export.to_onnx import export_network
from models import bundle, network_kinds
from models.fields import in_brief
from models.json_file import read_json
from models.nets import checkpoint
from models.nets.picture.renderer import PoseRenderer, StageRenderer
from models.runtime.precision import in_half
from models.spec import TARGET
from models.types import Array

PRECISIONS = ("int8", "fp16", "fp32")
# Names of nodes in 8 bits: inside these modules, but not a convolution that sees the drawing or
# gives colours (those lie right below the renderer), nor the body's last sum, whose 8 bits would
# make still places tremble.
_QUANTISED = re.compile(
    r"/renderer/(body|detail|head|hand|foot)(_\d+)?/(?!Conv$|drawn/|full_out/full_out.\d/(Add|Relu_1)$)"
)
_FIGURES = ("ssim", "worst_ssim", "psnr", "sharpness", "face", "hands", "feet", "frames")
_CALIBRATE = 80  # poses; the rest of the checkpoint's judge the result


def quantise(network: bytes, poses: Array) -> bytes:
    """The same graph with its body in 8 bits, ranges taken from the pictures of these poses."""
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
        if _QUANTISED.match(node.name) and node.op_type in ("Conv", "Add", "Relu", "DepthToSpace")
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


def load_renderer(path: Path) -> tuple[PoseRenderer, dict[str, Any]]:
    """The averaged weights of a target's checkpoint, and its header.

    Raises CheckpointError when it is not one.
    """
    tensors, header = checkpoint.load(path)
    if header.get("kind") != "target":
        raise checkpoint.CheckpointError(
            f"{path} is not a target: it holds {in_brief(header.get('kind'))}."
        )
    sizes, weights = checkpoint.sizes_of(path, header), checkpoint.part_of(tensors, "ema.painter")
    renderer = checkpoint.with_weights(path, lambda: PoseRenderer(sizes), weights)
    return renderer.eval(), header


def evaluation(path: Path) -> dict[str, float]:
    """What was measured of it: evaluation.json beside the checkpoint, if there is one."""
    report = path.with_name("evaluation.json")
    if not report.exists():
        return {}
    figures = read_json(report)
    return {key: figures[key] for key in _FIGURES if key in figures}


def person_fields(path: Path, header: dict[str, Any]) -> dict[str, Any]:
    """What a manifest says of a person, whatever paints them; "measured" as far as it is known.

    Raises CheckpointError when the checkpoint at `path` does not say it.
    """
    told = ("name", "licence", "provenance", "consent", "spec")
    checkpoint.require(path, header, *told, "body", "step", "held_out")
    return {
        "kind": "target",
        "network": network_kinds.trained(header).network,
        **{key: header[key] for key in told},
        **header["body"],
        "measured": {"training_steps": header["step"], "held_out": header["held_out"]},
    }


def export_target(path: Path, folder: Path, precisions: Sequence[str] = ("int8",)) -> bundle.Bundle:
    """Write the bundle of a trained person, in some of PRECISIONS.

    Raises ParityError when a network is too far from the trained one, CheckpointError when the
    checkpoint is not a target.
    """
    renderer, header = load_renderer(path)
    person = person_fields(path, header)
    known = renderer.calibration.numpy()
    # Poses nobody danced as well: halfway between two known ones.
    poses = np.concatenate([known, (known[1:] + known[:-1]) / 2])
    network = export_network(
        StageRenderer(renderer), (renderer.calibration[:1],), [TARGET.joints], TARGET[1:]
    )
    parity = compare_renderer(network, renderer, poses)
    networks: dict[str, str] = {}
    files: dict[str, bytes] = {}
    judged = np.concatenate([known[_CALIBRATE:], poses[len(known) :: 4]])
    made = {"int8": lambda: quantise(network, known[:_CALIBRATE]), "fp16": lambda: in_half(network)}
    for precision in PRECISIONS:
        if precision not in precisions:
            continue
        networks[precision] = f"renderer.{precision}.onnx" if precision in made else "renderer.onnx"
        content = made[precision]() if precision in made else network
        files[networks[precision]] = content
        if content is not network:
            parity[f"{precision}_ssim_loss"] = ssim_loss(content, network, judged)
    manifest = {
        **person,
        "networks": networks,
        "parity": parity,
        "size": renderer.spec.size,
        "measured": {**person["measured"], **evaluation(path)},
    }
    return bundle.write(folder, manifest, files)
