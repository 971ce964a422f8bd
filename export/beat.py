"""A beat checkpoint -> ear.onnx, stepped against torch on whole clips -> an ear bundle."""

from pathlib import Path

import numpy as np
import torch

from export.on_stage import WITHIN, export_on_stage, state_shapes
from export.parity import Pair, compare_stepped, compare_weights
from export.watch import before_cut
from models import bundle, network_kinds
from models.log_mel import LogMelFrames
from models.nets.beat import BeatNetwork, load_ear
from models.nets.checkpoint import require
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
    """The weights, and the exported file stepped against torch on whole clips.

    Beat and downbeat are compared as logits: most of the time both are hardly more than 0. Raises
    ParityError when they differ by more than is allowed.
    """
    compare_weights("ear", onnx, network.state_dict(), WITHIN)
    watched, (logits,) = before_cut(onnx, [BEAT.activation])
    stepper = NetworkStepper(watched)

    def run(_: int, clip: Array) -> dict[str, Pair]:
        mel = network.sizes.mel
        frames = torch.from_numpy(LogMelFrames(mel).feed(clip.ravel()))[None]
        with torch.no_grad():
            whole = network.hear(frames, network.start())[0][0].numpy()
        stepper.reset()
        front = LogMelFrames(mel)
        said = [stepper.step(**{BEAT.frames: front.feed(chunk)[None]})[logits][0] for chunk in clip]
        stepped = np.concatenate(said)
        return {
            name: (whole[:, [at], None], stepped[:, [at], None])
            for at, name in enumerate(("beat", "downbeat"))
        }

    return compare_stepped("ear", run)


def export_beat(path: Path, folder: Path) -> bundle.Bundle:
    """Checkpoint -> bundle folder, written whole or not at all.

    Raises CheckpointError, ParityError or BundleError in one sentence.
    """
    network, header = load_ear(path)
    require(path, header, "name", "licence", "provenance", "step")
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
