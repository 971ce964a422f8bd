"""A dance checkpoint -> generator.onnx, stepped against torch on whole clips -> a dance bundle."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from export.on_stage import WITHIN, export_on_stage, state_shapes
from export.parity import Pair, ParityError, compare_stepped, compare_weights
from export.watch import of_module
from export.waves import with_waves_made
from models import bundle, network_kinds, skeleton, spec
from models.json_file import read_json
from models.nets import checkpoint
from models.nets.dance.load_dance import Network, load_dance, noise_of
from models.nets.dance.paper_generator import PaperGenerator
from models.nets.mel import LogMel
from models.runtime.dance import DanceStepper
from models.spec import DANCE, DanceState, PaperState
from models.types import Array

GENERATOR = "generator.onnx"
CHOICE = "choice"  # what parity calls the logits of the plans


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
    graph = export_on_stage(network, _start(network), inputs, [DANCE.poses])
    for heard in network.modules():
        if isinstance(heard, LogMel):  # the paper's own form hears the samples as they are
            graph = with_waves_made(graph, heard)
    return graph


def _danced(network: Network, audio: Tensor, noise: Tensor, controls: Tensor) -> dict[str, Tensor]:
    """What torch says of a whole clip: poses (T, H, J, 2), and the logits (T, K) of the choice."""
    with torch.no_grad():
        if isinstance(network, PaperGenerator):
            return {DANCE.poses: network(audio, noise)[0][0]}
        state = network.start()
        frames, _ = network.mel(audio, state.audio_tail)
        dance = network.dance(frames, noise, controls, state)
    return {DANCE.poses: dance.poses[0], CHOICE: dance.logits[0]}


def _by_thing(name: str, values: Array) -> Array:
    """As `parity.Answers` takes them: each joint by itself, each plan by itself."""
    if name == DANCE.poses:
        return values.reshape(-1, *values.shape[-2:])
    return values.reshape(-1, values.shape[-1], 1)


def parity(network: Network, onnx: bytes) -> dict[str, float]:
    """The weights, and the exported file stepped against torch on whole clips.

    What the stage form chooses from is compared as well as the poses: the plan that is drawn does
    not tell how likely the others were. Raises ParityError when a plan was chosen differently or
    something is off by more than is allowed.
    """
    compare_weights("dance", onnx, network.state_dict(), WITHIN)
    names = {DANCE.poses: DANCE.poses}
    if not isinstance(network, PaperGenerator):
        onnx, names[CHOICE] = of_module(onnx, WITHIN + "choose")
    stepper = DanceStepper(onnx, network.sizes)

    def run(seed: int, clip: Array) -> dict[str, Pair]:
        rng = np.random.default_rng(seed)
        noise = stepper.noise.draw(rng, len(clip))
        controls = rng.normal(0, 0.7, (len(clip), _n_controls(network))).astype(np.float32)
        given = (clip, noise, controls)
        whole = _danced(network, *(torch.from_numpy(values)[None] for values in given))
        stepper.reset()
        said = [stepper.answers(*chunk) for chunk in zip(*given, strict=True)]
        return {
            name: (
                _by_thing(name, values.numpy()),
                _by_thing(name, np.concatenate([step[names[name]] for step in said])),
            )
            for name, values in whole.items()
        }

    return compare_stepped("dance", run)


def mirrors(network: Network) -> list[int]:
    """What each plan is in the mirror: the plan that goes the most alike; none without plans."""
    if isinstance(network, PaperGenerator):
        return []
    steps = network.plan_steps.unflatten(-1, (-1, spec.N_JOINTS, 2)).double().cpu().numpy()
    ways = steps.cumsum(1).reshape(len(steps), -1)
    mirrored = skeleton.mirror(steps).cumsum(1).reshape(len(steps), -1)
    return torch.cdist(torch.from_numpy(mirrored), torch.from_numpy(ways)).argmin(1).tolist()


def judged(path: Path) -> dict[str, Any]:
    """What `train.evaluate` wrote beside the checkpoint, if it judged these very weights."""
    reports: dict[str, Any] = {}
    step = checkpoint.load(path)[1]["step"]
    for file in sorted(path.parent.glob("dance_*.json")):
        report = read_json(file)
        if isinstance(report, dict) and report.get("step") == step:
            reports[f"beat_{report['beat']}"] = {
                k: report[k] for k in ("mean", "loop", "endurance", "seeds")
            }
    return reports


def export_dance(path: Path, folder: Path) -> bundle.Bundle:
    """Checkpoint -> bundle folder, written whole or not at all.

    Raises CheckpointError, ParityError or BundleError in one sentence.
    """
    network, header = load_dance(path)
    checkpoint.require(path, header, "name", "licence", "provenance", "horizons", "step")
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
        "mirrors": mirrors(network),
        "states": state_shapes(network.start()),
        "parity": parity(network, onnx),
        "measured": {"iterations": header["step"], **judged(path)},
    }
    return bundle.write(folder, manifest, {GENERATOR: onnx})
