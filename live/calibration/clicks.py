"""Clicks that the program plays and hears again: their sound, and where they are. Pure.

A click is a short rising tone: found in noise and music, and exact to a sample.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from models.types import Array

CLICK_S = 0.03
LOW_HZ, HIGH_HZ = 800.0, 6000.0  # what a small loudspeaker plays and a voice microphone hears
PEAK = 0.5
# Of a click with what was heard, 0..1: noise alone reaches 0.1, a click under loud music 0.4.
ALIKE = 0.3
EARLIEST_S, LATEST_S = -0.1, 1.0  # where a click is looked for, from where it should be
NEAR_S = 0.005  # around the delay that suits all clicks
MIN_SHARE = 0.6  # of the clicks must be found


class RoundTrip(NamedTuple):
    """From where a click should have been heard to where it was."""

    delay: float  # s, median
    spread: float  # s, of the middle half
    n_found: int


def click(rate: int) -> Array:
    """One click, float32, `CLICK_S` long."""
    t = np.arange(round(CLICK_S * rate)) / rate
    turn = 2 * np.pi * (LOW_HZ * t + (HIGH_HZ - LOW_HZ) / (2 * CLICK_S) * t * t)
    return (PEAK * np.sin(np.pi * t / CLICK_S) ** 2 * np.sin(turn)).astype(np.float32)


def clicks(rate: int, times: Sequence[float], seconds: float) -> Array:
    """Silence (samples, 1) with a click beginning at each of `times` (s)."""
    sound = np.zeros((round(seconds * rate), 1), np.float32)
    one = click(rate)
    for time in times:
        first = round(time * rate)
        sound[first : first + len(one), 0] += one[: max(0, len(sound) - first)]
    return sound


def find_clicks(heard: Array, rate: int, expected: Sequence[float]) -> RoundTrip | None:
    """Where the clicks that should begin at `expected` (s) are in `heard` (n,); None: not there.

    The times between the clicks must differ, or a delay of one such time is taken for none.
    """
    if len(heard) < rate * CLICK_S:
        return None
    alike = _alike(np.asarray(heard, np.float64), click(rate).astype(np.float64))
    n_lags = round((LATEST_S - EARLIEST_S) * rate)
    firsts = [round((time + EARLIEST_S) * rate) for time in expected]
    padded = np.concatenate([alike, np.zeros(n_lags)])
    by_click = np.array([padded[first : first + n_lags] for first in firsts if first >= 0])
    if not len(by_click):
        return None
    common = int(by_click.mean(0).argmax())
    near = round(NEAR_S * rate)
    first = max(0, common - near)
    around = by_click[:, first : common + near + 1]
    is_there, needed = around.max(1) >= ALIKE, max(2, MIN_SHARE * len(expected))
    if is_there.sum() < needed:  # no delay suits them all: not heard, or heard with gaps
        is_there, first, around = by_click.max(1) >= ALIKE, 0, by_click
    if is_there.sum() < needed:
        return None
    delays = (first + around.argmax(1)[is_there]) / rate + EARLIEST_S
    low, delay, high = np.quantile(delays, [0.25, 0.5, 0.75])
    return RoundTrip(float(delay), float(high - low), int(is_there.sum()))


def _alike(heard: Array, one: Array) -> Array:
    """Correlation of the click with the sound from each sample on, 0..1, whatever its sign."""
    n = len(heard) - len(one) + 1
    size = 1 << (len(heard) + len(one)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(one, size))
    summed = np.fft.irfft(product, size)[:n]
    energy = np.concatenate([[0.0], np.cumsum(heard * heard)])
    there = energy[len(one) :] - energy[: len(energy) - len(one)]
    # Where nothing is heard nothing is alike; rounding would say otherwise.
    floor = 1e-9 * len(one)
    return np.abs(summed) / np.sqrt(np.maximum(there, floor) * float(one @ one))
