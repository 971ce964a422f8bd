"""Poses moved onto another dancer's ground: made dancers with known answers."""

import numpy as np
import pytest

from models import skeleton
from train import pose_normalisation as norm

NEAR, FAR = norm.Ground(0.9, 0.7, 0.6, 0.4), norm.Ground(0.8, 0.7, 0.3, 0.2)


def dancer(ankle: np.ndarray, height: np.ndarray, x: float = 0.5) -> np.ndarray:
    """Someone standing with their ankles and height as given, each (N,): (N, 18, 2)."""
    pose = skeleton.STANDING - [0.0, float(norm.ankles(skeleton.STANDING[None])[0])]
    pose = pose / float(norm.heights(skeleton.STANDING[None])[0])
    placed = pose[None] * height[:, None, None]
    placed[..., 0] += x
    placed[..., 1] += ankle[:, None]
    return placed.astype(np.float32)


def walk(count: int = 41) -> np.ndarray:
    """From the near line to the far one and back, twice, 1..0..1."""
    return np.abs(np.linspace(-1, 1, count).repeat(2))


def on(ground: norm.Ground, nearness: np.ndarray) -> np.ndarray:
    ankle = ground.far + nearness * (ground.near - ground.far)
    height = ground.far_height + nearness * (ground.near_height - ground.far_height)
    return dancer(ankle, height)


def test_ankles_and_heights_are_measured_on_the_body():
    made = dancer(np.array([0.8, 0.6]), np.array([0.5, 0.25]))
    assert np.allclose(norm.ankles(made), [0.8, 0.6])
    assert np.allclose(norm.heights(made), [0.5, 0.25])
    made[0, 13, 1] -= 0.1  # a lifted foot changes nothing
    assert np.allclose(norm.heights(made), [0.5, 0.25])


def test_the_lines_are_found_and_a_jump_is_not_the_horizon():
    nearness = np.concatenate([walk(), [2.5]])  # the last one: far above the far line
    for ground in (NEAR, FAR):
        made = on(ground, nearness)
        made[-1] = dancer(np.array([ground.far - 0.3]), np.array([ground.far_height]))
        found = norm.measure_ground(norm.ankles(made), norm.heights(made))
        assert found.near == pytest.approx(ground.near)
        assert found.far == pytest.approx(ground.far, abs=0.02)
        assert found.near_height == pytest.approx(ground.near_height, abs=1e-4)


def test_one_twice_as_small_and_higher_up_lands_exactly_on_the_target():
    target = on(NEAR, walk())
    source = target / 2 + [0.25, 0.05]  # half as large, middle kept, higher in the picture
    source = source.astype(np.float32)
    grounds = [
        norm.measure_ground(norm.ankles(poses), norm.heights(poses)) for poses in (source, target)
    ]
    assert np.allclose(norm.normalise(source, *grounds), target, atol=1e-5)


def test_a_dancer_who_steps_back_shrinks_as_the_target_would():
    nearness = np.linspace(1, 0, 11)
    moved = norm.normalise(on(FAR, nearness), FAR, NEAR)
    assert np.allclose(moved, on(NEAR, nearness), atol=1e-3)
    assert norm.heights(moved)[0] == pytest.approx(NEAR.near_height, abs=1e-4)
    assert norm.heights(moved)[-1] == pytest.approx(NEAR.far_height, abs=1e-4)


def test_a_jump_keeps_its_size():
    jump = dancer(np.array([FAR.far - 0.1]), np.array([FAR.far_height]))
    moved = norm.normalise(jump, FAR, NEAR)
    assert norm.heights(moved)[0] == pytest.approx(NEAR.far_height, abs=1e-4)
    assert norm.ankles(moved)[0] < NEAR.far


def test_one_who_stands_still_has_one_line():
    source = dancer(np.full(9, 0.5), np.full(9, 0.2))
    source[4, :, 1] -= 0.02  # a small jump
    target = dancer(np.full(9, 0.9), np.full(9, 0.6))
    found = [norm.measure_ground(norm.ankles(p)[:1], norm.heights(p)[:1]) for p in (source, target)]
    moved = norm.normalise(source, *found)
    assert np.allclose(moved[0], target[0], atol=1e-5)
    assert norm.ankles(moved)[4] == pytest.approx(0.9 - 0.06, abs=1e-5)


def test_a_bad_pose_takes_the_place_of_the_one_before():
    nearness = np.linspace(1, 0, 6)
    source = on(FAR, nearness)
    source[3, skeleton.L_ANKLE] = np.nan
    source[3, skeleton.R_ANKLE, 1] = 0.3
    moved = norm.normalise(source, FAR, NEAR)
    scale = (moved[2, 0, 1] - moved[2, 1, 1]) / (source[2, 0, 1] - source[2, 1, 1])
    assert (moved[3, 0, 1] - moved[3, 1, 1]) / (source[3, 0, 1] - source[3, 1, 1]) == pytest.approx(
        scale, rel=1e-4
    )
    assert np.allclose(moved[[0, 1, 2, 4, 5]], on(NEAR, nearness)[[0, 1, 2, 4, 5]], atol=1e-3)
    first = norm.normalise(source, FAR, NEAR, np.array([False, True, True, True, True, True]))
    assert np.isfinite(first[0]).all(), "at the beginning, that of the first good one"
    with pytest.raises(ValueError, match="no usable pose"):
        norm.normalise(source, FAR, NEAR, np.zeros(6, bool))
    with pytest.raises(ValueError, match="no usable pose"):
        norm.measure_ground(np.empty(0), np.empty(0))


def test_the_median_takes_single_mistakes_away_and_leaves_motion():
    line = np.linspace(0, 1, 20)[:, None, None] * np.ones((1, 18, 2))
    spoiled = line.copy()
    spoiled[8, 4] = 9.0
    smooth = norm.smoothed(spoiled)
    assert smooth.shape == line.shape
    assert np.allclose(smooth[3:-3, :4], line[3:-3, :4])
    assert np.abs(smooth[:, 4] - line[:, 4]).max() < 0.2


def test_the_whole_way_from_two_excerpts():
    moved = norm.onto_target(on(FAR, walk()), on(NEAR, walk()))
    assert np.allclose(moved[3:-3], on(NEAR, walk())[3:-3], atol=0.02)
