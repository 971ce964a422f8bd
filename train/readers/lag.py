"""How far a dance is before or behind its music, and whether its tempo belongs to it. Pure.

The still moments of the body are held against the beats at every lag within half a beat and every
stretch within 7 %; the best place counts when it is better than the best of as many moments that
are drawn at random.
"""

from dataclasses import dataclass

import numpy as np

from models.types import Array
from train.dance_eval import beat_alignment

LAG_STEP_S = 0.02
STRETCHES = tuple(np.round(np.arange(0.93, 1.0701, 0.005), 4))
# A steady dance of a quarter of a minute fits any tempo somewhere within 7 %.
LONG_S, GAIN = 30.0, 0.1  # from which on, and by how much better, another tempo is believed
N_DRAWN = 100
SURE_P = 0.03


@dataclass(frozen=True)
class Lag:
    """Where a dance lies on its music."""

    seconds: float  # by which it comes late (+) or early (-)
    stretch: float  # its times are to be multiplied by this
    p: float  # how often moments drawn at random fit as well
    score: float  # of the accents on the beats at this place; and where it is now
    score_now: float

    @property
    def is_sure(self) -> bool:
        return self.p <= SURE_P

    def __str__(self) -> str:
        if not self.is_sure:
            return f"no clear lag (p {self.p:.2f})"
        when = "late" if self.seconds > 0 else "early"
        faster = f", tempo off by {100 * (self.stretch - 1):+.1f} %" if self.stretch != 1 else ""
        return f"{abs(self.seconds) * 1e3:.0f} ms {when}{faster} (p {self.p:.2f})"


def measure(accents: Array, beats: Array, seed: int = 0) -> Lag | None:
    """Times of accents and beats, s from the same moment; None where there are too few."""
    if len(accents) < 8 or len(beats) < 8:
        return None
    half = float(np.median(np.diff(beats))) / 2
    n_lags = int(half / LAG_STEP_S)
    lags = np.arange(-n_lags, n_lags + 1) * LAG_STEP_S
    tempos = STRETCHES if accents[-1] - accents[0] >= LONG_S else (1.0,)
    scores = _scores(_moved(accents, lags, tempos), beats)
    # As it is goes before a stretch that is hardly better: a song of a minute cannot tell.
    plain = tempos.index(1.0)
    best = np.unravel_index(int(scores.argmax()), scores.shape)
    at_own_tempo = (plain, int(scores[plain].argmax()))
    place = best if scores[best] > scores[at_own_tempo] + GAIN else at_own_tempo
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.uniform(accents[0], accents[-1], (N_DRAWN, len(accents))), 1)
    chance = [float(_scores(_moved(times, lags, tempos), beats).max()) for times in drawn]
    p = (1 + sum(c >= scores[place] for c in chance)) / (1 + N_DRAWN)
    now = float(_scores(accents[None, None], beats)[0, 0])
    return Lag(float(lags[place[1]]), float(tempos[place[0]]), p, float(scores[place]), now)


def _moved(times: Array, lags: Array, tempos: tuple[float, ...]) -> Array:
    """(n,) -> (tempos, lags, n)"""
    return times[None, None] * np.array(tempos)[:, None, None] - lags[None, :, None]


def _scores(times: Array, beats: Array) -> Array:
    """(..., n) -> (...): mean closeness to the nearest beat."""
    right = np.clip(np.searchsorted(beats, times), 1, len(beats) - 1)
    apart = np.minimum(np.abs(times - beats[right]), np.abs(times - beats[right - 1]))
    return np.exp(-np.square(apart) / (2 * beat_alignment.SIGMA_S**2)).mean(-1)
