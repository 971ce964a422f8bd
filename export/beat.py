"""A beat checkpoint -> ear.onnx, stepped against torch on whole clips -> an ear bundle."""

from pathlib import Path

import numpy as np
import torch

from export.on_stage import export_on_stage, state_shapes
from export.parity import compare_stepped
from models import bundle, network_kinds
from models.log_mel import LogMelFrames
from models.nets.beat import BeatNetwork, load_ear
from models.runtime.stepper import NetworkStepper
from models.spec import BEAT
from models.types import Array

EAR = "ear.onnx"


def to_onnx(network: BeatNetwork) -> bytes:
    """The stage graph: the frames of one chunk, fp32."""
    mel = network.sizes.mel
    frames = torch.zeros(1, mel.n_frames, mel.n_bands)
    return export_on_stage(network, network.start(), {BEAT.frames: frames}, [BEAT.activation])


def parity(network: BeatNetwork, onnx: bytes) -> dict[str, float]:
    """The exported file stepped against torch on whole clips: largest difference, by clip.

    Raises ParityError when it is more than is allowed.
    """
    stepper = NetworkStepper(onnx)

    def run(_: int, clip: Array) -> tuple[Array, Array]:
        mel = network.sizes.mel
        with torch.no_grad():
            whole, _state = network(torch.from_numpy(LogMelFrames(mel).feed(clip.ravel()))[None])
        stepper.reset()
        front = LogMelFrames(mel)
        stepped = [
            stepper.step(**{BEAT.frames: front.feed(chunk)[None]})[BEAT.activation]
            for chunk in clip
        ]
        return whole.numpy(), np.concatenate(stepped, 1)

    return compare_stepped("ear", "activation", run)


def export_beat(path: Path, folder: Path) -> bundle.Bundle:
    """Checkpoint -> bundle folder, written whole or not at all.

    Raises CheckpointError, ParityError or BundleError in one sentence.
    """
    network, header = load_ear(path)
    onnx = to_onnx(network)
    manifest = {
        "kind": "ear",
        "network": network_kinds.trained(header).network,
        "name": header["name"],
        "licence": header["licence"],
        "provenance": header["provenance"],
        "networks": {"fp32": EAR},
        "spec": header["spec"],
        "states": state_shapes(network.start()),
        "parity": parity(network, onnx),
        "measured": {"iterations": header["step"]},
    }
    return bundle.write(folder, manifest, {EAR: onnx})
