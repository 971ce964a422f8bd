"""Smoothing of joints as it is measured."""

import numpy as np
import pytest
from seeds import rng_of

pytest.importorskip("torch")

from benchmarks.joint_noise import SMOOTHING, smoothed, tremble


@pytest.mark.parametrize("name", SMOOTHING)
def test_smoothing_keeps_what_moves_evenly_and_calms_noise(name):
    """Nothing is carried from one excerpt to the next."""
    clip = np.repeat([0, 1], 200)
    steady = np.zeros((400, 18, 2)) + np.arange(400.0)[:, None, None] + 1000 * clip[:, None, None]
    found = smoothed(steady, clip, SMOOTHING[name])
    inside = [*range(3, 197), *range(203, 397)]
    assert np.abs(found - steady)[inside].max() < 1e-9
    assert np.abs(found - steady).max() < 3, "the other excerpt is a thousand px away"
    noise = rng_of(7).normal(0, 2, steady.shape)
    assert tremble(noise, clip) == pytest.approx(2, rel=0.05)
    calmed = smoothed(noise, clip, SMOOTHING[name])
    left = float(np.linalg.norm(SMOOTHING[name]))  # of white noise
    assert calmed.std() == pytest.approx(2 * left, rel=0.05)
