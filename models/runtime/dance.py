"""An exported dance of either form, stepped a chunk at a time. onnxruntime only, no torch."""

import numpy as np

from models.noise import Noise
from models.runtime.stepper import NetworkStepper
from models.skeleton import STANDING
from models.spec import DANCE, GeneratorSpec, PaperSpec
from models.types import Array


class DanceStepper:
    """One dance and its state; `noise` says what its noise input holds."""

    def __init__(
        self, network: bytes, sizes: GeneratorSpec | PaperSpec, engine: str = "cpu"
    ) -> None:
        """Raises EngineError when no session can be made."""
        self.noise = Noise.of(sizes)
        start: dict[str, Array] = {}
        if self.noise.is_choice:  # it stands, and no plan is chosen yet
            start = {"pose": STANDING, "plan": np.array([self.noise.size])}
        self._stepper = NetworkStepper(network, engine, 1, start)
        self._is_told = DANCE.controls in self._stepper.input_shapes

    @property
    def engine(self) -> str:
        """The engine really obtained."""
        return self._stepper.engine.name

    @property
    def n_controls(self) -> int:
        """Numbers that it is told with a chunk; 0 of the paper's dance."""
        return self._stepper.input_shapes[DANCE.controls][-1] if self._is_told else 0

    @property
    def knows_body(self) -> bool:
        """Whether it is given the place of its own body; the paper's dance is not."""
        return self.noise.is_choice

    def reset(self) -> None:
        """Back to the start, nothing heard."""
        self._stepper.reset()

    def stand(self, pose: Array, before: Array) -> None:
        """The body is at `pose` (18, 2) at the nearest horizon, a chunk earlier it was `before`.

        Only for a dance that `knows_body`.
        """
        self._stepper.carry(pose=pose, velocity=pose - before)

    @property
    def plan(self) -> int:
        """The plan chosen last; `noise.size` = none yet. Only for a dance that `knows_body`."""
        return int(self._stepper.carried("plan")[0])

    def step(self, samples: Array, noise: Array, controls: Array) -> Array:
        """A chunk (S,), noise (N,) and controls (C,) -> poses (H, 18, 2), body units."""
        return self.answers(samples, noise, controls)[DANCE.poses][0, 0]

    def answers(self, samples: Array, noise: Array, controls: Array) -> dict[str, Array]:
        """The same step: all outputs that are no states, by name, with B = T = 1."""
        inputs = {DANCE.audio: samples[None, None], DANCE.noise: noise[None, None]}
        if self._is_told:  # the paper's dance hears the sound alone
            inputs[DANCE.controls] = controls[None, None]
        return self._stepper.step(**inputs)
