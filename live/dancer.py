"""AudioChunk and Beat -> PosePlan. Pure; owns the generator's state and its seeded chance."""

import numpy as np

from live.messages import Array, AudioChunk, Beat, PosePlan
from models.bundle import Bundle
from models.controls import MIN_CONFIDENCE, control_row
from models.dance_stepper import DanceStepper
from models.spec import CHUNK_SECONDS


def controls_row(beat: Beat | None, style: int, energy: float) -> Array:
    """What the generator is told, (len(CONTROLS),); `style` 3 or 4 goes before what is heard."""
    if beat is None:
        return control_row(0.0, None, None, style or 4, energy)
    is_sure = beat.confidence >= MIN_CONFIDENCE
    # A bar that is heard in another metre than the performer's says nothing.
    is_bar = is_sure and style in (0, beat.beats_per_bar)
    return control_row(
        beat.bpm,
        beat.beat_phase if is_sure else None,
        beat.bar_phase if is_bar else None,
        style or beat.beats_per_bar,
        energy,
    )


class Dancer:
    """One dance bundle, stepped once a chunk."""

    def __init__(
        self, bundle: Bundle, seed: int = 0, temperature: float = 1.0, engine: str = "cpu"
    ) -> None:
        network, _ = bundle.network("fp32")
        self.name = bundle.manifest.name
        self.horizons = np.array(bundle.manifest.horizons)
        self.temperature = temperature
        self.style = 0  # 3, 4 or 0 = as heard
        self.energy = 0.0
        self._stepper = DanceStepper(network, bundle.manifest.spec, engine)
        self._seed = seed
        self.reset()

    @property
    def engine(self) -> str:
        return self._stepper.engine

    def reset(self) -> None:
        """Back to standing and to the first number of the seed: same music, same dance."""
        self._stepper.reset()
        self._rng = np.random.default_rng(self._seed)

    def step(self, chunk: AudioChunk, beat: Beat | None) -> PosePlan:
        """Hear one chunk of levelled sound, decide where the body will be."""
        noise = self._stepper.chance.draw(self._rng, 1, self.temperature)[0]
        controls = controls_row(beat, self.style, self.energy)
        poses = self._stepper.step(np.asarray(chunk.samples, np.float32), noise, controls)
        end = (chunk.index + 1) * CHUNK_SECONDS
        return PosePlan(end, end + self.horizons, poses, chunk.captured_at)
