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
