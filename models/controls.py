"""What the generator is told of beat, bar and style: one row of `spec.CONTROLS`. Pure, numpy."""

import math

import numpy as np

from models.spec import CONTROL_AHEAD, CONTROLS, TEMPO_REFERENCE_S
from models.types import Array

MIN_CONFIDENCE = 0.1  # of the beat: below it a dancer is told none and dances by ear


def control_row(
    bpm: float,
    beat_phase: float | None,
    bar_phase: float | None,
    beats_per_bar: int,
    energy: float = 0.0,
) -> Array:
    """Phases 0..1 at the end of the chunk (None: unknown) -> (len(CONTROLS),) float32."""
    row = dict.fromkeys(CONTROLS, 0.0)
    if beat_phase is not None:
        period = 60.0 / bpm
        turn = 2 * math.pi * (beat_phase + CONTROL_AHEAD / period)
        row["beat_sin"], row["beat_cos"] = math.sin(turn), math.cos(turn)
        row["tempo"] = math.log2(TEMPO_REFERENCE_S / period)
        row["beat_known"] = 1.0
        if bar_phase is not None:
            turn = 2 * math.pi * (bar_phase + CONTROL_AHEAD / period / beats_per_bar)
            row["bar_sin"], row["bar_cos"] = math.sin(turn), math.cos(turn)
            row["bar_known"] = 1.0
    row["in_three" if beats_per_bar == 3 else "in_four"] = 1.0
    row["energy"] = energy
    return np.array([row[name] for name in CONTROLS], np.float32)
