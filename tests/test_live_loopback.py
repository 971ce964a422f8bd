"""Clicks are found where they are: in noise, in music, with the wrong sign; and not where not."""

import numpy as np
import pytest
from seeds import rng_of

from live.calibration.calibrate import TIMES_S
from live.calibration.clicks import click, clicks, find_clicks

RATE = 44_100
SECONDS = TIMES_S[-1] + 1.2


def _heard(delay: float, rate: int = RATE, times=TIMES_S) -> np.ndarray:
    return clicks(rate, [time + delay for time in times], SECONDS)[:, 0]


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("delay", [-0.02, 0.0, 0.0873, 0.43, 0.9])
def test_the_delay_is_found_to_a_sample(rate, delay):
    trip = find_clicks(_heard(delay, rate), rate, TIMES_S)
    assert trip is not None
    assert trip.delay == pytest.approx(delay, abs=1.5 / rate)
    assert trip.spread < 2 / rate
    assert trip.n_found == len(TIMES_S)


def test_under_noise_music_and_an_echo_with_the_sign_turned():
    rng = rng_of(0)
    t = np.arange(round(SECONDS * RATE)) / RATE
    music = 0.02 * (np.sin(2 * np.pi * 220 * t) + np.sin(2 * np.pi * 1320 * t))
    heard = -0.2 * _heard(0.061) - 0.1 * _heard(0.075) + music + rng.normal(0, 0.01, len(t))
    trip = find_clicks(heard.astype(np.float32), RATE, TIMES_S)
    assert trip is not None
    assert trip.delay == pytest.approx(0.061, abs=5e-4)


@pytest.mark.parametrize("n_samples", [0, 100, round(SECONDS * RATE)])
def test_nothing_is_found_in_silence_and_noise(n_samples):
    rng = rng_of(1)
    assert find_clicks(np.zeros(n_samples, np.float32), RATE, TIMES_S) is None
    assert find_clicks(rng.normal(0, 0.1, n_samples).astype(np.float32), RATE, TIMES_S) is None


def test_most_clicks_are_enough_and_few_are_not():
    for left_out, is_found in ((4, True), (9, False)):
        times = TIMES_S[left_out:]
        trip = find_clicks(_heard(0.1, times=times), RATE, TIMES_S)
        assert (trip is not None) == is_found
    assert find_clicks(_heard(0.1, times=TIMES_S[4:]), RATE, TIMES_S).n_found == len(TIMES_S) - 4


def test_sound_with_gaps_shows_as_a_wide_spread():
    times = [time + 0.02 * i for i, time in enumerate(TIMES_S)]
    trip = find_clicks(_heard(0.05, times=times), RATE, TIMES_S)
    assert trip is not None
    assert trip.spread > 0.02


def test_median_and_middle_half_of_the_delays():
    late = 0.05 + 0.0003 * np.array([0, 5, 10, 1, 6, 11, 2, 7, 3, 8, 4, 9])
    times = [time + extra for time, extra in zip(TIMES_S, late, strict=True)]
    trip = find_clicks(clicks(RATE, times, SECONDS)[:, 0], RATE, TIMES_S)
    assert trip is not None and trip.n_found == 12
    assert trip.delay == pytest.approx(np.median(late), abs=2 / RATE)
    assert trip.spread == pytest.approx(0.0003 * 5.5, abs=2 / RATE)


def test_a_click_is_thirty_milliseconds_that_rise():
    one = click(48_000)
    assert one.shape == (1_440,) and one.dtype == np.float32
    assert np.abs(one).max() == pytest.approx(0.5, abs=0.01)
    assert np.abs(one[[0, -1]]).max() < 1e-3
    turns = np.cumsum(np.diff(np.sign(one)) != 0) / 2
    # In the middle of its time it has come from 800 Hz to 3400, a quarter later to 4700.
    for at, hz in ((360, 2_100), (720, 3_400), (1_080, 4_700)):
        assert (turns[at + 120] - turns[at - 120]) / 0.005 == pytest.approx(hz, rel=0.1)


def test_clicks_lie_where_they_should_and_are_cut_at_the_end():
    sound = clicks(1_000, [0.1, 0.19], 0.2)
    assert sound.shape == (200, 1)
    assert not sound[:101].any() and sound[101:129].any() and not sound[130:191].any()
    assert sound[191:].any()
    assert np.array_equal(sound[100:130, 0], click(1_000))


@pytest.mark.parametrize(("heard_at", "is_found"), [(-0.09, True), (-0.12, False), (0.97, True),
                                                  (1.03, False)])  # fmt: skip
def test_where_clicks_are_looked_for(heard_at, is_found):
    """From a tenth of a second before to a second after."""
    long = clicks(16_000, [time + heard_at for time in TIMES_S], SECONDS + 1)[:, 0]
    trip = find_clicks(long, 16_000, TIMES_S)
    assert (trip is not None and abs(trip.delay - heard_at) < 1e-3) == is_found
