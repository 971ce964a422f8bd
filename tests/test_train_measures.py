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
        0.03 * np.sqrt(np.pi / 2), rel=0.02
    )


def noise(rng: np.random.Generator, n: int) -> np.ndarray:
    return baselines.still(n) + rng.normal(0, 0.1, (n, 18, 2))


@pytest.mark.parametrize(("period", "found"), [(5, 1.0), (8, 0.8), (60, 6.0), (250, None)])
def test_a_loop_is_looked_for_from_0_8_to_25_seconds(period, found):
    """A loop of half a second is seen after a whole one; one of 25 s is too long."""
    once = noise(rng_of(4), period)
    ratio, lag = measures.repeat(np.tile(once, (700 // period + 1, 1, 1))[:700])
    if found is None:
        assert ratio > 0.5 and lag < 25
    else:
        assert ratio < 0.01 and lag == pytest.approx(found)
    long = measures.repeat(np.tile(noise(rng_of(5), 249), (3, 1, 1)))
    assert long[0] < 0.01 and long[1] == pytest.approx(24.9)
    # At least 20 poses are compared.
    end = noise(rng_of(6), 60)
    end[50:] = end[:10]
    assert measures.repeat(end)[1] <= 3.9


def test_the_difference_of_random_poses_is_what_a_loop_is_compared_with():
    ratio, _ = measures.repeat(noise(rng_of(7), 2000))
    assert ratio == pytest.approx(1, abs=0.02), "white noise is as far from itself as from any"


def test_a_window_of_half_a_second_is_frozen_below_15_percent():
    def at(pace: float) -> np.ndarray:
        return moved(np.arange(100) / measures.HZ * pace)

    assert measures.frozen_share(at(0.149), 1.0) == 1
    assert measures.frozen_share(at(0.151), 1.0) == 0
    resting = np.concatenate([at(1.0), at(1.0)[-1:] + np.zeros((40, 1, 1))])
    # 135 windows of five steps lie in it; with none or a seventh of a step's pace are 36.
    assert measures.frozen_share(resting, 1.0) == pytest.approx(36 / 135)


def test_spectra_are_of_6_4_seconds_and_their_power_that_of_the_velocity():
    frequencies, power = measures.spectrum(waving(1.25))
    assert len(frequencies) == 33 and frequencies[-1] == 5
    assert frequencies[power.argmax()] == 1.25
    speed = np.diff(waving(1.25).reshape(640, -1), axis=0) * 10
    assert power.sum() * (5 / 32) == pytest.approx(speed.var(0).sum(), rel=0.05)
    assert len(measures.spectrum(waving(1.0, n=31))[0]) == 16, "what there is"


def test_a_joint_counts_as_near_by_the_nearest_pose_as_a_whole():
    """Not joint by joint, and over more poses than are compared at once."""
    known = noise(rng_of(8), 3) + np.array([0.0, 5.0, 10.0])[:, None, None]
    asked = np.tile(known, (200, 1, 1)) + np.array([0.03, 0.04])
    assert measures.near(asked.astype(np.float32), known.astype(np.float32)) == pytest.approx(
        0.05, abs=1e-4
    )


def test_a_foot_stands_near_the_floor_while_it_hardly_rises():
    """Within 0.06 units and below 0.3 units a second; the lower one, from pose to pose."""

    def standing(height: float, rise: float, slip: float = 0.2) -> float:
        seconds = np.arange(30) / measures.HZ
        poses = baselines.still(30).astype(float)
        poses[:, L_ANKLE, 1] = skeleton.CANONICAL_LEG - 0.5
        poses[:, R_ANKLE, 0] = slip * seconds
        up = height + rise / 10 * (np.arange(30) % 2)
        poses[:, R_ANKLE, 1] = skeleton.CANONICAL_LEG - up
        return measures.slide(poses)

    assert standing(0.059, 0.0) == pytest.approx(0.2)
    assert np.isnan(standing(0.061, 0.0)) and np.isnan(standing(-0.061, 0.0))
    assert standing(0.0, 0.29) == pytest.approx(0.2)
    assert np.isnan(standing(0.0, 0.31))
    # Where the feet change there is no step of one foot.
    poses = baselines.still(20).astype(float)
    poses[:, [R_ANKLE, L_ANKLE], 1] = skeleton.CANONICAL_LEG
    lifted = np.where((np.arange(20) // 5 % 2 == 0)[:, None], [0.05, 0.0], [0.0, 0.05])
    poses[:, [R_ANKLE, L_ANKLE], 1] -= lifted
    poses[:, R_ANKLE, 0], poses[:, L_ANKLE, 0] = -0.2, 0.2
    assert measures.slide(poses) == pytest.approx(0, abs=1e-9)


def test_jerk_counts_the_rate_of_the_poses():
    seconds = np.arange(60) / 60
    assert measures.jerk(moved(2 * seconds**3 / 6), 60) == pytest.approx(2)
    assert measures.acceleration(moved(np.zeros(9))) == 0
    across = baselines.still(9).astype(float)
    across[:, 4] += np.stack([0.3 * np.arange(9), 0.4 * np.arange(9)], 1)
    assert measures.pace(across) == pytest.approx(np.full(8, 0.5 * 10 / 18))


def test_random_sequences_last_20_seconds_and_lead_over_in_half_a_second():
    """Two dances that stand at 0 and at 1: each stretch is whole, each seam five steps."""
    known = [np.zeros((600, 18, 2)), np.ones((600, 18, 2))]
    made = baselines.random_sequence(known, 6000, rng_of(2))[:, 0, 0]
    assert len(made) == 6000 and made.dtype == np.float32
    seams = [made[n : n + 5] for n in range(195, 5900, 195)]
    for seam, before in zip(seams, made[194::195], strict=False):
        steps = np.diff([before, *seam])
        assert np.allclose(steps, steps[0], atol=1e-6)
    is_plain = np.isin(made, [0, 1])
    changes = sum(not np.isin(seam, [0, 1]).all() for seam in seams)
    assert 8 < changes < 24 and (~is_plain).sum() == 5 * changes
    assert all(abs(np.diff(seam)).max() == pytest.approx(1 / 6, abs=1e-5)
               for seam in seams if not np.isin(seam, [0, 1]).all())  # fmt: skip


def test_stretches_are_drawn_by_how_long_a_dance_lasts_and_from_anywhere_in_it():
    ramp = np.arange(900.0)[:, None, None] * np.ones((1, 18, 2))
    known = [ramp, np.full((100, 18, 2), -5.0)]
    rng = rng_of(3)
    firsts = [float(baselines.random_sequence(known, 50, rng)[0, 0, 0]) for _ in range(400)]
    drawn = np.array([first for first in firsts if first >= 0])
    assert len(drawn) / 400 == pytest.approx(0.9, abs=0.05)
    assert drawn.min() < 30 and 670 < drawn.max() <= 700
    short = baselines.random_sequence(known[1:], 300, rng)
    assert (short == -5).all() and len(short) == 300
    fits_twice = {baselines.random_sequence([ramp[:201]], 9, rng)[0, 0, 0] for _ in range(40)}
    assert fits_twice == {0, 1}, "either end is reached"
    frames = baselines.random_frames(known, 2000, rng)[:, 0, 0]
    assert np.mean(frames == -5) == pytest.approx(0.1, abs=0.03)
    one_of = baselines.random_frames([ramp[:3]], 90, rng)[:, 0, 0]
    assert set(one_of.tolist()) == {0, 1, 2}, "the first as well"
    assert baselines.still(3).shape == (3, 18, 2)
