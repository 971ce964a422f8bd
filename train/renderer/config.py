"""How a person's renderer is trained: frozen dataclasses, presets as instances. No torch."""

from dataclasses import dataclass, field

from models.spec import PaperPainterSpec, PuppetSpec, RendererSpec


@dataclass(frozen=True)
class TargetTraining:
    """Training of a stage renderer. Lengths are px of a 256 picture and grow with the size."""

    spec: RendererSpec = field(default_factory=RendererSpec)
    iterations: int = 14_000
    batch: int = 4
    danced: int = 1  # poses of dances beside them, which have no true picture
    learning_rate: float = 1.0e-3
    clip_norm: float = 1.0
    ema: float = 0.998
    joint_noise_px: float = 0.45  # on half of the samples
    rarity: float = 0.7  # 0: every frame alike, 1: as often as its pose is far from others
    person_weight: float = 5.0
    face_weight: float = 8.0
    hand_weight: float = 5.0
    foot_weight: float = 4.0
    gradient_loss: float = 0.5
    ssim_loss: float = 0.3
    mask_loss: float = 0.05
    mask_until: float = 0.5  # share of the training after which the mask is guided no more
    coverage_loss: float = 0.1  # the mask of danced poses, where it is sure
    critic_from: float = 0.7  # share of the training after which a critic asks for sharpness
    critic_rate: float = 1.5e-3
    critic_alone: int = 100  # steps before the painter minds the critic
    critic_pull: float = 0.5  # against the picture losses, at the last convolution
    feature_weight: float = 4.0
    critic_clip_norm: float = 5.0  # of painter and critic together
    bfloat16: bool | None = None  # None: what is faster on this machine
    preview_every: int = 500


TARGET_PRESETS: dict[str, TargetTraining] = {
    "tiny": TargetTraining(
        spec=RendererSpec(
            size=64, width=16, width_half=24, width_quarter=32, patch=8, patch_cells=(4, 4, 4)
        ),
        iterations=80,
        learning_rate=2e-2,  # most of these few steps are warm-up
        ema=0.9,
        bfloat16=False,
        critic_alone=5,
        preview_every=20,
    ),
    "stage": TargetTraining(),
    # For a graphics card, which takes a larger batch in the same time.
    "stage-gpu": TargetTraining(iterations=12_000, batch=24, danced=6, preview_every=1_000),
}


@dataclass(frozen=True)
class PuppetTraining:
    """Training of a puppet, on windows of the picture at full resolution."""

    spec: PuppetSpec = field(default_factory=PuppetSpec)
    iterations: int = 12_000
    batch: int = 4
    window: int = 320  # px a side
    views: float = 1.0  # of the numbers in models/puppet/parts.py
    views_mb: float = 56.0  # in 8 bits, at most
    learning_rate: float = 1.5e-3
    view_rate: float = 4e-3
    # Views of small things with much in them blur where they change quickly. Of what no joint tells
    # (fingers, the way a shoe points) all colours are wrong somewhere: there they stay as filmed.
    slower: dict[str, float] = field(
        default_factory=lambda: {"hand": 0.3, "foot": 0.5, "head": 0.6}
    )
    kept: dict[str, float] = field(  # share of that for colours; coverage learns at the full rate
        default_factory=lambda: {"hand": 0.05, "foot": 0.3}
    )
    clip_norm: float = 1.0
    ema: float = 0.995
    rarity: float = 0.7  # 0: every frame alike, 1: as often as its pose is far from others
    cut_again: float = 0.15  # share of the training after which the views are cut once more
    face_weight: float = 2.0
    hand_weight: float = 1.5
    foot_weight: float = 0.7
    gradient_loss: float = 0.7
    ssim_loss: float = 0.25
    coverage_loss: float = 0.15
    dull_loss: float = 1.5  # where less happens than in truth
    shadow_steps: int = 3000  # of its own, before all others


PUPPET_PRESETS: dict[str, PuppetTraining] = {
    "puppet": PuppetTraining(),
    "puppet-tiny": PuppetTraining(
        spec=PuppetSpec(size=128, width=16, shadow_cells=16, shadow_width=8, shadow_maps=4),
        views=0.1,
        iterations=20,
        batch=2,
        window=64,
        ema=0.9,
        shadow_steps=40,
    ),
}


@dataclass(frozen=True)
class PaperTargetTraining:
    """Training of the paper's painter of a person, in stages of one run."""

    spec: PaperPainterSpec = field(default_factory=PaperPainterSpec)
    iterations: int = 120_000  # 40 times through two minutes of video
    local_share: float = 0.35  # of the steps: the local enhancer, if the sizes have one
    face_share: float = 0.2  # of the steps: the face, if the sizes have one
    fixed_coarse: float = 0.3  # share of the local stage in which the enhancer learns alone
    learning_rate: float = 2e-4
    decay_from: float = 0.5  # share of a stage after which the rate falls to zero in a line
    feature_matching: float = 10.0
    perceptual: float = 10.0
    ema: float = 0.0  # the last weights, as the authors have it
    bfloat16: bool = True  # on a card alone
    preview_every: int = 1_000


PAPER_TARGET_PRESETS: dict[str, PaperTargetTraining] = {
    "paper": PaperTargetTraining(),
    "paper-tiny": PaperTargetTraining(
        spec=PaperPainterSpec(
            size=64,
            width=4,
            downs=2,
            blocks=1,
            limb_px=8.0,
            face_width=4,
            face_downs=1,
            face_blocks=1,
            critic_width=8,
            critic_layers=2,
        ),
        iterations=10,
        preview_every=5,
    ),
}
DETAIL = 48  # width of the finer level of a renderer of more than 256 px
