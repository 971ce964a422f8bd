"""Distances between sets of dances: 0 for equal sets, and larger the less alike they are."""

import numpy as np
import pytest
from seeds import rng_of, seed_of

from models import skeleton
from train.dance_eval import baselines, fid
from train.dance_eval.fid import FeatureSpace, features_of, frechet


def dances(n: int, seed: int, quick: float = 1.0) -> list[np.ndarray]:
    """Dances of swinging limbs, each with its own tempos and sizes."""
    made = []
    for k in range(n):
        rng = np.random.default_rng([seed_of(seed), k])
        at = np.arange(400)[:, None, None] / 10
        sway = rng.uniform(0.02, 0.2, (1, 18, 2)) * np.sin(
            quick * rng.uniform(1, 4, (1, 18, 2)) * at + rng.uniform(0, 6, (1, 18, 2))
        )
        made.append(skeleton.limit_bones(skeleton.STANDING + sway).astype(np.float32))
    return made


@pytest.fixture(scope="module")
def real():
    return features_of(dances(12, 0))


@pytest.mark.parametrize("letter", ["k", "g"])
def test_identical_sets_are_no_distance_apart(real, letter):
    space = FeatureSpace.of(real[letter])
    assert space.distance(real[letter]) == pytest.approx(0, abs=1e-6)
    shuffled = rng_of(1).permutation(real[letter])
    assert space.distance(shuffled) == pytest.approx(0, abs=1e-6)


def test_the_distance_of_two_normal_distributions_is_the_known_one():
    rng = rng_of(0)
    one = rng.normal(0, 1, (60_000, 3))
    two = rng.normal([3, 0, 0], 2, (60_000, 3))
    assert frechet(one, two) == pytest.approx(9 + 3 * (1 + 4 - 2 * 2), rel=0.02)
    assert frechet(one, two) == pytest.approx(frechet(two, one), rel=1e-6)


def test_other_songs_of_the_same_dancers_are_nearer_than_quicker_ones_and_statues(real):
    like = features_of(dances(12, 1))
    quick = features_of(dances(12, 1, quick=1.6))
    statue = features_of([baselines.still(400) for _ in range(12)])
    trembling = features_of([baselines.trembling(d, rng_of(0)) for d in dances(12, 1)])
    motion, shape = FeatureSpace.of(real["k"]), FeatureSpace.of(real["g"])
    assert motion.distance(like["k"]) < 0.5 * motion.distance(quick["k"])
    assert motion.distance(quick["k"]) < motion.distance(statue["k"])
    assert motion.distance(like["k"]) < 0.5 * motion.distance(trembling["k"])
    assert shape.distance(like["g"]) < 0.5 * shape.distance(statue["g"])


def test_diversity_is_none_among_statues_and_less_in_one_dance_than_in_many(real):
    space = FeatureSpace.of(real["k"])
    assert space.diversity(features_of([baselines.still(400)] * 3)["k"]) == pytest.approx(
        0, abs=1e-4
    )
    one = features_of(dances(1, 5) * 24, hop=fid.SEGMENT)["k"]
    many = features_of(dances(24, 5), hop=fid.SEGMENT)["k"]
    assert 0 < space.diversity(one) < space.diversity(many)


def test_diversity_is_the_mean_distance_of_all_pairs():
    space = FeatureSpace(np.zeros(2), np.ones(2), np.eye(2), np.zeros((2, 2)))
    corners = np.array([[0.0, 0], [3, 0], [0, 4]])
    assert space.diversity(corners) == pytest.approx((3 + 4 + 5) / 3)


def test_left_and_right_are_not_told_apart(real):
    space = FeatureSpace.of(real["k"])
    some = dances(4, 2)
    mirrored = [skeleton.mirror(dance) for dance in some]
    assert space.distance(features_of(some)["k"]) == pytest.approx(
        space.distance(features_of(mirrored)["k"])
    )


def test_relations_of_a_standing_and_of_a_posed_body():
    held = fid.relations(skeleton.STANDING)
    assert not any(held[f"{side} hand above the shoulder"] for side in ("right", "left"))
    assert not any(held[f"{side} elbow bent"] for side in ("right", "left"))
    assert not held["legs crossed"]
    assert held["right arm extended"]
    posed = skeleton.STANDING.copy()
    posed[4] = (-0.1, -1.1)  # right hand up
    posed[7] = (-0.3, -0.5)  # left hand across
    posed[13] = (-0.3, 0.9)  # left foot lifted over the right one
    held = fid.relations(posed)
    assert held["right hand above the head"]
    assert held["left hand across the body"]
    assert held["left foot lifted"]
    assert held["legs crossed"]
    mirrored = fid.relations(skeleton.mirror(posed))
    assert mirrored["left hand above the head"]
    assert mirrored["right hand across the body"]
    assert mirrored["right foot lifted"]
    assert not mirrored["left foot lifted"]
    assert len(held) == 32


