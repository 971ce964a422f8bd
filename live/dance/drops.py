"""Breaks and drops of club music: the bass goes for some bars, then all returns. Pure.

Told in the chunk in which it happens, so that the dancer answers within the first beat.
"""

from collections import deque
from typing import NamedTuple

import numpy as np

from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS
from models.types import Array

POOL = 32  # samples that are averaged: what is left below about 250 Hz is the bass
BEFORE_S = 2.5  # two bars of fast music: so long the bass was away
BASS_BACK_DB, LOUDER_DB = 8.0, 2.5  # above the strongest bass, and the mean level, of that time
AWAY_DB, AWAY_S = 8.0, 1.0  # a break: all bass of so long is so far below the usual,
QUIET_DB = 3.0  # and all sound by so much
USUAL_DB = 3.0  # below the usual, bass that comes after a break is all back
USUAL_S = 2.0, 20.0  # how soon bass is usual that is stronger, and weaker
FILL_S = 0.7  # before a drop, that already has some bass
FORGET_S = 3.0  # of silence: what comes then begins, it does not return
IN_BREAK = -0.5  # energy at most
STRUCK = 1.6  # energy while that is held after a break: more than for any other music
HELD_S, FADED_S = 2.0, 2.0  # the answer to a drop, and what it takes to go
_FLOOR = 1e-9  # of power


class Scene(NamedTuple):
    """Where in a song this is."""

    is_break: bool
    is_drop: bool  # it begins in this chunk
    surge: float  # 1, after a break STRUCK, at a drop and for HELD_S after it; then down to 0

    def energy(self, lively: float) -> float:
        """What the dancer is told, -1..STRUCK, where the music is so lively."""
        if self.surge:
            return max(lively, self.surge)
        return min(lively, IN_BREAK) if self.is_break else lively


class Drops:
    """Fed the sound chunk by chunk."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the music."""
        n_before = round(BEFORE_S / CHUNK_SECONDS)
        self._bass: deque[float] = deque(maxlen=n_before)  # dB of the chunks before
        self._power: deque[float] = deque(maxlen=n_before)
        self._usual: float | None = None  # strongest bass of a second
        self._usual_loud = 0.0  # mean level of a second
        self._since_break = self._since_quiet = FILL_S
        self._struck = 1.0
        self._silent_s = 0.0
        self._since_drop = HELD_S + FADED_S

    def feed(self, samples: Array, silent: bool) -> Scene:
        """One chunk of 16 kHz sound, float32 (1600,)."""
        self._silent_s = self._silent_s + CHUNK_SECONDS if silent else 0.0
        if self._silent_s > FORGET_S:
            self.reset()
            self._silent_s = 2 * FORGET_S
            return Scene(False, False, 0.0)
        self._since_drop += CHUNK_SECONDS
        bass, power = _levels(samples)
        is_drop = False
        if self._is_drop(bass, _db(power)):  # for some chunks on end
            is_drop = self._since_drop > HELD_S
            if is_drop:
                self._struck = STRUCK if self._since_quiet < FILL_S else 1.0
            self._since_drop = 0.0
        self._bass.append(bass)
        self._power.append(power)
        n_newest = round(AWAY_S / CHUNK_SECONDS)
        newest = max(list(self._bass)[-n_newest:])
        level = _db(float(np.mean(list(self._power)[-n_newest:])))
        if self._usual is None:
            self._usual, self._usual_loud = newest, level
        usual = self._usual
        is_away = newest < usual - AWAY_DB
        is_break = is_away and level < self._usual_loud - QUIET_DB
        if is_away:
            self._since_break = 0.0
        else:
            self._since_break += CHUNK_SECONDS
            share = CHUNK_SECONDS / USUAL_S[level < self._usual_loud]
            self._usual_loud += (level - self._usual_loud) * share
            self._usual = usual + (newest - usual) * CHUNK_SECONDS / USUAL_S[newest < usual]
        self._since_quiet = 0.0 if is_break else self._since_quiet + CHUNK_SECONDS
        left = max(0.0, (HELD_S + FADED_S - self._since_drop) / FADED_S)
        return Scene(is_break, is_drop, self._struck if left >= 1 else left)

    def _is_drop(self, bass: float, loud: float) -> bool:
        if len(self._bass) < round(BEFORE_S / CHUNK_SECONDS):
            return False
        is_back = self._since_break < FILL_S and bass > (self._usual or 0.0) - USUAL_DB
        is_new = bass > max(self._bass) + BASS_BACK_DB
        return (is_back or is_new) and loud > _db(float(np.mean(self._power))) + LOUDER_DB


def _levels(samples: Array) -> tuple[float, float]:
    """Of a chunk: bass in dB, and the power of all."""
    pooled = samples.reshape(CHUNK_SAMPLES // POOL, POOL).mean(1, dtype=np.float64)
    return _db(float(pooled.var())), float(np.square(samples, dtype=np.float64).mean())


def _db(power: float) -> float:
    return 10 * float(np.log10(power + _FLOOR))
