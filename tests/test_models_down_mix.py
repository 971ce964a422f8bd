"""Two channels to one: the mean as it is, one of them where they cancel each other out."""

import numpy as np
import pytest
from seeds import rng_of

from models.down_mix import AGAINST, WINDOW_S, MonoMix

RATE = 8_000
WINDOW = round(RATE * WINDOW_S)


def noise(number, seconds=3.0):
    return 0.2 * rng_of(number).standard_normal(round(RATE * seconds)).astype(np.float32)


def mixed(samples, cuts=()):
    mix = MonoMix(RATE)
    return np.concatenate([mix.feed(part) for part in np.split(samples, cuts)])


def stereo(left, right):
    return np.clip(np.stack([left, right], 1), -1, 1).astype(np.float32)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.0, -0.2])
def test_ordinary_stereo_is_its_mean(share):
    """From the same in both to wide: channels that share some of their sound, or none."""
    both, left, right = noise(0), noise(1), noise(2)
    samples = stereo(both + left, share * both + right)
    assert np.array_equal(mixed(samples), samples.mean(1, dtype=np.float32))


@pytest.mark.parametrize("wide", [0.0, 0.3])
def test_a_channel_turned_round_leaves_the_left_alone(wide):
    left = noise(0)
    samples = stereo(left, -left + wide * noise(1))
    heard = mixed(samples)
    later = slice(WINDOW + WINDOW // 10, None)  # a window to notice, and the fade
    assert np.array_equal(heard[later], samples[later, 0])
    assert not np.array_equal(heard[:WINDOW], samples[:WINDOW, 0])


def test_the_louder_one_is_heard_where_the_other_has_hardly_any():
    right = noise(0)
    samples = stereo(-0.1 * right, right)
    assert np.array_equal(mixed(samples)[2 * WINDOW :], samples[2 * WINDOW :, 1])


def test_a_cable_that_is_changed_in_the_show_is_heard_as_it_is():
    """From balanced to stereo: the mean again, without a jump where it changes."""
    calm = np.sin(2 * np.pi * 50 * np.arange(6 * RATE) / RATE).astype(np.float32) / 2
    turned = np.where(np.arange(len(calm)) < 3 * RATE, -1, 1).astype(np.float32)
    samples = stereo(calm, turned * calm)
    heard = mixed(samples)
    assert np.array_equal(heard[-RATE:], samples[-RATE:].mean(1, dtype=np.float32))
    settled = heard[WINDOW:]
    assert np.abs(np.diff(settled)).max() < 2 * np.abs(np.diff(calm)).max()


def test_any_cutting_gives_the_same():
    rng = rng_of(3)
    left = noise(0)
    turned = np.where(np.arange(len(left)) // RATE % 2, 1, -1)
    samples = stereo(left, turned * left)
    whole = mixed(samples)
    assert not np.array_equal(whole, samples.mean(1, dtype=np.float32))
    for n_cuts in (1, 7, 300):
        cuts = np.sort(rng.integers(0, len(left), n_cuts))
        assert np.array_equal(mixed(samples, cuts), whole)


def test_silence_one_channel_and_no_numbers():
    assert not mixed(np.zeros((RATE, 2), np.float32)).any()
    alone = noise(0)[:, None]
    assert np.array_equal(mixed(alone), alone[:, 0])
    wild = stereo(noise(0), noise(0))
    wild[5], wild[7], wild[9] = np.nan, np.inf, 9.0
    heard = mixed(wild)
    assert (heard[[5, 7]] == 0).all() and np.isfinite(heard).all()
    assert heard[9] == 9.0, "not clipped: what learns hears the master as it was"
    assert -1 < AGAINST < 0
