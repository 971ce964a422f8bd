"""Chances and intervals of a few songs: known answers, and the exact count against all signs."""

import itertools

import numpy as np
import pytest
from seeds import rng_of

from train.paper import statistics


def every_sign(apart):
    """The share of sums that are not above, one by one."""
    sums = [np.dot(signs, np.abs(apart)) for signs in itertools.product((-1, 1), repeat=len(apart))]
    return np.mean(np.array(sums) <= sum(apart) + 1e-12)


@pytest.mark.parametrize("count", [1, 2, 5, 8, 11])
def test_signs_are_counted_exactly(count):
    apart = rng_of(count).normal(-0.3, 1, count)
    assert statistics.sign_flips(apart) == pytest.approx(every_sign(apart), abs=1e-12)


def test_seven_songs_cannot_give_less_than_one_in_128():
    assert statistics.sign_flips(-np.arange(1.0, 8.0)) == 1 / 128
    for seed in range(20):
        nearer = -rng_of(seed).uniform(0.01, 1.3, 7).astype(np.float32)
        assert statistics.sign_flips(nearer) == 1 / 128, "never none, in any precision"
    assert statistics.sign_flips(np.arange(1.0, 8.0)) == 1.0
    assert statistics.sign_flips(np.zeros(7)) == 1.0, "nothing is never unlikely"


def test_equal_sums_count_on_both_sides():
    assert statistics.sign_flips(np.array([-1.0, -1.0, 1.0])) == 0.5  # 4 of 8 are -1 or less
    assert statistics.sign_flips(np.array([-0.1, -0.1, 0.1]) * 3) == 0.5, "rounding is no help"


def test_many_songs_are_counted_as_fast(monkeypatch):
    apart = rng_of(1).normal(-0.4, 1, 30)
    exact = statistics.sign_flips(apart)
    monkeypatch.setattr(statistics, "EXACT_SONGS", 10)
    drawn = statistics.sign_flips(apart)
    spread = np.sqrt(exact * (1 - exact) / statistics.DRAWN_SIGNS)
    assert abs(exact - drawn) < 6 * spread + 2 / statistics.DRAWN_SIGNS
    assert statistics.sign_flips(-np.ones(30)) == pytest.approx(1 / (1 + statistics.DRAWN_SIGNS))


def test_by_chance_every_p_is_as_likely():
    """Of differences of either sign, a tenth has p of a tenth or less."""
    rng = rng_of(2)
    found = [statistics.sign_flips(rng.normal(0, 1, 9)) for _ in range(2000)]
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.04)


def test_intervals_of_known_means():
    half = statistics.interval(np.array([1.0, 2, 3]), np.array([2.0, 4, 6]))
    assert half == {"ratio": 0.5, "low": 0.5, "high": 0.5, "p": 0.125}
    apart = statistics.interval(np.array([1.0, 3.0]), np.array([2.0, 2.0]))
    assert apart["low"] == 0.5 and apart["high"] == 1.5 and apart["p"] == 0.75
    same = statistics.interval(np.ones(7), np.ones(7))
    assert same == {"ratio": 1.0, "low": 1.0, "high": 1.0, "p": 1.0}


def test_a_ratio_of_ratios_is_song_by_song():
    ours = (np.array([1.0, 2, 3]), np.array([2.0, 4, 6]))
    theirs = (np.array([5.0, 5, 5]), np.array([5.0, 5, 5]))
    found = statistics.ratio_of_ratios(ours, theirs)
    assert found == {"ratio": 0.5, "low": 0.5, "high": 0.5, "p": 0.125}
    assert statistics.ratio_of_ratios(theirs, ours)["ratio"] == 2.0
    assert statistics.ratio_of_ratios(ours, ours)["p"] == 1.0


def test_means_of_songs():
    scores = np.array([[1.0, 3, 10], [3, 5, 20]])
    assert statistics.by_song(scores, np.array([0, 0, 4])).tolist() == [3.0, 15.0]
