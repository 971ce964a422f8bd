"""After an overflow the loss is what the blocks stay late by, not what they are held up by."""

import numpy as np
import pytest
from seeds import rng_of

from live.sound.overflow import OverflowGauge

BLOCK = 0.01


def total(lateness: list[float], overflow_at: int | None) -> float:
    gauge = OverflowGauge()
    return sum(
        gauge.lost(i * BLOCK + late, late, i == overflow_at) for i, late in enumerate(lateness)
    )


def jitter(n_blocks: int) -> list[float]:
    return list(rng_of(0).uniform(0.0, 0.012, n_blocks))


def test_lost_sound_is_measured_through_the_jitter() -> None:
    after = [0.15 + late for late in jitter(300)]
    assert total([*jitter(100), *after], 100) == pytest.approx(0.15, abs=0.002)


def test_blocks_that_catch_up_were_not_lost() -> None:
    held_up = [max(0.0, 0.3 - i * BLOCK) for i in range(300)]
    assert total([*jitter(100), *held_up], 100) == 0.0


def test_without_an_overflow_nothing_is_called_lost() -> None:
    assert total([0.0] * 100 + [0.15] * 300, None) == 0.0


def test_each_overflow_counts_once() -> None:
    gauge, lost = OverflowGauge(), []
    missing = 0.0
    for i in range(800):
        missing += 0.05 if i in (100, 400) else 0.0
        found = gauge.lost(i * BLOCK + missing, missing, i in (100, 400))
        missing -= found  # the listener moves on by what was lost
        lost.append(found)
    assert sum(lost) == pytest.approx(0.1)
    assert np.count_nonzero(lost) == 2


@pytest.mark.parametrize(("late", "lost"), [(0.019, 0.0), (0.021, 0.021), (0.15, 0.15)])
def test_what_is_still_missing_a_second_later_is_lost(late: float, lost: float) -> None:
    gauge = OverflowGauge()
    assert gauge.lost(5.0, 0.4, True) == 0.0
    assert gauge.lost(5.5, late, False) == 0.0
    assert gauge.lost(5.99, late + 0.01, False) == 0.0
    assert gauge.lost(6.0, late + 0.01, False) == pytest.approx(lost)
    assert gauge.lost(8.0, 0.4, False) == 0.0, "it is told once"
    # Another one before the second is over begins it anew.
    gauge.lost(5.0, 0.4, True)
    gauge.lost(5.9, 0.6, True)
    assert gauge.lost(6.5, 0.6, False) == 0.0
    assert gauge.lost(6.91, 0.6, False) == pytest.approx(0.6)
