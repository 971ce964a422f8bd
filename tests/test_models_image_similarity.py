"""How like two pictures are in the box around a person, on pictures with known answers."""

import numpy as np
import pytest
from seeds import rng_of

from models.image_similarity import likeness, person_box

JOINTS = np.full((18, 2), 0.3, np.float32)
JOINTS[0], JOINTS[1] = (0.25, 0.25), (0.5, 0.75)


def test_the_box_is_that_of_the_joints_and_an_eighth_of_their_height():
    """0.12 of 0.5 is 0.06, on every side."""
    rows, columns = person_box(JOINTS, 200)
    assert (rows.start, rows.stop) == (38, 162)
    assert (columns.start, columns.stop) == (38, 112)


@pytest.mark.parametrize(
    ("at", "place"), [((0, 0), (0, 16)), ((1, 1), (184, 200)), ((0.5, 0.5), (100, 116))]
)
def test_a_box_has_sixteen_pixels_and_lies_inside(at, place):
    rows, columns = person_box(np.full((18, 2), at, np.float32), 200)
    assert (rows.start, rows.stop) == (columns.start, columns.stop) == place


def test_outside_the_box_nothing_counts_and_inside_all():
    truth = rng_of(0).integers(0, 246, (200, 200, 3)).astype(np.uint8)
    ours = truth.copy()
    ours[:38] = ours[162:] = ours[:, :38] = ours[:, 112:] = 0
    similarity, noise = likeness(ours, truth, JOINTS)
    assert (similarity, noise) == (pytest.approx(1.0, abs=1e-5), 100.0)
    ours[38:162, 38:112] += 10
    similarity, noise = likeness(ours, truth, JOINTS)
    assert noise == pytest.approx(20 * np.log10(255 / 10), abs=1e-3)
    assert 0.95 < similarity < 1
    ours = truth.copy()
    ours[161, 111] ^= 128
    assert likeness(ours, truth, JOINTS)[1] < 100
    dark = np.zeros_like(truth)
    assert likeness(dark, truth, JOINTS)[0] < 0.1
