"""Two channels -> the one that is listened to, also where they cancel each other out. Numpy.

A balanced cable in a stereo input, or a plug with one channel turned round, gives the same sound
twice with opposite signs: their mean is silence.
"""

import numpy as np

from models.types import Array

WINDOW_S = 0.1
REMEMBERED = 0.8  # of the energies of a window when the next is added: half a second
# Correlation of the channels below which one of them is heard alone, and from which on both again.
# Wide mixes stay above 0; a stereo mix with one channel turned round has -0.6 or less.
AGAINST, TOGETHER = -0.4, 0.0
LOUDER = 4.0  # times the energy, for the right channel to be heard instead of the left
FADE_S = 0.01

Channel = int | None  # None = the mean of all


class MonoMix:
    """Sound of one rate in pieces; any cutting gives the same."""

    def __init__(self, rate: int) -> None:
        n_samples = max(1, round(rate * WINDOW_S))
        self._fade = np.minimum(
            1, np.arange(1, n_samples + 1) / max(1, round(rate * FADE_S)), dtype=np.float32
        )
        self._window = np.zeros((n_samples, 2), np.float32)
        self._filled = 0
        self._energies = np.zeros(3)  # left, right, their product
        self._before: Channel = None  # heard in the window before
        self._now: Channel = None

    def feed(self, samples: Array) -> Array:
        """Float32 (n, channels) -> (n,); what is not a number is silence."""
        clean = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        if clean.shape[1] != 2:
            return clean.mean(axis=1, dtype=np.float32)
        heard = np.empty(len(clean), np.float32)
        done = 0
        while done < len(clean):
            part = clean[done : done + len(self._window) - self._filled]
            heard[done : done + len(part)] = self._heard(part)
            done += len(part)
        return heard

    def _heard(self, part: Array) -> Array:
        """A piece that lies within one window."""
        begin, self._filled = self._filled, self._filled + len(part)
        heard = _channel(part, self._now)
        if self._now != self._before:
            share = self._fade[begin : self._filled]
            heard = share * heard + (1 - share) * _channel(part, self._before)
        self._window[begin : self._filled] = part
        if self._filled == len(self._window):
            self._filled = 0
            self._before, self._now = self._now, self._choose()
        return heard

    def _choose(self) -> Channel:
        """What is heard from the next window on."""
        left, right = self._window.astype(np.float64).T
        fresh = np.array([left @ left, right @ right, left @ right])
        self._energies = REMEMBERED * self._energies + fresh
        of_left, of_right, of_both = self._energies
        together = of_both / max(1e-12, float(np.sqrt(of_left * of_right)))
        if self._now is None and together < AGAINST:
            return int(of_right > LOUDER * of_left)
        return None if together > TOGETHER else self._now


def _channel(part: Array, channel: Channel) -> Array:
    return part.mean(axis=1, dtype=np.float32) if channel is None else part[:, channel]