def test_pieces_of_five_seconds():
    cut = fid.segments(np.zeros((123, 18, 2)))
    assert cut.shape == (8, 50, 18, 2)
    assert fid.segments(np.zeros((49, 18, 2))).shape[0] == 0


NECK, NOSE, EDGE = skeleton.NECK, skeleton.NOSE, 1e-3
SHOULDER, ELBOW, WRIST, HIP, KNEE, ANKLE = 2, 3, 4, 8, 9, 10  # of the right side


def bent(poses: np.ndarray, end: int, middle: int, other: int, degrees: float) -> None:
    """`other` placed so that the angle at `middle` is this."""
    arm = poses[end] - poses[middle]
    turn = np.radians(degrees)
    cos, sin = np.cos(turn), np.sin(turn)
    poses[other] = poses[middle] + np.array([[cos, -sin], [sin, cos]]) @ arm * 0.8


def put(joint: int, axis: int, value: float):
    def place(poses: np.ndarray, off: float) -> None:
        poses[joint, axis] = value + off

    return place


def beside(joint: int, of: int, apart: float):
    def place(poses: np.ndarray, off: float) -> None:
        poses[joint] = poses[of] + np.array([0.0, apart + off])

    return place


def both(joints: tuple[int, int], axis: int, value: float):
    """The two joints' middle."""

    def place(poses: np.ndarray, off: float) -> None:
        poses[list(joints), axis] += value + off - poses[list(joints), axis].mean()

    return place


STANDING = skeleton.STANDING.astype(float)
ARM = float(skeleton.CANONICAL_LENGTHS[[ELBOW, WRIST]].sum())
# Relation: how the standing body is changed so that it is at the edge of it, and the way in.
OF_A_SIDE = {
    "hand above the shoulder": (put(WRIST, 1, STANDING[SHOULDER, 1]), -1),
    "hand above the head": (put(WRIST, 1, STANDING[NOSE, 1]), -1),
    "hand below the hip": (put(WRIST, 1, STANDING[HIP, 1]), 1),
    "hand across the body": (put(WRIST, 0, STANDING[NECK, 0]), 1),
    "hand far out": (put(WRIST, 0, STANDING[NECK, 0] - 0.5), -1),
    "hand on the hip": (beside(WRIST, HIP, 0.22), -1),
    "elbow above the shoulder": (put(ELBOW, 1, STANDING[SHOULDER, 1]), -1),
    "elbow bent": (lambda p, off: bent(p, SHOULDER, ELBOW, WRIST, 100 + 100 * off), -1),
    "arm extended": (beside(WRIST, SHOULDER, 0.9 * ARM), 1),
    "knee bent": (lambda p, off: bent(p, HIP, KNEE, ANKLE, 150 + 100 * off), -1),
    "foot lifted": (put(ANKLE, 1, STANDING[13, 1] - 0.1), -1),
}
OF_ALL = {
    "feet apart": (put(13, 0, STANDING[ANKLE, 0] + 0.45), 1),
    "feet together": (put(13, 0, STANDING[ANKLE, 0] + 0.15), -1),
    "legs crossed": (put(13, 0, STANDING[ANKLE, 0] - 0.05), -1),
    "hands together": (beside(WRIST, 7, 0.25), -1),
    "lean to the right": (put(NECK, 0, -0.1), -1),
    "lean to the left": (put(NECK, 0, 0.1), 1),
    "bent down": (put(NECK, 1, STANDING[[8, 11], 1].mean() - 0.5), 1),
    "turned to the side": (put(SHOULDER, 0, STANDING[5, 0] - 0.2), 1),
    "hips low": (both((8, 11), 1, 0.1), 1),
    "hips out": (both((8, 11), 0, 0.2), 1),
}


@pytest.mark.parametrize("name", [*OF_A_SIDE, *OF_ALL])
def test_a_relation_begins_where_its_definition_says(name):
    """docs/metrics.md, to a thousandth of a unit (a tenth of a degree); left as right."""
    place, into = {**OF_A_SIDE, **OF_ALL}[name]
    held = []
    for off in (-EDGE, EDGE):
        poses = STANDING.copy()
        place(poses, off * into)
        own = f"right {name}" if name in OF_A_SIDE else name
        held.append(bool(fid.relations(poses)[own]))
        if name in OF_A_SIDE:
            mirrored = fid.relations(skeleton.mirror(poses))
            assert bool(mirrored[f"left {name}"]) == held[-1]
    assert held == [False, True]


