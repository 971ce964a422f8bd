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


def test_after_a_long_stall_the_loss_is_known_as_soon_as_it_stands() -> None:
    """The sound server kept 13 of 60 s, which come in no time; the others never come."""
    gauge, at, late, lost = OverflowGauge(), 60.0, 60.0, 0.0
    gauge.lost(at, late, True)
    while not lost and at < 61.0:
        flows = late > 47.0
        at += 0.0002 if flows else BLOCK
        late -= BLOCK if flows else 0.0
        lost = gauge.lost(at, late + 0.01, False)
    assert lost == pytest.approx(47.01, abs=0.02)
    assert at < 60.7


def test_a_stall_whose_sound_still_comes_is_not_called_lost() -> None:
    """Faster than it sounds, so the lateness never stands."""
    gauge = OverflowGauge()
    gauge.lost(30.0, 3.0, True)
    found = [gauge.lost(30.0 + i * BLOCK, max(0.0, 3.0 - 4 * i * BLOCK), False) for i in range(200)]
    assert not any(found)
