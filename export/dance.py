"""A dance checkpoint -> generator.onnx, stepped against torch on whole clips -> a dance bundle."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.on_stage import export_on_stage, state_shapes
from export.parity import ParityError, compare_stepped
from models import bundle, network_kinds, spec
from models.json_file import read_json
from models.nets import checkpoint
from models.nets.dance.load_dance import Network, load_dance, noise_of
from models.nets.dance.paper_generator import PaperGenerator
from models.runtime.dance import DanceStepper
from models.spec import DANCE, DanceState, PaperState
from models.types import Array

GENERATOR = "generator.onnx"


def _start(network: Network) -> DanceState | PaperState:
    if isinstance(network, PaperGenerator) and not network.sizes.causal:
        raise ParityError(
            "This dance hears both ways and needs the whole song before it: it cannot be played "
            "live. Train it with the preset paper-live."
        )
    if len(network.sizes.horizons) < 2:
        raise ParityError(
            "This dance says where the body is at one moment of each chunk and foresees nothing: "
            "it cannot be played live. Train it with the preset paper-live."
        )
    return network.start()


def _n_controls(network: Network) -> int:
    if isinstance(network, PaperGenerator):
        return len(spec.CONTROLS)  # which it does not hear
    return network.sizes.n_controls


def to_onnx(network: Network) -> bytes:
    """The stage graph: B = 1, T = 1, fp32, states named as models/spec.py says.

    Raises ParityError for a dance that is not causal or foresees nothing.
    """
    inputs = {
        DANCE.audio: torch.zeros(1, 1, spec.CHUNK_SAMPLES),
        DANCE.noise: torch.zeros(1, 1, noise_of(network).size),
        DANCE.controls: torch.zeros(1, 1, _n_controls(network)),
    }
    return export_on_stage(network, _start(network), inputs, [DANCE.poses])


def parity(network: Network, onnx: bytes) -> dict[str, float]:
    """The exported file stepped against torch on whole clips: largest difference, by clip.

    Raises ParityError when a plan was chosen differently or a pose is off by more than is allowed.
    """
    stepper = DanceStepper(onnx, network.sizes)

    def run(seed: int, clip: Array) -> tuple[Array, Array]:
        rng = np.random.default_rng(seed)
        noise = stepper.noise.draw(rng, len(clip))
        controls = rng.normal(0, 0.7, (len(clip), _n_controls(network))).astype(np.float32)
        with torch.no_grad():
            whole, _ = network(
                *(torch.from_numpy(values)[None] for values in (clip, noise, controls))
            )
        stepper.reset()
        stepped = [stepper.step(*chunk) for chunk in zip(clip, noise, controls, strict=True)]
        return whole[0].numpy(), np.stack(stepped)

    return compare_stepped("dance", "poses", run, " body units")


def judged(path: Path) -> dict[str, Any]:
    """What `train.evaluate` wrote beside the checkpoint, if it judged these very weights."""
    reports: dict[str, Any] = {}
    step = checkpoint.load(path)[1]["step"]
    for file in sorted(path.parent.glob("dance_*.json")):
        report = read_json(file)
        if report.get("step") == step:
            reports[f"beat_{report['beat']}"] = {
                k: report[k] for k in ("mean", "loop", "endurance", "seeds")
            }
    return reports


def export_dance(path: Path, folder: Path) -> bundle.Bundle:
    """Checkpoint -> bundle folder, written whole or not at all.

    Raises CheckpointError, ParityError or BundleError in one sentence.
    """
    network, header = load_dance(path)
    onnx = to_onnx(network)
    manifest = {
        "kind": "dance",
        "network": network_kinds.trained(header).network,
        "name": header["name"],
        "licence": header["licence"],
        "provenance": header["provenance"],
        "networks": {"fp32": GENERATOR},
        "spec": header["spec"],
        "horizons": header["horizons"],
        "states": state_shapes(network.start()),
        "parity": parity(network, onnx),
        "measured": {"iterations": header["step"], **judged(path)},
    }
    return bundle.write(folder, manifest, {GENERATOR: onnx})
