"""The body slows down on the beat, by no more than the plans allow, and nothing jerks."""

import math
from dataclasses import replace

import numpy as np
import pytest

from live.core.messages import Accent, Beat
from live.dance.accents import DEPTH, MOST_S, RISE, Accents, moved

HEARD = Beat(
    time=2.0, level=0.5, onset=0.0, bpm=120.0, beat_phase=0.5, bar_phase=0.1, confidence=0.9
)


def test_without_an_accent_time_is_time():
    assert moved(None, 1.23) == 1.23


@pytest.mark.parametrize("bpm", [60.0, 90.0, 120.0, 174.0])
def test_on_the_beat_and_between_two_the_body_is_where_it_would_be(bpm):
    accents = Accents()
    for _ in range(20):
        accent = accents.feed(replace(HEARD, bpm=bpm))
    assert accent is not None
    assert accent.period == 60 / bpm
    times = accent.beat_at + np.arange(0, 4, 1 / 2) * accent.period
    assert [moved(accent, t) for t in times] == pytest.approx(list(times))
    fine = np.arange(0.0, 3.0, 1e-3)
    danced = np.array([moved(accent, t) for t in fine])
    assert np.abs(danced - fine).max() <= MOST_S + 1e-9
    pace = np.diff(danced) / 1e-3
    assert pace.min() > 0  # never backwards
    slowest = fine[int(pace.argmin())] - accent.beat_at
    assert abs((slowest + accent.period / 2) % accent.period - accent.period / 2) < 2e-3
    assert pace.min() == pytest.approx(1 - accent.depth, abs=1e-3)
    assert pace.max() == pytest.approx(1 + accent.depth, abs=1e-3)


def test_the_beat_is_where_it_was_heard():
    accents = Accents()
    accent = accents.feed(HEARD)
    assert accent == Accent(2.0 - 0.25, 0.5, RISE)


def test_it_comes_and_goes_little_by_little():
    accents = Accents()
    depths = [(accents.feed(HEARD) or Accent(0, 1, 0)).depth for _ in range(8)]
    most = min(DEPTH, MOST_S * 4 * math.pi)
    assert depths == pytest.approx([min(most, RISE * n) for n in range(1, 9)])
    doubted = replace(HEARD, confidence=0.0)
    falling = [(accents.feed(doubted) or Accent(0, 1, 0)).depth for _ in range(6)]
    assert falling == pytest.approx([max(0.0, DEPTH - RISE * n) for n in range(1, 7)], abs=1e-9)


@pytest.mark.parametrize("unknown", [None, replace(HEARD, beat_phase=None), replace(HEARD, bpm=0)])
def test_where_no_beat_is_known_there_is_none(unknown):
    accents = Accents()
    assert accents.feed(unknown) is None
    for _ in range(5):
        accents.feed(HEARD)
    assert accents.feed(unknown) is None
    again = accents.feed(HEARD)
    assert again is not None and again.depth == RISE


def test_after_a_reset_it_begins_again():
    accents = Accents()
    for _ in range(5):
        accents.feed(HEARD)
    accents.reset()
    again = accents.feed(HEARD)
    assert again is not None and again.depth == RISE
