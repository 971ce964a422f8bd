"""Lets a plan run a little faster or slower, so that its still moments fall on the beats. Pure.

The generator chooses plans that rest on the beat, but its choices start every 0.1 s and rest where
they rest. What is left is taken off here, a few milliseconds a chunk; the generator then goes on
from where the body really is, so the shift adds up and nothing has to be run back.
"""

import numpy as np

from live.core.messages import Beat
from live.dance.tween import spread
from models import skeleton, spec
from models.types import Array

MOST = 0.08  # of its pace a plan may gain or lose
RATES = (1.0, 1 - MOST, 1 - MOST / 2, 1 + MOST / 2, 1 + MOST)
STEPS_A_SECOND = 40  # where the pace of a plan is looked at
LEAD_S = 0.02  # before the beat; aimed at it, accents came 0 to 25 ms late
STILL = 0.01  # body units a chunk: below it one rest is as good as another


class PhaseLock:
    """For plans at these horizons (H,), evenly spaced, s after the end of a chunk."""

    def __init__(self, horizons: Array) -> None:
        step, last, n = float(horizons[1] - horizons[0]), float(horizons[-1]), len(horizons) + 2
        places = np.arange(round(last * STEPS_A_SECOND) + 1) / STEPS_A_SECOND
        middles = (places[1:] + places[:-1]) / 2
        # One row for each step of the body read at each rate, up to the end of the plan: what it
        # is of the poses before and in the plan, when it is, and the rate's first row.
        steps = [
            np.diff(_rows(1 + places[places * rate <= last + 1e-9] * rate / step, n), axis=0) / rate
            for rate in RATES
        ]
        self._steps = np.concatenate(steps) * (STEPS_A_SECOND * spec.CHUNK_SECONDS)  # a chunk
        self._middles = np.concatenate([middles[: len(rows)] for rows in steps])
        self._n = np.array([len(rows) for rows in steps])
        self._first = np.cumsum(self._n) - self._n
        # What the plan's poses become at each rate; past its end the body is held.
        self._moved = [_rows(1 + np.minimum(horizons * rate, last) / step, n) for rate in RATES]

    def feed(self, beat: Beat, before: Array, joints: Array) -> Array:
        """The plan joints (H, 18, 2) at the pace that lies best on the beats to come.

        `before` (2, 18, 2) is the body one step before the end of the chunk and at it, when `beat`
        is known.
        """
        if beat.beat_phase is None or beat.bpm <= 0:
            return joints
        path = np.concatenate([before, joints]).reshape(len(joints) + 2, -1)
        steps = (self._steps @ path).reshape(len(self._steps), -1, 2)
        paces = np.log(np.sqrt((steps * steps).sum(-1)).mean(1) + STILL)
        beats = (self._middles + LEAD_S) * beat.bpm / 60 + beat.beat_phase
        stillness = np.cos(2 * np.pi * beats)  # 1 on a beat, -1 between two
        usual = np.add.reduceat(paces, self._first) / self._n
        fits = -np.add.reduceat((paces - np.repeat(usual, self._n)) * stillness, self._first)
        best = int(np.argmax(fits / self._n))  # the first of equals: its own pace
        if best == 0:
            return joints
        # Between two poses a bone that turns comes out longer or shorter than it is.
        return skeleton.limit_bones((self._moved[best] @ path).reshape(joints.shape))


def _rows(places: Array, n_poses: int) -> Array:
    """(n, n_poses): what each pose counts at these places, in steps from the first."""
    rows: list[list[float]] = []
    for place in places:
        row = [0.0] * n_poses
        spread(row, float(place), 1.0)
        rows.append(row)
    return np.array(rows, np.float32)
