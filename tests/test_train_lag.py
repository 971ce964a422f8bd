"""A dance that was shifted or played too fast is found to be so; chance is not."""

import numpy as np
import pytest
from seeds import rng_of, seed_of

from train.readers import lag

BEATS = 0.3 + 0.5 * np.arange(160)


def _accents(late: float = 0.0, faster: float = 1.0, seed: int = 0) -> np.ndarray:
    rng = rng_of(seed)
    on_beat = BEATS[rng.random(len(BEATS)) < 0.6]
    on_beat = on_beat + rng.normal(0, 0.03, len(on_beat))
    return np.sort(np.concatenate([on_beat, rng.uniform(0, 80, 20)]) / faster + late)


@pytest.mark.parametrize("late", [-0.2, -0.06, 0.0, 0.12])
def test_a_shift_is_found(late):
    found = lag.measure(_accents(late), BEATS)
    assert found is not None and found.is_sure
    assert found.seconds == pytest.approx(late, abs=0.025)
    assert found.stretch == 1.0
    assert found.score >= found.score_now


@pytest.mark.parametrize("faster", [1.03, 0.96])
def test_another_tempo_is_found(faster):
    found = lag.measure(_accents(faster=faster), BEATS)
    assert found is not None and found.is_sure
    assert found.stretch == pytest.approx(faster, abs=0.006)
    assert "tempo" in str(found)


def test_chance_is_not_taken_for_a_lag():
    rng = rng_of(3)
    sure = [lag.measure(np.sort(rng.uniform(0, 80, 110)), BEATS, seed=seed_of(i)) for i in range(6)]
    assert sum(found is not None and found.is_sure for found in sure) <= 1
    assert "no clear lag" in str(next(found for found in sure if found and not found.is_sure))


def test_a_short_steady_dance_is_not_given_another_tempo():
    for period in (0.46, 0.48, 0.53, 0.55):
        found = lag.measure(np.arange(0.2, 12, period), BEATS)
        assert found is not None
        assert found.stretch == 1.0
        assert not found.is_sure


def test_too_little_says_nothing():
    assert lag.measure(np.arange(3.0), BEATS) is None
    assert lag.measure(BEATS, np.arange(3.0)) is None
