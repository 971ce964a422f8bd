"""Two bars make a phrase: a motif, its mirror image, a variation, then another motif. Pure.

The network chooses between plans by chance. Here chance is given a taste that lasts for a phrase,
and what was danced at the same count before: wanted again, in the mirror, or no more. A part of the
music begins with a new motif. Without this a dance finds a loop that suits the beat and stays.
"""

import numpy as np

from live.core.messages import Beat
from models import skeleton, spec
from models.types import Array

PHRASE_BARS = 2
CYCLE = 3  # phrases: motif, mirror, variation
# In logits; the network's own plans lie within 4.6 of the best, and chance scatters by 1.3.
TASTE = 1.5
AGAIN = 4.0  # for what was danced at this count of the motif
NO_MORE = 8.0  # against what has come round twice already
ALIKE = 0.75  # of what two poses are usually apart
REMEMBERED = 256  # chunks: two phrases of slow music
NEW_PART = 0.4  # of energy, from one phrase to the next
USUAL_H = 0.3  # body units that two poses are apart, to begin with


class Phrases:
    """For a dance of so many plans; `mirrors` says what each one is in the mirror, if known."""

    def __init__(self, n_plans: int, mirrors: list[int], seed: int) -> None:
        self._n_plans = n_plans
        self._mirrors = np.array(mirrors, np.int64)
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Nothing danced yet."""
        self._rng = np.random.default_rng([self._seed, 1])
        self._beats = 0.0  # danced in all
        self._left = 0.0  # of this phrase, beats
        self._phrase = -1  # number in the cycle
        self._taste = np.zeros(self._n_plans, np.float32)
        self._energy: list[float] = []  # of this phrase
        self._energy_before: float | None = None
        self._row = 0
        self._at = np.full(REMEMBERED, -np.inf)  # beats
        self._plans = np.zeros(REMEMBERED, np.int64)
        self._poses = np.zeros((REMEMBERED, spec.N_JOINTS, 2), np.float32)
        self._usual = USUAL_H
        self._apart = np.ones(PHRASE_BARS)  # from one bar before, two, ...; shares of what is usual

    def begin(self) -> None:
        """A new part of the music: another motif, from here on."""
        self._left, self._phrase = 0.0, -1

    def feed(self, beat: Beat | None, plan: int, pose: Array, energy: float) -> Array:
        """What to add to the logits (K,) of this chunk's choice.

        `plan` and `pose` (18, 2) are what was danced in the chunk before.
        """
        if beat is None or beat.bpm <= 0:
            return np.zeros(self._n_plans, np.float32)
        self._remember(plan, pose, beat)
        step = beat.bpm / 60 * spec.CHUNK_SECONDS
        self._beats += step
        if self._left < step / 2:
            self._turn(beat)
        self._left -= step
        self._energy.append(energy)
        wish = self._taste.copy()
        self._want_again(wish, PHRASE_BARS * beat.beats_per_bar)
        for bars in range(1, PHRASE_BARS + 1):
            if self._apart[bars - 1] < ALIKE:
                for times in (1, 2):
                    danced = self._danced(times * bars * beat.beats_per_bar)
                    wish[danced] = self._taste[danced] - NO_MORE
        return wish

    def _turn(self, beat: Beat) -> None:
        """The next phrase, until the bar line that is nearest to its length."""
        before, is_new = self._energy_before, False
        if self._energy:  # else this is the first one
            self._energy_before, self._energy = float(np.mean(self._energy)), []
            is_new = before is not None and abs(self._energy_before - before) > NEW_PART
        is_new |= self._apart[-1] < ALIKE  # the mirror image came out as the motif
        self._phrase = 0 if is_new else (self._phrase + 1) % CYCLE
        if self._phrase == 1 and len(self._mirrors):
            self._taste = self._taste[self._mirrors]
        else:
            drawn = self._rng.standard_normal(self._n_plans)
            self._taste = (TASTE * drawn).astype(np.float32)
        self._left += PHRASE_BARS * beat.beats_per_bar
        if beat.bar_phase is not None:
            after_line = (beat.bar_phase + 0.5) % 1.0 - 0.5
            self._left -= after_line * beat.beats_per_bar

    def _want_again(self, wish: Array, beats: int) -> None:
        """The motif at this count: in the mirror, or as it was in half of a variation."""
        if self._phrase == 1 and len(self._mirrors):
            danced = self._mirrors[self._danced(beats)]
        elif self._phrase == 2 and self._left > beats / 2:
            danced = self._danced(2 * beats)
        else:
            return
        wish[danced] = self._taste[danced] + AGAIN

    def _remember(self, plan: int, pose: Array, beat: Beat) -> None:
        """What was danced up to here, and how far it is from what was danced some bars before."""
        body = pose - skeleton.pelvis(pose)[..., None, :] * np.array([1, 0], np.float32)
        other = self._poses[self._rng.integers(REMEMBERED)]
        if other.any():
            self._usual += 0.02 * (_apart(body, other) - self._usual)
        self._at[self._row], self._plans[self._row], self._poses[self._row] = (
            self._beats, plan, body,
        )  # fmt: skip
        self._row = (self._row + 1) % REMEMBERED
        for bars in range(1, PHRASE_BARS + 1):
            beats = bars * beat.beats_per_bar
            row = self._row_at(self._beats - beats)
            if row is not None:
                apart = _apart(body, self._poses[row]) / self._usual
                share = min(1.0, 2 * beat.bpm / 60 * spec.CHUNK_SECONDS / beats)
                self._apart[bars - 1] += share * (apart - self._apart[bars - 1])

    def _row_at(self, beats: float) -> int | None:
        row = int(np.abs(self._at - beats).argmin())
        return row if abs(self._at[row] - beats) < 1.0 else None

    def _danced(self, ago: float) -> Array:
        """The plans about this count, so many beats ago; none that is no plan."""
        row = self._row_at(self._beats - ago)
        if row is None:
            return self._plans[:0]
        about = self._plans[[(row + k) % REMEMBERED for k in (-1, 0, 1)]]
        return about[about < self._n_plans]


def _apart(a: Array, b: Array) -> float:
    return float(np.linalg.norm(a - b, axis=-1).mean())
