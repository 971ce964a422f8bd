"""Is it in three or in four: how the weight of the beats repeats. Pure.

Four is the default; three is believed only when, over the last beats, the bass comes back every
third beat clearly more regularly than every second or fourth.
"""

from collections import deque

import numpy as np

from live.messages import Array
from models.spec import SAMPLE_RATE

BEFORE_S, AFTER_S = 0.05, 0.15  # where the bass of a beat is looked for
MIN_BEATS = 18
COARSE = 16  # samples: 1 ms
SMOOTH = np.full(8, 1 / 8, np.float32)
HOP_COARSE = 10  # 10 ms
KEEP_S = 3.0
CLEARLY = 0.22  # how much more of the beats' weight three must explain than two and four


class Meter:
    """Fed with chunks and beats; `beats_per_bar` is 3 or 4."""

    def __init__(self) -> None:
        self.beats_per_bar = 4
        self.evidence = 0.0
        self._tail = np.zeros(len(SMOOTH) - 1, np.float32)
        self._time = 0.0
        self._energies: deque[tuple[float, float]] = deque()  # (time, log bass energy)
        self._waiting: deque[tuple[float, int]] = deque()  # (time, number) of beats not yet over
        self._beats: deque[tuple[int, float]] = deque()  # (number, weight)

    def feed(self, samples: Array) -> None:
        """A chunk of sound, (1600,)."""
        # Means of 1 ms, then of 8: a low-pass near 60 Hz is enough to weigh a bass note.
        coarse = np.concatenate((self._tail, samples.reshape(-1, COARSE).mean(1)))
        self._tail = coarse[-len(SMOOTH) + 1 :]
        low = np.convolve(coarse, SMOOTH, "valid")
        energies = np.log10(np.square(low).reshape(-1, HOP_COARSE).mean(1) + 1e-7)
        for energy in energies.tolist():
            self._time += HOP_COARSE * COARSE / SAMPLE_RATE
            self._energies.append((self._time, energy))
        while self._energies and self._energies[0][0] < self._time - KEEP_S:
            self._energies.popleft()
        while self._waiting and self._waiting[0][0] + AFTER_S < self._time:
            self._weigh(*self._waiting.popleft())

    def beat(self, time: float, count: int) -> None:
        """A beat is heard `time` seconds into what was fed; `count` is its number in the grid."""
        self._waiting.append((time, count))

    def _weigh(self, time: float, count: int) -> None:
        around = [e for t, e in self._energies if -BEFORE_S <= t - time <= AFTER_S]
        if not around:
            return
        self._beats.append((count, max(around)))
        while len(self._beats) > 64 or (self._beats and self._beats[0][0] < count - 48):
            self._beats.popleft()
        if len(self._beats) >= MIN_BEATS:
            self.evidence += 0.15 * (self._advantage_of_three() - self.evidence)
            if self.evidence > CLEARLY:
                self.beats_per_bar = 3
            elif self.evidence < CLEARLY / 2:
                self.beats_per_bar = 4

    def _advantage_of_three(self) -> float:
        beats = np.array(self._beats)
        counts = beats[:, 0].astype(int)
        weights = beats[:, 1] - beats[:, 1].mean()
        total = float((weights**2).mean()) + 1e-9

        def explained(period: int) -> float:
            groups = [weights[counts % period == k] for k in range(period)]
            between = sum(len(g) * float(g.mean()) ** 2 for g in groups if len(g))
            share = between / len(weights) / total
            # What chance alone would explain with so many groups.
            chance = (period - 1) / len(weights)
            return (share - chance) / (1 - chance)

        return explained(3) - max(explained(2), explained(4))
