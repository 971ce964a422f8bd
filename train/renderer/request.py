"""What `train.target` is asked. No torch."""

from dataclasses import dataclass
from pathlib import Path

from train.person.material import Material
from train.renderer.config import PAPER_TARGET_PRESETS, PUPPET_PRESETS
from train.run.names import CHECKPOINT


@dataclass(frozen=True)
class TargetRequest:
    """Whom to learn, in which form and how long; None: as the preset or the checkpoint says."""

    material: Material
    name: str
    out: Path  # folder of the run
    preset: str
    size: int | None = None  # px
    iterations: int | None = None
    minutes: float | None = None
    critic_from: float | None = None  # share of the training
    start: Path | None = None  # checkpoint of another person to begin with
    vgg: Path | None = None  # VGG-19 weights, for the paper's form
    device: str = "auto"
    licence: str = ""
    provenance: str = ""
    consent: str = ""
    seed: int = 0
    bfloat16: bool | None = None  # of the stage form; None: as the preset, or what is faster

    @property
    def is_paper(self) -> bool:
        """Whether it is the paper's form, which is never exported."""
        return self.preset in PAPER_TARGET_PRESETS

    @property
    def is_puppet(self) -> bool:
        """Whether it is cut out of the video instead of painted."""
        return self.preset in PUPPET_PRESETS

    @property
    def checkpoint(self) -> Path:
        """Where it is kept."""
        return self.out / CHECKPOINT
