"""Lets a plan run a little faster or slower, so that its still moments fall on the beats. Pure.

The generator chooses plans that rest on the beat, but its choices start every 0.1 s and rest where
they rest. What is left is taken off here, a few milliseconds a chunk; the generator then goes on
from where the body really is, so the shift adds up and nothing has to be run back.
"""

import numpy as np

from live.messages import Array, Beat
from live.tween import spread

MOST = 0.08  # of its pace a plan may gain or lose
RATES = (1.0, 1 - MOST, 1 - MOST / 2, 1 + MOST / 2, 1 + MOST)
STEPS_A_SECOND = 40  # where the pace of a plan is looked at
LEAD_S = 0.02  # before the beat; aimed at it, accents came 0 to 25 ms late
STILL = 0.01  # body units a chunk: below it one rest is as good as another


class PhaseLock:
    """For plans at these horizons (H,), evenly spaced, s after the end of a chunk."""

    def __init__(self, horizons: Array) -> None:
        step, last = float(horizons[1] - horizons[0]), float(horizons[-1])
        places = np.arange(round(last * STEPS_A_SECOND) + 1) / STEPS_A_SECOND
        self._middles = (places[1:] + places[:-1]) / 2
        # By rate, from the poses before and in the plan: poses along the plan as read at it, and at
        # the horizons; what lies past its end is left out of the first, and held in the second.
        self._along: list[Array] = []
        self._moved: list[Array] = []
        for rate in RATES:
            read = places[places * rate <= last + 1e-9] * rate
            held = np.minimum(horizons * rate, last)
            self._along.append(_rows(1 + read / step, len(horizons) + 2))
            self._moved.append(_rows(1 + held / step, len(horizons) + 2))

    def feed(self, beat: Beat, before: Array, joints: Array) -> Array:
        """The plan joints (H, 18, 2) at the pace that lies best on the beats to come.

        `before` (2, 18, 2) is the body one step before the end of the chunk and at it, when `beat`
        is known.
        """
        if beat.beat_phase is None or beat.bpm <= 0:
            return joints
        path = np.concatenate([before, joints]).reshape(len(joints) + 2, -1)
        beats = (self._middles + LEAD_S) * beat.bpm / 60 + beat.beat_phase
        stillness = np.cos(2 * np.pi * beats)  # 1 on a beat, -1 between two
        fits = [
            _fit(along @ path, stillness, rate)
            for along, rate in zip(self._along, RATES, strict=True)
        ]
        best = int(np.argmax(fits))  # the first of equals: its own pace
        if best == 0:
            return joints
        return (self._moved[best] @ path).reshape(joints.shape)


def _fit(poses: Array, stillness: Array, rate: float) -> float:
    """How well the rests of poses (n, 36) lie on the beats."""
    steps = np.diff(poses, axis=0).reshape(len(poses) - 1, -1, 2)
    paces = np.sqrt((steps * steps).sum(-1)).mean(1) / rate
    chunk = STEPS_A_SECOND / 10
    paces = np.log(paces * chunk + STILL)
    return -float(((paces - paces.mean()) * stillness[: len(paces)]).mean())


def _rows(places: Array, n_poses: int) -> Array:
    """(n, n_poses): what each pose counts at these places, in steps from the first."""
    rows: list[list[float]] = []
    for place in places:
        row = [0.0] * n_poses
        spread(row, float(place), 1.0)
        rows.append(row)
    return np.array(rows, np.float32)
