"""Clicks are found where they are: in noise, in music, with the wrong sign; and not where not."""

import numpy as np
import pytest
from seeds import rng_of

from live.calibration.calibrate import TIMES_S
from live.calibration.clicks import clicks, find_clicks

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
