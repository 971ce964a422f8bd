"""Runs a trained dance over a whole song as the stage does: causal, state carried, seeded chance.

A shipped bundle is stepped by onnxruntime, a checkpoint by torch. Poses at 10 Hz come out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from models import bundle, spec
from models.nets.checkpoint import require
from models.nets.dance.generator import DanceGenerator
from models.nets.dance.load_dance import Network, load_dance, noise_of
from models.nets.dance.paper_generator import PaperGenerator
from models.noise import Noise
from models.runtime.dance import DanceStepper
from models.styles import StyleChoice
from models.types import Array
from train.run.device import device_of, tensors
from train.run.names import BEST, CHECKPOINT
from train.songs import augment, beat_as_heard
from train.songs.segments import sample
from train.songs.song import POSE_HZ

GATE_S = 0.4  # of silence, after which the stage tells no beat
SILENT_RMS = 1e-4
BEAT_CONTROLS = spec.CONTROLS[: spec.CONTROLS.index("in_three")]
FIRST_POSE_S = 2 * spec.CHUNK_SECONDS  # media time of the first pose: the nearest horizon


@dataclass(frozen=True)
class Show:
    """How a dance is run when it is measured."""

    beat: str = "heard"  # "heard", "grid" (the true one) or "none"
    metre: bool = True  # the performer says three or four
    temperature: float = 1.0
    energy: float = 0.0
    phase_delay_s: float = 0.0


class Dance(Protocol):
    """A dance that can be run over a song."""

    @property
    def name(self) -> str: ...

    @property
    def provenance(self) -> str:
        """What exactly it is, for the report."""
        ...

    @property
    def checkpoint(self) -> tuple[Path, int] | None:
        """The file and its steps, of a dance that is not a bundle."""
        ...

    def perform(
        self, audio: Array, controls: Array, seeds: list[int], temperature: float, style: str = ""
    ) -> Array:
        """16 kHz audio and controls (T, C) -> the poses danced, (seeds, T, 18, 2) at 10 Hz.

        `temperature` scales the chance; `style` as of `in_style`. Row i is the body at
        FIRST_POSE_S + 0.1 i.
        """
        ...


class NetworkDance:
    """A network at hand, run by torch; all seeds at once."""

    def __init__(
        self,
        network: Network,
        name: str,
        provenance: str = "",
        checkpoint: tuple[Path, int] | None = None,
    ) -> None:
        self._network, self._chance = network, noise_of(network)
        self.name, self.provenance, self.checkpoint = name, provenance, checkpoint

    @staticmethod
    def load(path: Path) -> "NetworkDance":
        """Raises CheckpointError when it is no dance."""
        network, header = load_dance(path)
        require(path, header, "step")
        name, step = header.get("name", path.parent.name), int(header["step"])
        return NetworkDance(network, f"{name} (trained)", f"{path}, {step} steps", (path, step))

    def perform(
        self, audio: Array, controls: Array, seeds: list[int], temperature: float, style: str = ""
    ) -> Array:
        network = self._network
        chunks = in_chunks(audio)
        drawn = np.stack([_noise(self._chance, len(chunks), temperature, seed) for seed in seeds])
        if isinstance(network, DanceGenerator):
            controls = in_style(controls, network.sizes.styles, style)
        noise, sound, given = tensors(device_of(network), drawn, chunks[None].copy(), controls)
        with torch.no_grad():
            if isinstance(network, PaperGenerator):
                poses = network(sound.expand(len(seeds), -1, -1), noise).poses
            else:
                frames, _ = network.mel(sound, network.start(1).audio_tail)
                poses = network.dance(
                    frames.expand(len(seeds), -1, -1),
                    noise,
                    given.expand(len(seeds), -1, -1),
                    network.start(len(seeds)),
                ).poses
        return poses[:, :, 0].cpu().numpy()


class ShippedDance:
    """A bundle, stepped by onnxruntime one chunk after the other."""

    checkpoint = None

    def __init__(self, found: bundle.Bundle) -> None:
        """Raises BundleError or EngineError."""
        file, precision = found.network("fp32")
        manifest = found.manifest
        self.name = manifest.name
        digest = manifest.sha256[manifest.networks[precision]][:12]
        self.provenance = f"bundle {found.path.name}, {precision}, sha256 {digest}"
        self._stepper = DanceStepper(file, found.sizes)
        self._styles = spec.styles_of(manifest.spec)

    def perform(
        self, audio: Array, controls: Array, seeds: list[int], temperature: float, style: str = ""
    ) -> Array:
        chunks = in_chunks(audio)
        controls = in_style(controls, self._styles, style)
        danced = np.empty((len(seeds), len(chunks), spec.N_JOINTS, 2), np.float32)
        for row, seed in enumerate(seeds):
            self._stepper.reset()
            noise = _noise(self._stepper.noise, len(chunks), temperature, seed)
            for chunk, samples in enumerate(chunks):
                danced[row, chunk] = self._stepper.step(samples, noise[chunk], controls[chunk])[0]
        return danced


def in_style(controls: Array, styles: Sequence[spec.Style], style: str = "") -> Array:
    """Controls (T, C) with the style that suits metre and tempo behind them, as on stage.

    Where it goes by the kind of music instead, `style` is what that calls for.
    """
    choice = StyleChoice(styles)
    asked = style if choice.goes_by_music else ""
    return np.stack([choice.given(row, asked) for row in controls]) if styles else controls


def open_dance(name: str) -> Dance:
    """A bundle by name or path, a checkpoint, or the folder of a training run.

    Raises BundleError, EngineError or CheckpointError, in one sentence.
    """
    path = Path(name)
    if path.suffix == ".safetensors":
        return NetworkDance.load(path)
    if path.is_dir() and (path / CHECKPOINT).is_file():
        best = path / BEST  # the one that danced best on songs it did not learn
        return NetworkDance.load(best if best.is_file() else path / CHECKPOINT)
    return ShippedDance(bundle.find("dance", name))


def in_chunks(audio: Array) -> Array:
    """(samples,) -> (T, 1600); an unfinished last chunk is left out."""
    n_chunks = len(audio) // spec.CHUNK_SAMPLES
    return np.ascontiguousarray(
        audio[: n_chunks * spec.CHUNK_SAMPLES].reshape(n_chunks, -1), np.float32
    )


def controls_for(audio: Array, beats: Array, beats_per_bar: int, show: Show) -> Array:
    """Controls (T, C) as the stage gives them; `beats` is the true count at 50 Hz (NaN: unknown).

    Raises BundleError or EngineError when the beat is to be heard and the ear is missing.
    """
    chunks = in_chunks(audio)
    if show.beat == "heard":
        said = beats_per_bar if show.metre else 0
        controls = beat_as_heard.hear(audio).controls(said, show.energy, show.phase_delay_s)
    else:
        controls = _true_controls(beats, beats_per_bar, len(chunks), show)
    silent = (np.sqrt(np.square(chunks).mean(1)) < SILENT_RMS).astype(float)
    gate = round(GATE_S / spec.CHUNK_SECONDS)
    controls[np.convolve(silent, np.ones(gate))[: len(chunks)] >= gate, : len(BEAT_CONTROLS)] = 0
    return controls


def _true_controls(beats: Array, beats_per_bar: int, n_chunks: int, show: Show) -> Array:
    at = (np.arange(n_chunks) + 1) * spec.CHUNK_SECONDS + spec.CONTROL_AHEAD - show.phase_delay_s
    known = beats if show.beat == "grid" else np.full(1, np.nan)
    given = sample(known, np.stack([at, at - augment.FRAME_S], 1) * POSE_HZ)
    noise = augment.ConditioningNoise(
        heard=False, beat=show.beat == "grid", bar=show.beat == "grid", metre=show.metre,
        energy=True, known_from=-1.0, offset_s=0.0, wander_s=0.0, octave=1.0,
    )  # fmt: skip
    return augment.control_rows(given, beats_per_bar, np.full(n_chunks, show.energy), noise)


def _noise(form: Noise, n_chunks: int, temperature: float, seed: int) -> Array:
    """The same numbers as the stage draws chunk by chunk from this seed."""
    return form.draw(np.random.default_rng(seed), n_chunks, temperature)
