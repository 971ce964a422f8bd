"""A beat checkpoint -> ear.onnx, stepped against torch on whole clips -> an ear bundle."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from export.dance import CLIP_CHUNKS, parity_clips
from export.parity import ParityError
from export.to_onnx import export_network
from models import bundle
from models.log_mel import LogMelFrames
from models.nets.beat import BeatNetwork, load_ear
from models.runtime.stepper import NetworkStepper
from models.spec import BEAT, BeatState

TOLERANCE = 1e-4  # of probabilities
EAR = "ear.onnx"


class OnStage(nn.Module):
    """The network with its state as plain arguments and results, in the order of BeatState."""

    def __init__(self, network: BeatNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        activation, after = self.network(frames, BeatState(*state))
        return (activation, *after)


def to_onnx(network: BeatNetwork) -> bytes:
    """The stage graph: the frames of one chunk, fp32."""
    fields, mel = BeatState._fields, network.sizes.mel
    return export_network(
        OnStage(network),
        (torch.zeros(1, mel.n_frames, mel.n_bands), *network.start()),
        [BEAT.frames, *(f"state_{field}" for field in fields)],
        [BEAT.activation, *(f"next_{field}" for field in fields)],
    )


def parity(network: BeatNetwork, onnx: bytes) -> dict[str, float]:
    """The exported file stepped against torch on whole clips: largest difference, by clip.

    Raises ParityError when it is more than TOLERANCE.
    """
    stepper = NetworkStepper(onnx)
    differences: dict[str, float] = {}
    for name, clip in parity_clips(CLIP_CHUNKS).items():
        mel = network.sizes.mel
        with torch.no_grad():
            whole, _ = network(torch.from_numpy(LogMelFrames(mel).feed(clip.ravel()))[None])
        stepper.reset()
        front = LogMelFrames(mel)
        stepped = [
            stepper.step(**{BEAT.frames: front.feed(chunk)[None]})[BEAT.activation]
            for chunk in clip
        ]
        difference = float(np.abs(np.concatenate(stepped, 1) - whole.numpy()).max())
        differences[f"activation_{name}"] = difference
        if not difference <= TOLERANCE:
            raise ParityError(
                f"The exported ear differs from the trained one by {difference:.1e} on {name} "
                f"(allowed: {TOLERANCE:.0e}): the bundle is not written."
            )
    return differences


def export_beat(path: Path, folder: Path) -> bundle.Bundle:
    """Checkpoint -> bundle folder, written whole or not at all.

    Raises CheckpointError, ParityError or BundleError in one sentence.
    """
    network, header = load_ear(path)
    onnx = to_onnx(network)
    manifest = {
        "kind": "ear",
        "name": header["name"],
        "licence": header["licence"],
        "provenance": header["provenance"],
        "networks": {"fp32": EAR},
        "spec": header["spec"],
        "states": {
            field: list(tensor.shape)
            for field, tensor in zip(BeatState._fields, network.start(), strict=True)
        },
        "parity": {name: float(f"{v:.2e}") for name, v in parity(network, onnx).items()},
        "measured": {"iterations": header["step"]},
    }
    return bundle.write(folder, manifest, {EAR: onnx})
