"""How the networks are trained: one frozen dataclass for each, its presets as instances. No torch here."""

from dataclasses import dataclass

from models.spec import RendererSpec


@dataclass(frozen=True)
class TargetTraining:
    """Training of a stage renderer. Lengths in px are of a picture of 256 and grow with the size."""

    spec: RendererSpec = RendererSpec()
    iterations: int = 10_000
    batch: int = 8
    crop: tuple[float, float] = (0.875, 0.625)  # share of the height and width a sample shows
    person_at: float = 0.46  # of the crop's width, so that a shadow to the right fits
    wander_px: float = 10.0  # by how much the person's place in the crop varies
    learning_rate: float = 1.2e-3
    clip_norm: float = 1.0
    ema: float = 0.998
    joint_noise_px: float = 0.45  # on half of the samples
    rarity: float = 0.7  # 0: every frame alike, 1: as often as its pose is far from others
    person_weight: float = 5.0
    face_weight: float = 8.0
    hand_weight: float = 5.0
    gradient_loss: float = 0.5
    ssim_loss: float = 0.3
    mask_loss: float = 0.05
    mask_until: float = 0.6  # share of the training after which the mask is guided no more
    bfloat16: bool = True
    preview_every: int = 500


TARGET_PRESETS: dict[str, TargetTraining] = {
    "tiny": TargetTraining(
        spec=RendererSpec(size=64, width=16, width_half=24, width_quarter=32),
        iterations=40,
        batch=4,
        learning_rate=3e-3,
        ema=0.95,
        bfloat16=False,
        preview_every=20,
    ),
    "stage": TargetTraining(),
}
