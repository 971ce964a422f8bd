"""How the beat network is trained. No torch."""

from dataclasses import dataclass, field

from models.band.score import CLUB_STYLES, STYLES
from models.spec import BeatSpec

GROOVES = tuple(name for name in (*STYLES, *CLUB_STYLES) if name != "drums")  # drums are of any


@dataclass(frozen=True)
class BeatTraining:
    """Training of the beat network on segments from an empty state."""

    spec: BeatSpec = field(default_factory=BeatSpec)
    iterations: int = 4_000
    batch: int = 24
    segment_seconds: float = 9.0
    learning_rate: float = 2e-3
    clip_norm: float = 1.0
    ema: float = 0.998
    recorded: float = 0.5  # share of segments from recordings; the others are the band's
    band_songs: int = 480
    band_seconds: float = 40.0
    validate_every: int = 250


BEAT_PRESETS: dict[str, BeatTraining] = {
    "tiny": BeatTraining(
        spec=BeatSpec(width=16),
        iterations=40,
        batch=4,
        segment_seconds=4.0,
        ema=0.9,
        band_songs=6,
        band_seconds=10.0,
        validate_every=20,
    ),
    "stage": BeatTraining(),
}
