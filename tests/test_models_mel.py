"""Log-mel of sound: the bands where the mel scale has them, unit white noise, one cutting."""

from itertools import pairwise

import numpy as np
import pytest
from seeds import rng_of

from models.log_mel import LogMelFrames, log_power, mel_weights, normalised
from models.spec import BeatSpec, MelSpec

MELS = [MelSpec(), BeatSpec().mel]


@pytest.mark.parametrize("mel", MELS)
def test_bands_are_triangles_even_on_the_mel_scale(mel):
    """By its other formula: 1127 ln(1 + f / 700)."""
    weights = mel_weights(mel).astype(float)
    assert weights.shape == (mel.n_bands, 257)
    assert weights.sum(1) == pytest.approx(np.ones(mel.n_bands), abs=1e-6)
    low, high = (1127.0 * np.log1p(f / 700) for f in (30.0, 7_600.0))
    edges = 700 * np.expm1(np.linspace(low, high, mel.n_bands + 2) / 1127)
    hz = np.arange(257) * 16_000 / 512
    middles = (edges[:-2] + edges[1:-1] + edges[2:]) / 3
    assert weights @ hz == pytest.approx(middles, abs=1.5)
    for band in range(0, mel.n_bands, 7):
        outside = (hz < edges[band] - 16) | (hz > edges[band + 2] + 16)
        assert not weights[band, outside].any()
    # A wide one, by its height: two over its width, times the width of a bin.
    assert weights[-1].max() == pytest.approx(2 * 31.25 / (edges[-1] - edges[-3]), rel=0.05)


@pytest.mark.parametrize("mel", MELS)
def test_white_noise_has_its_variance_in_every_band(mel):
    sound = rng_of(3).normal(0, 0.1, 160_000).astype(np.float32)
    frames = LogMelFrames(mel).feed(sound)[20:]
    power = np.exp(log_power(frames)).mean(0)
    assert power == pytest.approx(np.full(mel.n_bands, 0.01), rel=0.15)


def test_numbers_of_a_network_are_about_one():
    assert normalised(-7.0) == 0 and normalised(-4.0) == 1 and normalised(-10.0) == -1
    assert log_power(normalised(-2.5)) == -2.5


@pytest.mark.parametrize("mel", MELS)
def test_any_cutting_gives_the_same_frames_and_silence_is_before_the_first(mel):
    sound = rng_of(4).normal(0, 0.1, 3_200).astype(np.float32)
    front = (mel.tail_samples - (mel.window - mel.hop)) // mel.hop
    whole = LogMelFrames(mel)
    frames = whole.feed(sound)
    assert frames.shape == (front + 20, mel.n_bands)
    assert frames[:front] == pytest.approx(np.full((front, mel.n_bands), (np.log(1e-5) + 7) / 3))
    pieces = LogMelFrames(mel)
    cut = [pieces.feed(sound[first : first + 800]) for first in range(0, 3_200, 800)]
    assert np.allclose(np.concatenate([piece[front:] for piece in cut]), frames[front:], atol=1e-5)
    for before, after in pairwise(cut):
        assert np.array_equal(after[:front], before[len(before) - front :])
    whole.reset()
    assert np.array_equal(whole.feed(sound), frames)


def test_a_click_is_heard_when_the_window_reaches_it():
    """The window of 32 ms ends at the hop: nothing of the sound to come is in it."""
    mel = BeatSpec().mel
    sound = np.zeros(1_600, np.float32)
    sound[700] = 1.0
    frames = LogMelFrames(mel).feed(sound)
    front = len(frames) - 10
    loud = np.flatnonzero((frames > frames[0, 0] + 0.1).any(1)) - front
    assert loud.tolist() == [4, 5, 6], "hops that end at 800 to 1120 samples"
