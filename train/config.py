"""How the networks are trained: a frozen dataclass for each, presets as instances. No torch."""

from dataclasses import dataclass, field, replace

from models.spec import (
    HORIZONS,
    BeatSpec,
    GeneratorSpec,
    PaperPainterSpec,
    PaperSpec,
    RendererSpec,
)


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
    bfloat16: bool = True
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


@dataclass(frozen=True)
class DanceTraining:
    """Training of a stage dance. The true past is fed (with noise), so it runs at batch speed."""

    spec: GeneratorSpec = field(default_factory=lambda: GeneratorSpec(n_plans=640, beat_pull=5.0))
    iterations: int = 20_000
    batch: int = 24
    piece_chunks: int = 50
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    ema: float = 0.998
    silence: float = 0.22  # share of pieces in which the music stops or has not begun
    choice_loss: float = 0.3
    label_smoothing: float = 0.0
    pose_loss: float = 10.0
    step_loss: float = 10.0
    past_noise: float = 0.06  # body units, the largest slow error of the fed-back pose
    past_noise_s: float = 0.6  # how long such an error lasts
    lost_share: float = 0.35  # of the pieces: the error is up to `lost_noise` instead
    lost_noise: float = 0.3
    way_back: float = 0.6  # share of the error that is left after 0.1 s
    own_share: float = 0.5  # of the pieces: fed its own poses, not the true ones
    own_from: float = 0.5  # share of the training after which that begins
    foot_weight: float = 3.0  # of an ankle's motion beside that of other joints
    hidden_choice: float = 0.15  # share of steps that are not told the last choice
    plan_samples: int = 40_000  # short motions from which the plans are found
    plan_components: int = 32
    judge_every: int = 500
    choose_every: int = 2_000  # steps after which whole songs are danced, to keep the best


@dataclass(frozen=True)
class DanceSharpening:
    """Going on with a stage dance under judges; what is not named here stays as it was trained."""

    iterations: int = 400
    learning_rate: float = 1e-4
    critic_rate: float = 3e-4
    perceptual: float = 0.02
    critic: float = 0.05
    bfloat16: bool = True
    choose_every: int = 100


@dataclass(frozen=True)
class LossWeights:
    """What each loss of the paper's dance counts beside the adversarial ones; 0 switches it off."""

    l1: float = 200.0  # of poses over the reach of the tanh, as the paper's labels
    features: float = 1.0
    perceptual: float = 1.0
    gradient_penalty: float = 1.0


@dataclass(frozen=True)
class PaperTraining:
    """Training of the paper's dance against its critics; rates are those of its program."""

    spec: PaperSpec = field(default_factory=PaperSpec)
    iterations: int = 6_000
    batch: int = 16
    generator_rate: float = 3e-4
    local_rate: float = 3e-4
    whole_rate: float = 5e-4
    weights: LossWeights = field(default_factory=LossWeights)
    local: bool = True  # the critic of short windows
    whole: bool = True  # the critic of a piece with its music
    minus_log: bool = False  # its attention as printed in the paper
    mismatched: bool = False  # real dances to other music are false to it as well
    snapped: bool = False  # imitate dances snapped to the beat
    carried: float = 0.0  # share of a batch that goes on through songs with its state carried
    ema: float = 0.998
    bfloat16: bool = True
    cached: bool = True  # what the action network sees in true dances is kept
    penalty_every: int = 4  # steps; the penalty then counts as many times
    judge_every: int = 50
    choose_every: int = 500  # 0: never, the last moment counts


@dataclass(frozen=True)
class GenreTraining:
    """Training of the network that recognises genres of music (CRNN)."""

    iterations: int = 400
    batch: int = 32
    learning_rate: float = 2e-3
    warm_up: int = 50
    clip_norm: float = 5.0
    ema: float = 0.98
    bfloat16: bool = True
    judge_every: int = 100


GENRE_PRESETS: dict[str, GenreTraining] = {
    "tiny": GenreTraining(iterations=4, batch=4, warm_up=1, ema=0.5, bfloat16=False, judge_every=2),
    "stage": GenreTraining(),
}


