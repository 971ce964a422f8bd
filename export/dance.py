"""A dance checkpoint -> generator.onnx, stepped against torch on whole clips -> a dance bundle."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from export.parity import ParityError
from export.to_onnx import export_network
from models import bundle, spec
from models.band import songs
from models.nets import checkpoint
from models.nets.load_dance import Network, load_dance, noise_of
from models.nets.paper_generator import PaperGenerator
from models.runtime.dance import DanceStepper
from models.spec import DANCE, DanceState, PaperState
from models.types import Array

TOLERANCE = 1e-4  # of poses, body units
CLIP_CHUNKS = 200
GENERATOR = "generator.onnx"


class OnStage(nn.Module):
    """A generator with its state as plain arguments and results, in the order of its fields."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.state = type(_start(network))

    def forward(
        self, audio: Tensor, noise: Tensor, controls: Tensor, *state: Tensor
    ) -> tuple[Tensor, ...]:
        poses, after = self.network(audio, noise, controls, self.state(*state))
        return (poses, *after)


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
    start = _start(network)
    arguments = (
        torch.zeros(1, 1, spec.CHUNK_SAMPLES),
        torch.zeros(1, 1, noise_of(network).size),
        torch.zeros(1, 1, _n_controls(network)),
        *start,
    )
    fields = start._fields
    inputs = [DANCE.audio, DANCE.noise, DANCE.controls, *(f"state_{field}" for field in fields)]
    outputs = [DANCE.poses, *(f"next_{field}" for field in fields)]
    return export_network(OnStage(network), arguments, inputs, outputs)


def parity_clips(n_chunks: int) -> dict[str, Array]:
    """What parity is judged on, (T, S) each: noise in bursts with silence between, and music."""
    rng = np.random.default_rng(5)
    bursts = rng.normal(0, 0.1, (n_chunks, spec.CHUNK_SAMPLES)).astype(np.float32)
    bursts *= (np.arange(n_chunks) % 50 < 35)[:, None]
    seconds = n_chunks * spec.CHUNK_SECONDS
    music = songs.make_song(3, seconds=seconds, rate=spec.SAMPLE_RATE).mono
    music = music[: n_chunks * spec.CHUNK_SAMPLES].reshape(n_chunks, -1).astype(np.float32)
    return {"bursts": bursts, "music": music}


def parity(network: Network, onnx: bytes) -> dict[str, float]:
    """The exported file stepped against torch on whole clips: largest difference, by clip.

    Raises ParityError when a plan was chosen differently or a pose is off by more than TOLERANCE.
    """
    stepper = DanceStepper(onnx, asdict(network.sizes))
    differences: dict[str, float] = {}
    for seed, (name, clip) in enumerate(parity_clips(CLIP_CHUNKS).items()):
        rng = np.random.default_rng(seed)
        noise = stepper.chance.draw(rng, len(clip))
        controls = rng.normal(0, 0.7, (len(clip), _n_controls(network))).astype(np.float32)
        with torch.no_grad():
            whole, _ = network(
                *(torch.from_numpy(values)[None] for values in (clip, noise, controls))
            )
        stepper.reset()
        stepped = [stepper.step(*chunk) for chunk in zip(clip, noise, controls, strict=True)]
        difference = float(np.abs(np.stack(stepped) - whole[0].numpy()).max())
        differences[f"poses_{name}"] = difference
        if not difference <= TOLERANCE:
            raise ParityError(
                f"The exported dance differs from the trained one by {difference:.1e} body units "
                f"on {name} (allowed: {TOLERANCE:.0e}): the bundle is not written."
            )
    return differences


def judged(path: Path) -> dict[str, Any]:
    """What `train.evaluate` wrote beside the checkpoint, if it judged these very weights."""
    reports: dict[str, Any] = {}
    step = checkpoint.load(path)[1]["step"]
    for file in sorted(path.parent.glob("dance_*.json")):
        report = json.loads(file.read_text(encoding="utf-8"))
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
        "name": header["name"],
        "licence": header["licence"],
        "provenance": header["provenance"],
        "networks": {"fp32": GENERATOR},
        "spec": header["spec"],
        "horizons": header["horizons"],
        "states": {
            field: list(tensor.shape) for field, tensor in network.start()._asdict().items()
        },
        "parity": {name: float(f"{v:.2e}") for name, v in parity(network, onnx).items()},
        "measured": {"iterations": header["step"], **judged(path)},
    }
    return bundle.write(folder, manifest, {GENERATOR: onnx})
