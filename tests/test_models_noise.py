"""The noise that a dance plays with: which numbers, how far they scatter, and none at all."""

import numpy as np
import pytest
from seeds import rng_of

from models.noise import Noise
from models.spec import GeneratorSpec, PaperSpec


def test_a_choice_scatters_as_gumbel_and_white_noise_by_its_scale():
    choice = Noise.of(GeneratorSpec(n_plans=7)).draw(rng_of(0), 20_000)
    assert choice.shape == (20_000, 7) and choice.dtype == np.float32
    assert choice.mean() == pytest.approx(0.5772, abs=0.03)
    assert choice.std() == pytest.approx(np.pi / np.sqrt(6), rel=0.02)
    white = Noise.of(PaperSpec(noise_width=5, noise_scale=0.3)).draw(rng_of(1), 20_000)
    assert white.shape == (20_000, 5) and abs(white.mean()) < 0.01
    assert white.std() == pytest.approx(0.3, rel=0.02)
    assert Noise(4, False).draw(rng_of(2), 20_000).std() == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("noise", [Noise(6, True), Noise(6, False, 0.5)])
def test_temperature_is_how_much_of_it_there_is(noise):
    whole = noise.draw(rng_of(3), 10)
    assert noise.draw(rng_of(3), 10, 0.4) == pytest.approx(0.4 * whole, rel=1e-5)
    assert not noise.draw(rng_of(3), 10, 0.0).any()
    rng = rng_of(3)
    one_by_one = np.concatenate([noise.draw(rng, 1) for _ in range(10)])
    assert np.array_equal(one_by_one, whole), "chunk by chunk it is the same noise"
