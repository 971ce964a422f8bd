"""How dances are trained: frozen dataclasses, presets as instances. No torch."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from models.spec import HORIZONS, GeneratorSpec, PaperSpec
from train.run.names import CHECKPOINT


@dataclass(frozen=True)
class DanceTraining:
    """Training of a stage dance. The true past is fed (with noise), so it runs at batch speed."""

    spec: GeneratorSpec = field(default_factory=lambda: GeneratorSpec(n_plans=640, beat_pull=5.0))
    iterations: int = 20_000
    batch: int = 24
    segment_chunks: int = 50
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    ema: float = 0.998
    silence: float = 0.22  # share of segments in which the music stops or has not begun
    choice_loss: float = 0.3
    label_smoothing: float = 0.0
    pose_loss: float = 10.0
    step_loss: float = 10.0
    past_noise: float = 0.06  # body units, the largest slow error of the fed-back pose
    past_noise_s: float = 0.6  # how long such an error lasts
    lost_share: float = 0.35  # of the segments: the error is up to `lost_noise` instead
    lost_noise: float = 0.3
    way_back: float = 0.6  # share of the error that is left after 0.1 s
    own_share: float = 0.5  # of the segments: fed its own poses, not the true ones
    own_from: float = 0.5  # share of the training after which that begins
    foot_weight: float = 3.0  # of an ankle's motion beside that of other joints
    hidden_choice: float = 0.15  # share of steps that are not given the last choice
    plan_samples: int = 40_000  # short motions from which the plans are found
    plan_components: int = 32
    validate_every: int = 500
    select_every: int = 2_000  # steps after which whole songs are danced, to keep the best


@dataclass(frozen=True)
class DanceSharpening:
    """Fine-tuning of a stage dance with critics; what is not named here stays as it was trained."""

    iterations: int = 400
    learning_rate: float = 1e-4
    critic_rate: float = 3e-4
    perceptual: float = 0.02
    critic: float = 0.05
    bfloat16: bool | None = None  # None: what is faster on this machine
    select_every: int = 100


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
    whole: bool = True  # the critic of a segment with its music
    minus_log: bool = False  # its attention as printed in the paper
    mismatched: bool = False  # real dances to other music are false to it as well
    snapped: bool = False  # imitate dances snapped to the beat
    carried: float = 0.0  # share of a batch that goes on through songs with its state carried
    ema: float = 0.998
    bfloat16: bool | None = None  # None: what is faster on this machine
    cached: bool = True  # what the action network sees in true dances is kept
    penalty_every: int = 4  # steps; the penalty then counts as many times
    validate_every: int = 50
    select_every: int = 500  # 0: never, the last moment counts


DANCE_PRESETS: dict[str, DanceTraining | PaperTraining] = {
    "tiny": DanceTraining(
        spec=GeneratorSpec(n_plans=24, gru_width=48),
        iterations=60,
        batch=4,
        segment_chunks=30,
        plan_samples=2_000,
        validate_every=30,
        select_every=60,
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
        validate_every=2,
        select_every=6,
    ),
}


ACTIONS = Path("runs/stgcn/actions") / CHECKPOINT  # the trained action network
# Of the paper's dance: the two critics and the losses beside them.
PARTS = ("local", "whole", "l1", "features", "perceptual", "gradient_penalty")


def without_parts(settings: PaperTraining, without: Collection[str]) -> PaperTraining:
    """The same with some of its parts switched off (names of PARTS)."""
    off = dict.fromkeys((part for part in without if part not in ("local", "whole")), 0.0)
    weights = replace(settings.weights, **off)
    local, whole = settings.local and "local" not in without, "whole" not in without
    return replace(settings, weights=weights, local=local, whole=settings.whole and whole)