@dataclass(frozen=True)
class MetricTraining:
    """Training of the network that compares dances for the cross-modal score."""

    iterations: int = 1_500
    group: int = 25  # dances of a class in a step
    learning_rate: float = 5e-4
    warm_up: int = 100
    clip_norm: float = 25.0
    joint_noise: float = 0.02  # body units
    strict: bool = False  # what is no dance is a class of its own, far from all others
    ema: float = 0.99
    judge_every: int = 100


METRIC_PRESETS: dict[str, MetricTraining] = {
    "tiny": MetricTraining(iterations=4, group=3, warm_up=1, ema=0.5, judge_every=2),
    "stage": MetricTraining(),
    "strict": MetricTraining(strict=True),
}


DANCE_PRESETS: dict[str, DanceTraining | PaperTraining] = {
    "tiny": DanceTraining(
        spec=GeneratorSpec(n_plans=24, gru_width=48),
        iterations=60,
        batch=4,
        piece_chunks=30,
        plan_samples=2_000,
        judge_every=30,
        choose_every=60,
    ),
    "stage": DanceTraining(),
    "paper": PaperTraining(),
    "paper-live": PaperTraining(
        spec=PaperSpec(causal=True, horizons=HORIZONS, limited=True),
        snapped=True,
        mismatched=True,
        carried=0.5,
    ),
    "paper-tiny": PaperTraining(
        spec=PaperSpec(causal=True, horizons=HORIZONS[:2], limited=True),
        iterations=6,
        batch=2,
        carried=0.5,
        ema=0.5,
        bfloat16=False,
        penalty_every=2,
        judge_every=2,
        choose_every=6,
    ),
}


ABLATION_ITERATIONS = 3_000
_FULL = PaperTraining(iterations=ABLATION_ITERATIONS, choose_every=0)
_ALONE = LossWeights(features=0.0, perceptual=0.0, gradient_penalty=0.0)
_JUDGED = replace(_FULL, weights=LossWeights(perceptual=0.0))
_PAPER: dict[str, PaperTraining] = {
    "l1": replace(_FULL, weights=_ALONE, local=False, whole=False),
    "global": replace(_JUDGED, local=False),
    "local": _JUDGED,
    "full": _FULL,
}
# Conditions that learn alike but for what their name says; the first four add to the one before.
ABLATION: dict[str, PaperTraining] = {
    **_PAPER,
    "live": replace(_FULL, spec=PaperSpec(causal=True)),
    "log-mel": replace(_FULL, spec=PaperSpec(log_mel=True)),
    # As their program: nothing is learned by heart in thousands of steps, and the critics judge a
    # dance that dropout makes tremble.
    **{
        f"{name}-dropout": replace(kind, spec=PaperSpec(dropout=0.5))
        for name, kind in _PAPER.items()
    },
}


@dataclass(frozen=True)
class BeatTraining:
    """Training of the beat network on pieces from an empty state."""

    spec: BeatSpec = field(default_factory=BeatSpec)
    iterations: int = 4_000
    batch: int = 24
    piece_seconds: float = 9.0
    learning_rate: float = 2e-3
    clip_norm: float = 1.0
    ema: float = 0.998
    recorded: float = 0.5  # share of pieces from recordings; the others are the band's
    band_songs: int = 360
    band_seconds: float = 40.0
    judge_every: int = 250


BEAT_PRESETS: dict[str, BeatTraining] = {
    "tiny": BeatTraining(
        spec=BeatSpec(width=16),
        iterations=40,
        batch=4,
        piece_seconds=4.0,
        ema=0.9,
        band_songs=6,
        band_seconds=10.0,
        judge_every=20,
    ),
    "stage": BeatTraining(),
}


@dataclass(frozen=True)
class ActionTraining:
    """Training of the network that recognises actions, whose features compare dances."""

    iterations: int = 800
    batch: int = 32
    learning_rate: float = 2e-3
    warm_up: int = 100
    clip_norm: float = 5.0
    dropout: float = 0.1
    smoothing: float = 0.05  # of the labels
    ema: float = 0.99
    bfloat16: bool = True
    judge_every: int = 200


ACTION_PRESETS: dict[str, ActionTraining] = {
    "tiny": ActionTraining(
        iterations=4, batch=4, warm_up=1, ema=0.5, bfloat16=False, judge_every=2
    ),
    "stage": ActionTraining(),
}
