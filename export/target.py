"""Checkpoint of a person -> bundle: averaged weights as ONNX, compared with torch, in few bits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export.few_bits import fewest_bits, in_eight_bits
from export.picture_parity import compare_renderer, refuse_loss, ssim_loss
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
_FIGURES = ("ssim", "worst_ssim", "psnr", "sharpness", "face", "hands", "feet", "frames")
_CALIBRATE = 80  # poses; the rest of the checkpoint's judge the result


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
        "reach": header.get("reach", []),
        "measured": {"training_steps": header["step"], "held_out": header["held_out"]},
    }


def export_target(
    path: Path, folder: Path, precisions: Sequence[str] | None = None
) -> bundle.Bundle:
    """Write the bundle of a trained person in some of PRECISIONS; None: in as few bits as it bears.

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
    judged = np.concatenate([known[_CALIBRATE:], poses[len(known) :: 4]])
    made: dict[str, bytes] = {}
    if precisions is None:
        few = fewest_bits(network, known[:_CALIBRATE], judged)
        made[few.precision] = few.network
        if few.network is not network:
            parity[f"{few.precision}_ssim_loss"] = round(few.ssim_loss, 5)
    for precision in PRECISIONS:
        if precision in (precisions or ()):
            made[precision] = _in(precision, network, known[:_CALIBRATE])
            if made[precision] is not network:
                loss = ssim_loss(made[precision], network, judged)
                parity[f"{precision}_ssim_loss"] = refuse_loss(loss)
    names = {p: "renderer.onnx" if p == "fp32" else f"renderer.{p}.onnx" for p in made}
    manifest = {
        **person,
        "networks": names,
        "parity": parity,
        "size": renderer.spec.size,
        "measured": {**person["measured"], **evaluation(path)},
    }
    return bundle.write(folder, manifest, {names[p]: content for p, content in made.items()})


def _in(precision: str, network: bytes, calibrate: Array) -> bytes:
    if precision == "int8":
        return in_eight_bits(network, calibrate)
    return in_half(network) if precision == "fp16" else network
