"""Bones, re-posing and framing on poses with known answers."""

import numpy as np
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
