"""Which way a head is turned, and what of the face is told for each direction."""

import numpy as np
import pytest

from models.skeleton import L_EAR, NECK, NOSE, R_EAR, STANDING, mirror
from tests.seeds import rng_of
from train.picture_eval.heading import DIRECTIONS, LEAST_FRAMES, by_heading, heading, least


def turned(yaw: float, nod: float = 0, tilt: float = 0) -> np.ndarray:
    """A head of usual measures, cm, as a camera far away sees it, somewhere in a picture."""
    yaw, nod, tilt = np.radians([yaw, nod, tilt])
    points = np.zeros((18, 3))  # x right, y down, z to the camera
    points[R_EAR], points[L_EAR], points[NOSE] = (-7.25, 0, 0), (7.25, 0, 0), (0, 3, 11.6)
    c, s = np.cos(yaw), np.sin(yaw)
    points = points @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T
    c, s = np.cos(nod), np.sin(nod)
    points = points @ np.array([[1, 0, 0], [0, c, s], [0, -s, c]]).T
    points[NECK] = (0, 18, 0)
    c, s = np.cos(tilt), np.sin(tilt)
    seen = points[:, :2] @ np.array([[c, -s], [s, c]]).T
    return (0.004 * seen + rng_of(1).uniform(0.3, 0.7, 2)).astype(np.float32)


@pytest.mark.parametrize("yaw", [-170, -90, -60, -35, 0, 10, 45, 70, 120])
def test_a_turned_head_is_told_its_angle_however_it_is_tilted(yaw: float) -> None:
    for tilt in (0.0, *rng_of(2).uniform(-60, 60, 3)):
        assert heading(turned(yaw, 0, tilt)) == pytest.approx(yaw, abs=0.1)


def test_a_nod_hardly_turns_a_head() -> None:
    for nod in (-25, 25):
        assert heading(turned(40, nod)) == pytest.approx(40, abs=1)


def test_many_heads_at_once_and_their_mirror_images() -> None:
    heads = np.stack([turned(yaw) for yaw in (-50, 0, 20)])
    assert heading(heads) == pytest.approx([-50, 0, 20], abs=0.1)
    assert heading(mirror(heads)) == pytest.approx([50, 0, -20], abs=0.1)
    assert heading(STANDING) == 0
    assert np.isfinite(heading(np.zeros((18, 2))))


def test_each_direction_has_its_own_mean() -> None:
    """From 70 degrees to the left to 70 to the right; what is outside, or unknown, is left out."""
    assert list(DIRECTIONS) == [-60, -40, -20, 0, 20, 40, 60]
    degrees = np.array([-71, -70, -51, -50, -10, 9, 10, 69.9, 70, 180, 0])
    values = np.array([9, 0.1, 0.3, 0.5, 0.6, 0.8, 0.9, 0.4, 9, 9, np.nan])
    found = by_heading(degrees, values)
    assert {middle: seen.frames for middle, seen in found.items()} == {
        -60: 2, -40: 1, 0: 2, 20: 1, 60: 1,
    }  # fmt: skip
    assert [seen.mean for seen in found.values()] == pytest.approx([0.2, 0.5, 0.7, 0.9, 0.4])


def test_the_least_direction_is_one_that_was_seen_often_enough() -> None:
    degrees = np.repeat([-60, 0, 40], [LEAST_FRAMES - 1, LEAST_FRAMES, LEAST_FRAMES + 1])
    values = np.select([degrees == -60, degrees == 0], [0.1, 0.9], 0.6)
    assert least(by_heading(degrees, values)) == pytest.approx(0.6)
    assert least(by_heading(degrees[:2], values[:2])) is None
