"""Sound -> how surely a beat or a bar begins, every 10 ms: an ear bundle, stepped."""

import numpy as np

from models import bundle
from models.log_mel import LogMelFrames
from models.runtime.stepper import NetworkStepper
from models.spec import BEAT, BEAT_HZ, CHUNK_SAMPLES, CHUNK_SECONDS, BeatSpec
from models.types import Array

EAR = "ear"  # the bundle
CHUNK_FRAMES = round(CHUNK_SECONDS * BEAT_HZ)


class BeatDetector:
    """Hears chunk after chunk.

    Raises BundleError or EngineError when the bundle cannot be loaded.
    """

    def __init__(self, name: str = EAR) -> None:
        found = bundle.find("ear", name)
        self._stepper = NetworkStepper(found.network("fp32")[0])
        self._try(found.manifest.name, found.sizes)

    def _try(self, name: str, sizes: BeatSpec) -> None:
        """One step. Raises BundleError for a network that is not what its manifest says."""
        try:
            self._frames = LogMelFrames(sizes.mel)
            heard = self.hear(np.zeros(CHUNK_SAMPLES, np.float32))
        except Exception as error:  # whatever the engine throws
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise bundle.BundleError(
                f"The ear {name} cannot be stepped ({said}): export it again."
            ) from error
        if heard.shape != (CHUNK_FRAMES, 2) or not np.isfinite(heard).all():
            raise bundle.BundleError(
                f"The ear {name} does not tell beat and downbeat: export it again."
            )
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self._frames.reset()
        self._stepper.reset()

    def hear(self, samples: Array) -> Array:
        """A chunk, float32 (1600,) -> probabilities (10, 2) of beat and downbeat."""
        frames = self._frames.feed(np.asarray(samples, np.float32))
        return self._stepper.step(**{BEAT.frames: frames[None]})[BEAT.activation][0]