def test_where_the_body_stands_matters_to_its_hips_alone():
    rng = rng_of(5)
    poses = skeleton.STANDING + rng.normal(0, 0.3, (40, 18, 2))
    here = fid.relations(poses)
    for axis, own in ((0, "hips out"), (1, "hips low")):
        moved = poses.copy()
        moved[..., axis] += 3.0
        there = fid.relations(moved)
        assert there[own].all()
        assert all((there[name] == here[name]).all() for name in here if name != own)


def test_all_relations_have_an_edge():
    assert len(fid.relations(STANDING)) == 2 * len(OF_A_SIDE) + len(OF_ALL) == 32


def test_kinetic_features_of_a_known_motion():
    """Log of the mean squared speed and of the size of acceleration, with what the eye sees."""
    seconds = np.arange(50) / 10
    along = 0.3 * seconds  # units
    thrown = 0.5 * 4 * seconds**2  # units/s^2
    poses = np.zeros((2, 50, 18, 2))
    poses[0, :, 5, 0], poses[1, :, 7, 1] = along, thrown
    found = fid.kinetic_features(poses)
    assert found.shape == (2, 54)
    energy = found[:, :36].reshape(2, 18, 2)
    assert energy[0, 5, 0] == pytest.approx(np.log(0.09 + 0.001))
    assert energy[0, [5, 6], [1, 0]] == pytest.approx(np.log(0.001))
    speeds = np.diff(thrown) * 10
    assert energy[1, 7, 1] == pytest.approx(np.log(np.square(speeds).mean() + 0.001))
    effort = found[:, 36:]
    assert effort[1, 7] == pytest.approx(np.log(4 + 0.1))
    assert effort[[1, 0], [6, 5]] == pytest.approx(np.log(0.1))


def test_geometric_features_are_shares_of_time():
    poses = np.tile(STANDING, (1, 50, 1, 1))
    poses[0, :20, WRIST] = (-0.2, -2.0)
    held = dict(zip(fid.relations(STANDING), fid.geometric_features(poses)[0], strict=True))
    assert held["right hand above the head"] == pytest.approx(0.4)
    assert held["left hand above the head"] == 0


def test_a_space_is_standardised_by_its_reference_in_16_directions():
    rng = rng_of(3)
    spread = np.linspace(1, 5, 30)
    features = rng.normal(2, 1, (500, 30)) * spread
    features[:, 0] = 7.0  # hardly used
    space = FeatureSpace.of(features)
    assert space.reference.shape == (500, 16)
    assert np.allclose(space.place(features), space.reference)
    assert np.allclose(space.reference.mean(0), 0, atol=1e-9)
    assert np.allclose(space.scale[1:], features[:, 1:].std(0)) and space.scale[0] == 0.02
    assert np.allclose(space.axes.T @ space.axes, np.eye(16), atol=1e-9)
    variances = space.reference.var(0)
    assert (np.diff(variances) <= 1e-9).all(), "the widest first"
    assert variances[0] > 1


def test_the_distance_counts_covariances():
    """Correlated against not: trace of C1 + C2 - 2 sqrt(C1 C2), by hand in two dimensions."""
    rng = rng_of(4)
    one = rng.normal(0, 1, (200_000, 2))
    two = one @ np.array([[1.0, 0.0], [0.6, 0.8]]).T
    wanted = 4 - 2 * (np.sqrt(1.6) + np.sqrt(0.4))
    assert frechet(one, two) == pytest.approx(wanted, rel=0.03)
    assert frechet(one, one + np.array([0.0, 2.0])) == pytest.approx(4, rel=1e-6)


def test_segments_begin_a_second_apart_and_hold_what_was_danced():
    poses = np.arange(123.0)[:, None, None] * np.ones((1, 18, 2))
    cut = fid.segments(poses)
    assert cut[:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40, 50, 60, 70]
    assert fid.segments(poses, hop=50)[:, -1, 0, 0].tolist() == [49, 99]
    assert len(fid.segments(poses[:50])) == 1
    assert fid.segments(poses[:49]).shape == (0, 50, 18, 2)
    short = [STANDING[None].repeat(49, 0), STANDING[None].repeat(60, 0)]
    assert len(features_of(short)["k"]) == 4, "of one dance and its mirror image, two each"
