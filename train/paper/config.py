"""How what only the paper's tables need is trained: genres, the metric, actions, conditions."""

from dataclasses import dataclass, replace

from models.spec import PaperSpec
from train.dancer.config import LossWeights, PaperTraining


@dataclass(frozen=True)
class GenreTraining:
    """Training of the network that recognises genres of music (CRNN)."""

    iterations: int = 400
    batch: int = 32
    learning_rate: float = 2e-3
    warm_up: int = 50
    clip_norm: float = 5.0
    ema: float = 0.98
    bfloat16: bool | None = None  # None: what is faster on this machine
    validate_every: int = 100


GENRE_PRESETS: dict[str, GenreTraining] = {
    "tiny": GenreTraining(
        iterations=4, batch=4, warm_up=1, ema=0.5, bfloat16=False, validate_every=2
    ),
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
    validate_every: int = 100


METRIC_PRESETS: dict[str, MetricTraining] = {
    "tiny": MetricTraining(iterations=4, group=3, warm_up=1, ema=0.5, validate_every=2),
    "stage": MetricTraining(),
    "strict": MetricTraining(strict=True),
}
ABLATION_ITERATIONS = 3_000
_FULL = PaperTraining(iterations=ABLATION_ITERATIONS, select_every=0)
_ALONE = LossWeights(features=0.0, perceptual=0.0, gradient_penalty=0.0)
_WITH_CRITICS = replace(_FULL, weights=LossWeights(perceptual=0.0))
_PAPER: dict[str, PaperTraining] = {
    "l1": replace(_FULL, weights=_ALONE, local=False, whole=False),
    "global": replace(_WITH_CRITICS, local=False),
    "local": _WITH_CRITICS,
    "full": _FULL,
}
# Conditions that learn alike but for what their name says; the first four add to the one before.
ABLATION: dict[str, PaperTraining] = {
    **_PAPER,
    "live": replace(_FULL, spec=PaperSpec(causal=True)),
    "log-mel": replace(_FULL, spec=PaperSpec(log_mel=True)),
    # As their program: nothing is learned by heart in thousands of steps, and the critics score a
    # dance that dropout makes tremble.
    **{
        f"{name}-dropout": replace(kind, spec=PaperSpec(dropout=0.5))
        for name, kind in _PAPER.items()
    },
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
    bfloat16: bool | None = None  # None: what is faster on this machine
    validate_every: int = 200


ACTION_PRESETS: dict[str, ActionTraining] = {
    "tiny": ActionTraining(
        iterations=4, batch=4, warm_up=1, ema=0.5, bfloat16=False, validate_every=2
    ),
    "stage": ActionTraining(),
}
