"""How likely every tempo and every place in the beat is, 100 times a second. Numpy only.

The forward half of a hidden Markov model: a state is a beat period of so many frames and the frame
within it; time moves a state on by one frame, and only a new beat may have another period.
After Krebs, Böck and Widmer, "An efficient state-space model for joint tempo and meter tracking",
ISMIR 2015; here it looks at the past alone.
"""

from typing import NamedTuple

import numpy as np

from models.spec import BEAT_HZ
from models.types import Array

SLOWEST_BPM, FASTEST_BPM = 54.0, 216.0  # two octaves: every music has a level among them
STEADY = 100.0  # how much beats prefer to keep their period
BEAT_SHARE = 16  # the beat is the first 1/16 of its period
BLOCK = 10  # frames that are taken in one go
HEAD = BLOCK + 8  # states at the start of a period that a block's beats concern
USUAL_BPM, USUAL_OCTAVES = 115.0, 0.9  # where people tap, before anything is heard
# The most one frame may say: neither a wrong peak nor a break may undo what was heard before.
LEAST, MOST = 0.7, 12.0
WEIGHT = 0.3  # of the evidence: neighbouring frames tell much the same
RESTART = 5e-4  # of the belief is spread anew with each feed, so that a new song is found
NEAR_PHASE, NEAR_TEMPO = 0.1, 0.045  # what belongs to one reading of the beat


class Reading(NamedTuple):
    """One way to count the music."""

    period: float  # s
    phase: float  # 0..1 of the beat
    belief: float  # 0..1, share of all states that agree


class BarPointer:
    """Feed activations; ask for the likeliest reading, or how likely a given one is."""

    def __init__(self) -> None:
        shortest, longest = (round(60 * BEAT_HZ / bpm) for bpm in (FASTEST_BPM, SLOWEST_BPM))
        self._periods = np.arange(shortest, longest + 1)
        self._last = np.cumsum(self._periods) - 1
        self._first = self._last - self._periods + 1
        frames = np.concatenate([np.arange(period) for period in self._periods])
        self._period_of = np.repeat(self._periods, self._periods).astype(np.float32)
        self._phase_of = (frames / self._period_of).astype(np.float32)
        # The states at the start of each period, (tempos, HEAD): those that a block of frames ends
        # in after a beat, and where each was a block before (for the first ones: which end).
        head = np.arange(HEAD)
        self._head = self._first[:, None] + head
        self._before = self._first[:, None] + np.where(
            head < BLOCK, self._periods[:, None] - BLOCK + head, head - BLOCK
        )
        # The frames of the block in which such a state was on the beat: from, to (exclusive).
        n_beat = np.ceil(self._periods / BEAT_SHARE).astype(int)[:, None]
        self._on_from = np.broadcast_to(np.maximum(0, BLOCK - 1 - head), self._head.shape)
        self._on_to = np.clip(n_beat + BLOCK - 1 - head, self._on_from, BLOCK)
        ratio = self._periods[None] / self._periods[:, None]
        change = np.exp(-STEADY * np.abs(ratio - 1))
        self._change_from = np.ascontiguousarray(
            (change / change.sum(1, keepdims=True)).T.astype(np.float32)
        )
        octaves = np.log2(60 * BEAT_HZ / self._period_of / USUAL_BPM)
        prior = np.exp(-0.5 * (octaves / USUAL_OCTAVES) ** 2) / self._period_of
        self._usual = (prior / prior.sum()).astype(np.float32)
        self._next = np.empty_like(self._usual)
        self._allowed: Array | None = None
        self.reset()

    def reset(self) -> None:
        """Every tempo and phase as likely as before any music."""
        self._allowed = None
        self._belief = self._usual.copy()

    def feed(self, activations: Array) -> None:
        """The next frames (n,) of 10 ms: how surely a beat is heard in each, 0..1.

        n is a multiple of BLOCK.
        """
        odds = activations * (BEAT_SHARE - 1) / np.maximum(1e-3, 1 - activations)
        says = np.log(np.clip(odds**WEIGHT, LEAST, MOST))
        for block in says.reshape(-1, BLOCK):
            self._move(block)
            belief = self._belief
            if self._allowed is not None:
                belief[self._allowed == 0] = 0
            belief *= np.float32((1 - RESTART) / max(1e-20, float(belief.sum())))
            belief += np.float32(RESTART) * self._start()

    def pause(self, n_frames: int) -> None:
        """So many frames in which nothing can be concluded from a missing beat."""
        for _ in range(n_frames // BLOCK):
            self._move(np.zeros(BLOCK))

    def _move(self, says: Array) -> None:
        """Every state goes on by a block; at its end a beat begins, of about the same period.

        No period is shorter than a block, so a state meets one beat at most; `says` (BLOCK,) is the
        logarithm of what each frame says for the states that are on the beat in it.
        """
        following, belief = self._next, self._belief
        following[BLOCK:] = belief[:-BLOCK]
        head = belief[self._before]
        head[:, :BLOCK] = self._change_from @ head[:, :BLOCK]
        said = np.concatenate([[0.0], np.cumsum(says)])
        head *= np.exp(said[self._on_to] - said[self._on_from])
        following[self._head] = head
        self._belief, self._next = following, belief

    def _start(self) -> Array:
        return self._usual if self._allowed is None else self._allowed

    def likeliest(self) -> Reading:
        """The reading with the best single state, with the mean of all that agree."""
        best = int(self._belief.argmax())
        return self.near(float(self._period_of[best]) / BEAT_HZ, float(self._phase_of[best]))

    def near(self, period: float, phase: float) -> Reading:
        """The mean of all states that agree with a reading (period in s), and their share."""
        frames = period * BEAT_HZ
        low, high = np.searchsorted(
            self._periods, [frames * (1 - NEAR_TEMPO) - 0.5, frames * (1 + NEAR_TEMPO) + 0.5]
        )
        if low >= high:
            return Reading(period, phase, 0.0)
        part = slice(self._first[low], self._last[high - 1] + 1)
        away = self._phase_of[part] - np.float32(phase)
        away -= np.round(away)
        belief = np.where(np.abs(away) <= NEAR_PHASE, self._belief[part], np.float32(0))
        total = float(belief.sum())
        if total < 1e-9:
            return Reading(period, phase, 0.0)
        mean_period = float(belief @ self._period_of[part]) / total / BEAT_HZ
        return Reading(mean_period, (phase + float(belief @ away) / total) % 1.0, total)

    def allow(self, period: float, within: float, phase: float | None = None) -> None:
        """From now on only periods (s) within that share; start at `phase` if it is given."""
        allowed = np.abs(self._period_of / BEAT_HZ / period - 1) <= max(
            within, 0.6 / (period * BEAT_HZ)
        )
        if not allowed.any():
            self.reset()
            return
        start = (allowed / allowed.sum()).astype(np.float32)
        self._allowed, self._belief = start, start.copy()
        if phase is not None:
            away = self._phase_of - phase
            away -= np.round(away)
            self._belief *= np.exp(-0.5 * (away / 0.08) ** 2) + 1e-3
            self._belief /= self._belief.sum()
