"""Every measure of motion on dances whose right answer is known."""

import numpy as np
import pytest
from seeds import rng_of

from models import skeleton
from train.dance_eval import baselines, measures

R_ANKLE, L_ANKLE = skeleton.R_ANKLE, skeleton.L_ANKLE


def moved(along: np.ndarray, axis: int = 0) -> np.ndarray:
    """The standing body, carried `along` (n,) in x (0) or y (1)."""
    poses = np.tile(skeleton.STANDING.astype(float), (len(along), 1, 1))
    poses[..., axis] += along[:, None]
    return poses


def waving(hz: float, size: float = 0.1, n: int = 640) -> np.ndarray:
    return moved(size * np.sin(2 * np.pi * hz * np.arange(n) / measures.HZ))


@pytest.fixture(scope="module")
def dancer():
    rng = rng_of(0)
    walk = np.cumsum(rng.normal(0, 0.03, (400, 18, 2)), 0)
    return skeleton.limit_bones(skeleton.STANDING + walk - walk.mean(0)).astype(np.float32)


def test_speed_acceleration_and_jerk_of_a_known_path():
    seconds = np.arange(50) / measures.HZ
    assert measures.speed(moved(0.4 * seconds)) == pytest.approx(0.4)
    assert measures.acceleration(moved(0.4 * seconds)) == pytest.approx(0, abs=1e-9)
    assert measures.acceleration(moved(0.5 * 3 * seconds**2)) == pytest.approx(3)
    assert measures.jerk(moved(0.5 * 3 * seconds**2)) == pytest.approx(0, abs=1e-6)
    assert measures.jerk(moved(2 * seconds**3 / 6)) == pytest.approx(2)


def test_spread_is_the_deviation_of_the_joints():
    assert measures.spread(waving(0.5)) == pytest.approx(0.1 / np.sqrt(2), rel=0.01)


def test_a_statue_a_loop_and_a_dancer(dancer):
    statue, loop = baselines.still(400), np.tile(dancer[:20], (20, 1, 1))
    assert measures.speed(statue) == measures.acceleration(statue) == measures.jerk(statue) == 0
    assert measures.frozen_share(statue, measures.speed(dancer)) == 1
    assert measures.frozen_share(dancer, measures.speed(dancer)) < 0.1
    ratio, lag = measures.repeat(loop)
    assert ratio < 0.05
    assert lag % 2.0 == 0  # the loop lasts 2 s
    assert measures.repeat(dancer)[0] > 0.1


def test_near_is_zero_among_known_poses_and_the_distance_beside_them(dancer):
    assert measures.near(dancer[:50], dancer) == pytest.approx(0, abs=1e-6)
    beside = dancer[:50] + np.array([0.0, 9.0], np.float32)
    assert measures.near(beside, dancer[:1]) > 8


def test_bones_too_long_and_bones_that_change(dancer):
    assert measures.long_bone_share(dancer) == 0
    assert measures.long_bone_share(dancer * 1.3) == 1
    assert measures.bone_change(waving(1.0)) == pytest.approx(0, abs=1e-5)
    growing = baselines.still(41) * np.linspace(1, 1.2, 41)[:, None, None]
    standing = (skeleton.bone_lengths(skeleton.STANDING) / skeleton.CANONICAL_LENGTHS).mean()
    assert measures.bone_change(growing) == pytest.approx(0.05 * standing, rel=1e-3)


def stepping(slip: float) -> np.ndarray:
    """One foot nailed down (or slipping by `slip` units/s), the other swinging above the floor."""
    seconds = np.arange(100) / measures.HZ
    poses = baselines.still(100).astype(float)
    poses[..., 0] += 0.2 * np.sin(seconds)[:, None]  # the body sways
    poses[:, R_ANKLE] = [-0.15, skeleton.CANONICAL_LEG]
    poses[:, R_ANKLE, 0] += slip * seconds
    poses[:, L_ANKLE, 1] = skeleton.CANONICAL_LEG - 0.3
    poses[:, L_ANKLE, 0] = 0.4 * np.sin(3 * seconds)
    return poses


def test_a_nailed_foot_slides_nothing_and_a_slipping_one_its_speed():
    assert measures.slide(stepping(0.0)) == pytest.approx(0, abs=1e-9)
    assert measures.slide(stepping(0.25)) == pytest.approx(0.25)


def test_feet_in_the_air_do_not_slide():
    flying = stepping(0.25)
    flying[..., 1] -= 0.5
    assert np.isnan(measures.slide(flying))


@pytest.mark.parametrize(("hz", "band"), [(0.3, 0), (0.75, 1), (1.5, 2), (3.0, 3), (4.5, 4)])
def test_a_sway_has_its_energy_in_its_own_band(hz, band):
    shares = measures.band_shares(waving(hz))
    assert shares.sum() == pytest.approx(1)
    assert shares.argmax() == band
    assert shares[band] > 0.9


def test_spectra_are_as_far_apart_as_their_energy():
    slow, quick = measures.band_shares(waving(0.25)), measures.band_shares(waving(3.0))
    assert measures.spectrum_distance(slow, slow) == 0
    assert measures.spectrum_distance(slow, quick) > 0.9
    assert np.isnan(measures.band_shares(baselines.still(100))).all()


def test_random_sequences_are_the_training_dances_and_do_not_jump(dancer):
    known = [dancer, skeleton.mirror(dancer)]
    made = baselines.random_sequence(known, 950, rng_of(1))
    assert made.shape == (950, 18, 2)
    assert measures.pace(made).max() < 3 * measures.pace(dancer).max()
    frames = baselines.random_frames(known, 300, rng_of(1))
    assert measures.near(frames, np.concatenate(known)) == pytest.approx(0, abs=1e-6)
    assert measures.speed(frames) > 3 * measures.speed(dancer)
    long = np.tile(dancer, (8, 1, 1))
    trembling = baselines.trembling(long, rng_of(1))
    assert np.linalg.norm(trembling - long, axis=-1).mean() == pytest.approx(
        baselines.TREMBLE * np.sqrt(np.pi / 2), rel=0.02
    )
