"""What the generator is given of beat, bar and style: one row of `spec.CONTROLS`. Pure, numpy.

`row_for_beat` is the rule of the stage and of training and judging alike.
"""

import math
from typing import NamedTuple, Protocol

import numpy as np

from models.spec import CONTROL_AHEAD, CONTROLS, TEMPO_REFERENCE_S
from models.types import Array

MIN_CONFIDENCE = 0.1  # of the beat: below it a dancer is given none and dances to the sound alone


class Beat(Protocol):
    """What is known of the beat at the end of a chunk."""

    @property
    def bpm(self) -> float: ...
    @property
    def beat_phase(self) -> float | None:
        """0..1 of the beat; None = unknown."""
        ...

    @property
    def bar_phase(self) -> float | None:
        """0..1 of the bar; None = unknown."""
        ...

    @property
    def confidence(self) -> float:
        """0..1, in the beat."""
        ...

    @property
    def beats_per_bar(self) -> int: ...


class DetectedBeat(NamedTuple):
    """A `Beat` alone, as the beat tracker gives it."""

    bpm: float
    beat_phase: float | None
    bar_phase: float | None
    confidence: float
    beats_per_bar: int


def row_for_beat(beat: Beat | None, metre: int, energy: float) -> Array:
    """What the generator is given of a beat, (len(CONTROLS),) float32; None = nothing is known.

    `metre` 3 or 4 beats a bar goes before what is detected, 0 leaves it to that.
    """
    if beat is None:
        return control_row(0.0, None, None, metre or 4, energy)
    is_sure = beat.confidence >= MIN_CONFIDENCE
    # A bar that is detected in another metre than the performer's says nothing.
    is_bar = is_sure and metre in (0, beat.beats_per_bar)
    return control_row(
        beat.bpm,
        beat.beat_phase if is_sure else None,
        beat.bar_phase if is_bar else None,
        metre or beat.beats_per_bar,
        energy,
    )


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
