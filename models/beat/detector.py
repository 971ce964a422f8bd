"""Sound -> how surely a beat or a bar begins, every 10 ms: an ear bundle, stepped."""

import numpy as np

from models import bundle
from models.log_mel import LogMelFrames
from models.runtime.stepper import NetworkStepper
from models.spec import BEAT
from models.types import Array

EAR = "ear"  # the bundle


class BeatDetector:
    """Hears chunk after chunk.

    Raises BundleError or EngineError when the bundle cannot be loaded.
    """

    def __init__(self, name: str = EAR) -> None:
        found = bundle.find("ear", name)
        self._frames = LogMelFrames(found.sizes.mel)
        self._stepper = NetworkStepper(found.network("fp32")[0])

    def reset(self) -> None:
        """Forget the sound so far."""
        self._frames.reset()
        self._stepper.reset()

    def hear(self, samples: Array) -> Array:
        """A chunk, float32 (1600,) -> probabilities (10, 2) of beat and downbeat."""
        frames = self._frames.feed(np.asarray(samples, np.float32))
        return self._stepper.step(**{BEAT.frames: frames[None]})[BEAT.activation][0]
