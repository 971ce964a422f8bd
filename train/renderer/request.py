"""What `train.target` is asked. No torch."""

from dataclasses import dataclass
from pathlib import Path

from train.person.material import Material
from train.renderer.config import PAPER_TARGET_PRESETS, PUPPET_PRESETS
from train.renderer.settings import paper_settings, puppet_settings, stage_settings
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

    def check(self) -> None:
        """Raises ValueError where the form cannot have that size or knows no such option."""
        if self.is_puppet:
            puppet_settings(self.preset, self.size)
        elif self.is_paper:
            paper_settings(self.preset, self.size)
        else:
            stage_settings(self.preset, self.size)
            return
        for option, is_asked in (
            ("--critic-from", self.critic_from is not None),
            ("--precision", self.bfloat16 is not None),
            ("--device cuda", self.is_puppet and self.device == "cuda"),
        ):
            if is_asked:
                raise ValueError(
                    f"{option} is for image networks: leave it out, or add --preset stage."
                )

    @property
    def checkpoint(self) -> Path:
        """Where it is kept."""
        return self.out / CHECKPOINT
