"""Bones, re-posing and framing on poses with known answers."""

import numpy as np
import pytest
from seeds import rng_of

from models import skeleton as sk


def _poses(n: int = 40) -> np.ndarray:
    rng = rng_of(1)
    return (sk.STANDING + rng.normal(0, 0.15, (n, 18, 2))).astype(np.float32)


def test_bones_and_back():
    poses = _poses()
    rebuilt = sk.from_bones(sk.pelvis(poses), sk.bone_vectors(poses))
    assert np.abs(rebuilt - poses).max() < 1e-5


def test_tree_reaches_every_joint_after_its_parent():
    seen = {sk.PELVIS}
    for joint in sk.TREE_ORDER:
        assert sk.PARENTS[joint] in seen
        seen.add(joint)
    assert seen - {sk.PELVIS} == set(range(18))


def test_standing_pose_has_canonical_bones_or_shorter():
    assert (sk.bone_lengths(sk.STANDING) <= sk.CANONICAL_LENGTHS * 1.01).all()


def test_repose_scales_bones_and_is_undone():
    ratios = np.linspace(0.7, 1.3, 18, dtype=np.float32)
    ratios = (ratios + ratios[list(sk.MIRROR)]) / 2  # left as right, like a measured body
    longer = sk.CANONICAL_LENGTHS * ratios
    poses = _poses()
    there = sk.repose(poses, sk.CANONICAL_LENGTHS, longer)
    ratio = sk.bone_lengths(there) / sk.bone_lengths(poses)
    assert np.allclose(ratio, longer / sk.CANONICAL_LENGTHS, atol=1e-3)
    assert np.abs(sk.repose(there, longer, sk.CANONICAL_LENGTHS) - poses).max() < 1e-5


def test_limit_cuts_long_bones_and_leaves_the_rest():
    poses = _poses()
    limited = sk.limit_bones(poses)
    assert (sk.bone_lengths(limited) <= sk.CANONICAL_LENGTHS * 1.0001).all()
    assert np.abs(sk.limit_bones(limited) - limited).max() < 1e-5


def test_mirror_twice_is_the_same():
    poses = _poses()
    assert np.array_equal(sk.mirror(sk.mirror(poses)), poses)
    assert not np.allclose(sk.mirror(poses), poses)


def test_a_person_of_known_size_is_measured():
    # A person on canonical bones, 0.3 of the picture a unit, standing hips at (0.4, 0.55).
    frame = sk.Framing(0.3, 0.4, 0.55)
    poses = sk.limit_bones(_poses(400) * 0 + sk.STANDING)
    body = sk.measure_body(frame.to_picture(poses))
    assert abs(body.framing.scale - 0.3) < 0.003
    assert abs(body.framing.x - 0.4) < 1e-3
    assert abs(body.framing.y - 0.55) < 0.01
    picture = frame.to_picture(_poses(5))
    assert np.abs(body.place(body.canonical(picture)) - picture).max() < 1e-5


def test_the_mirror_exchanges_left_and_right():
    poses = _poses()
    turned = sk.mirror(poses)
    other = {"r_": "l_", "l_": "r_"}
    for number, name in enumerate(sk.JOINTS):
        twin = sk.JOINTS.index(other.get(name[:2], name[:2]) + name[2:])
        assert np.array_equal(turned[:, number], poses[:, twin] * [-1, 1]), name
    assert np.array_equal(sk.mirror(sk.STANDING), sk.STANDING)


def test_who_stands_has_the_usual_bones_and_the_unit_is_theirs():
    torso, thigh, shin = sk.CANONICAL_LENGTHS[[sk.NECK, sk.R_KNEE, sk.R_ANKLE]]
    assert sk.UNIT_FACTOR * (torso + thigh + shin) == pytest.approx(1.0, abs=1e-3)
    body = [joint for joint in range(18) if joint not in sk.FACE]  # a face is drawn shorter
    stood = sk.bone_lengths(sk.STANDING)
    assert stood[body] == pytest.approx(sk.CANONICAL_LENGTHS[body], rel=0.01)
    assert np.array_equal(sk.CANONICAL_LENGTHS, sk.CANONICAL_LENGTHS[list(sk.MIRROR)])
    assert not sk.pelvis(sk.STANDING).any()


def test_what_hangs_is_as_when_standing_with_all_that_hangs_on_it():
    poses = _poses(5)
    arm = np.isin(np.arange(18), [sk.R_ELBOW])
    hung = sk.hung(poses, arm)
    bones, before = sk.bone_vectors(hung), sk.bone_vectors(poses)
    standing = sk.bone_vectors(sk.STANDING)[sk.R_ELBOW]
    assert np.allclose(bones[:, sk.R_ELBOW], standing, atol=1e-6)
    assert np.allclose(bones[:, ~arm], before[:, ~arm], atol=1e-6)
    assert not np.allclose(hung[:, sk.R_WRIST], poses[:, sk.R_WRIST], atol=1e-3)


def test_bones_that_never_show_are_as_usual_for_a_body_of_that_size():
    frame = sk.Framing(0.3, 0.4, 0.55)
    picture = frame.to_picture(np.repeat(sk.STANDING[None], 50, 0))
    shown = np.ones((50, 18), bool)
    shown[:, [sk.R_EAR, sk.L_EAR]] = False
    shown[:, sk.R_WRIST] = False
    body = sk.measure_body(picture, shown)
    assert body.lengths[[sk.R_EAR, sk.L_EAR]] == pytest.approx([0.122, 0.122], rel=0.02)
    assert body.lengths[sk.R_WRIST] == pytest.approx(body.lengths[sk.L_WRIST])
    assert body.framing.scale == pytest.approx(0.3, rel=0.01)
