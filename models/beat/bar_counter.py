"""Which beat of the bar it is, and whether bars have three or four: a belief over seven places.

Pure; fed once a beat with how surely a bar begins there.
"""

import numpy as np

from models.types import Array

METRES = (3, 4)
IN_FOUR = 0.75  # of all music, before anything is heard
CHANGES = 0.004  # share of beats after which anything may be
MEAN_BEATS = 12.0  # a beat is compared with the mean of so many
FLOOR = 0.03  # of the comparison: where nothing begins, nothing is said
WEIGHT = 1.6  # of the evidence
SURE = 0.6  # belief from which the place in the bar is given
SURE_OF_METRE = 0.75  # belief from which three is believed


class BarCounter:
    """`place` (0 = downbeat) and `beats_per_bar`, as believed after the last beat."""

    def __init__(self) -> None:
        self._metre = np.repeat(METRES, METRES)
        self._place = np.concatenate([np.arange(metre) for metre in METRES])
        share = np.where(self._metre == 4, IN_FOUR, 1 - IN_FOUR) / self._metre
        self._usual: Array = share / share.sum()
        self._came_from = np.array(
            [
                np.flatnonzero((self._metre == m) & (self._place == (p - 1) % m))[0]
                for m, p in zip(self._metre, self._place, strict=True)
            ]
        )
        self.reset()

    def reset(self) -> None:
        """Nothing is known of the bar."""
        self._belief = self._usual.copy()
        self.beats_per_bar = 4
        self._mean = 0.0
        self._n_heard = 0

    def beat(self, downbeat: float) -> None:
        """The next beat came; `downbeat` 0..1 says how surely it begins a bar."""
        self._n_heard += 1
        self._mean += (downbeat - self._mean) / min(self._n_heard, MEAN_BEATS)
        # Against the others: how sure the network is as a whole changes from music to music.
        odds = ((downbeat + FLOOR) / (self._mean + FLOOR)) ** WEIGHT
        says = odds / (odds + 1)
        belief = self._belief[self._came_from] * (1 - CHANGES) + CHANGES * self._usual
        belief = belief * np.where(self._place == 0, says, 1 - says)
        self._belief = belief / belief.sum()
        in_three = float(self._belief[self._metre == 3].sum())
        if in_three > SURE_OF_METRE:
            self.beats_per_bar = 3
        elif in_three < 1 - SURE_OF_METRE:
            self.beats_per_bar = 4

    def skip(self, beats: int) -> None:
        """So many beats passed unheard."""
        for _ in range(min(beats, 12)):
            self._belief = self._belief[self._came_from]

    @property
    def place(self) -> int | None:
        """The place of the last beat in the bar, None while it is not sure."""
        mine = self._metre == self.beats_per_bar
        best = int(np.where(mine, self._belief, 0).argmax())
        return int(self._place[best]) if self._belief[best] > SURE else None
