"""AudioChunk and Beat -> PosePlan. Pure; owns the generator's state and its seeded chance."""

import math

import numpy as np

from live.messages import Array, AudioChunk, Beat, PosePlan
from models.bundle import Bundle
from models.runtime import NetworkStepper
from models.skeleton import STANDING
from models.spec import CHUNK_SECONDS, CONTROL_AHEAD, CONTROLS, DANCE, TEMPO_REFERENCE_S

MIN_CONFIDENCE = 0.1  # below it the dancer dances by ear


def controls_row(beat: Beat | None, style: int, energy: float) -> Array:
    """What the generator is told of beat, bar and style, (len(CONTROLS),); zero = unknown."""
    row = dict.fromkeys(CONTROLS, 0.0)
    if beat is not None and beat.beat_phase is not None and beat.confidence >= MIN_CONFIDENCE:
        period = 60.0 / beat.bpm
        turn = 2 * math.pi * (beat.beat_phase + CONTROL_AHEAD / period)
        row["beat_sin"], row["beat_cos"] = math.sin(turn), math.cos(turn)
        row["tempo"] = math.log2(TEMPO_REFERENCE_S / period)
        row["beat_known"] = 1.0
        if beat.bar_phase is not None:
            turn = 2 * math.pi * (beat.bar_phase + CONTROL_AHEAD / period / beat.beats_per_bar)
            row["bar_sin"], row["bar_cos"] = math.sin(turn), math.cos(turn)
            row["bar_known"] = 1.0
    in_three = (style or (beat.beats_per_bar if beat else 4)) == 3
    row["in_three" if in_three else "in_four"] = 1.0
    row["energy"] = energy
    return np.array([row[name] for name in CONTROLS], np.float32)


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
        self._n_plans = int(bundle.manifest.spec["n_plans"])
        start = {"pose": STANDING, "plan": np.array([self._n_plans])}  # n_plans: none chosen yet
        self._stepper = NetworkStepper(network, engine, 1, start)
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
        noise = self._rng.gumbel(size=(1, 1, self._n_plans)) * self.temperature
        poses = self._stepper.step(
            **{
                DANCE.audio: chunk.samples.reshape(1, 1, -1),
                DANCE.controls: controls_row(beat, self.style, self.energy).reshape(1, 1, -1),
                DANCE.noise: noise.astype(np.float32),
            }
        )[DANCE.poses]
        end = (chunk.index + 1) * CHUNK_SECONDS
        return PosePlan(end, end + self.horizons, poses[0, 0], chunk.captured_at)
