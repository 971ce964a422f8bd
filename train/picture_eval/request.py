"""What `train.evaluate_target` is asked. No torch."""

from dataclasses import dataclass
from pathlib import Path

from train.person.material import Material

EVERY = 5  # frames


@dataclass(frozen=True)
class PictureRequest:
    """Which renderer to measure on what, beside which others."""

    what: Path  # checkpoint or bundle
    material: Material
    cache: Path  # keeps the decoded pictures
    against: tuple[str, ...] = ()  # checkpoints, bundles or NEAREST
    on_training: bool = False  # what was trained on, instead of what was held out
    every: int = EVERY  # frames
    joint_noise: float = 0.0  # px of the picture, on what the renderer is told
    page: Path | None = None  # HTML
    sheet: Path | None = None  # truth and painters beside each other
