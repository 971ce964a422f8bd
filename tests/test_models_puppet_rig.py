"""A puppet's measures: how long its limbs are, how large they are drawn, what a network is told."""

import numpy as np
import pytest
from seeds import rng_of

from models.puppet.parts import (
    HEAD,
    LINES,
    MID_FACE,
    MID_HIPS,
    N_LIMBS,
    N_PARTS,
    NAMES,
    PARTS,
    POINTS,
    TRUNK,
    ranges,
)
from models.puppet.rig import N_CHOICE, N_FEATURES, Rig
from models.skeleton import (
    FACE,
    L_ELBOW,
    L_HIP,
    L_WRIST,
    MIRROR,
    NECK,
    R_ANKLE,
    R_EAR,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
    STANDING,
    Framing,
)
from train.renderer.puppet.ownership import nearness

STOOD = Framing(0.34, 0.5, 0.55).to_picture(STANDING[None])[0]
LINE_NAMES = list(LINES)
N_JOINTS = len(STOOD)


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig.measured(STOOD[None])


def moved(joint: int, by) -> np.ndarray:
    joints = STOOD.copy()
    joints[joint] += by
    return joints


def part(name: str) -> int:
    return NAMES.index(name)


def length(joints: np.ndarray, a: int, b: int) -> float:
    return float(np.linalg.norm(joints[a] - joints[b]))


def test_a_limb_is_as_long_as_it_was_seen_nine_times_of_ten():
    """Shorter it points at the camera, longer it was seen wrongly."""
    shares = np.linspace(0.5, 1.5, 11)
    poses = np.stack([moved(L_WRIST, (s - 1) * (STOOD[L_WRIST] - STOOD[L_ELBOW])) for s in shares])
    limb = LINE_NAMES.index("l_forearm")
    found = Rig.measured(poses).limbs
    assert found[limb] == pytest.approx(1.4 * length(STOOD, L_WRIST, L_ELBOW), rel=1e-5)
    others = np.delete(np.arange(N_LIMBS), limb)
    assert found[others] == pytest.approx(Rig.measured(STOOD[None]).limbs[others], rel=1e-5)


def test_a_face_is_what_it_usually_is_around_its_middle(rig):
    face = STOOD[list(FACE)]
    assert rig.face == pytest.approx((face - face.mean(0)) / rig.trunk, rel=1e-4, abs=1e-6)
    turned = STOOD.copy()
    turned[list(FACE)] = turned[list(FACE)] @ np.float32([[0, 1], [-1, 0]])
    assert Rig.measured(np.stack([STOOD] * 3 + [turned] * 2)).face == pytest.approx(rig.face)


def test_parts_of_limbs_are_as_long_as_those_and_views_have_their_size(rig):
    hips = (STOOD[R_HIP] + STOOD[L_HIP]) / 2
    assert rig.trunk == pytest.approx(np.linalg.norm(STOOD[NECK] - hips), rel=1e-5)
    assert rig.part_lengths[part("torso")] == 1
    thigh = length(STOOD, R_HIP, R_KNEE) / rig.trunk
    assert rig.part_lengths[part("r_thigh")] == pytest.approx(thigh, rel=1e-5)
    fixed = [rig.part_lengths[row] for row, one in enumerate(PARTS) if not one.stretches]
    assert fixed == [1] * 7, "pelvis, neck, head, hands and feet"
    sizes = rig.view_sizes(1000)
    assert sizes.shape == (N_PARTS, 2)
    assert sizes[part("torso")] == pytest.approx(
        (1.52 * 1000 * rig.trunk, 1.1 * 1000 * rig.trunk), abs=1
    )
    rows, columns = sizes[part("r_thigh")]
    assert rows == pytest.approx(1.55 * thigh * 1000 * rig.trunk, abs=1)
    assert columns == pytest.approx(0.68 * 1000 * rig.trunk, abs=1)
    assert (rig.view_sizes(8) >= 4).all()


def test_the_longest_three_limbs_say_how_large_a_person_is_drawn(rig):
    """Limbs that point at the camera are short without the person being farther away."""
    drawn = np.tile(rig.limbs, (3, 1))
    drawn[1, 3:] *= 0.3
    drawn[2, 2:] *= 0.4
    assert rig.scale(drawn) == pytest.approx([rig.trunk, rig.trunk, 0.8 * rig.trunk], rel=1e-5)
    assert rig.scale(0.5 * drawn)[0] == pytest.approx(0.5 * rig.trunk, rel=1e-5)
    assert rig.scale(0 * drawn)[0] > 0


def test_what_points_at_the_camera_keeps_nearly_half_of_its_length(rig):
    for name, tail, head in (("r_forearm", 3, R_WRIST), ("r_shin", R_KNEE, R_ANKLE)):
        for share, seen in ((1.0, 1.0), (0.5, 0.5), (0.3, 0.45), (0.01, 0.45)):
            joints = moved(head, (share - 1) * (STOOD[head] - STOOD[tail]))
            frames = rig.pose(joints[None]).frames
            assert frames.scale[0] == pytest.approx(rig.trunk, rel=1e-5)
            expected = seen * length(STOOD, tail, head)
            assert frames.length[0, part(name)] == pytest.approx(expected, rel=1e-4)
    frames = rig.pose(STOOD[None]).frames
    assert frames.length[0, HEAD] == frames.length[0, part("l_hand")] == frames.scale[0]


def test_parts_hang_on_their_joints_and_lie_along_their_limbs(rig):
    frames = rig.pose(STOOD[None]).frames
    assert np.linalg.norm(frames.axis[0], axis=-1) == pytest.approx(np.ones(N_PARTS), abs=1e-5)
    for name, origin, tail, head in (
        ("r_thigh", R_HIP, R_HIP, R_KNEE), ("l_hand", L_WRIST, L_ELBOW, L_WRIST),
        ("l_forearm", L_ELBOW, L_ELBOW, L_WRIST),
    ):  # fmt: skip
        assert frames.origin[0, part(name)] == pytest.approx(STOOD[origin], abs=1e-6)
        along = (STOOD[head] - STOOD[tail]) / length(STOOD, head, tail)
        assert frames.axis[0, part(name)] == pytest.approx(along, abs=1e-5)
    assert frames.origin[0, HEAD] == pytest.approx(STOOD[list(FACE)].mean(0), abs=1e-6)
    hips = (STOOD[R_HIP] + STOOD[L_HIP]) / 2
    assert frames.origin[0, part("pelvis")] == pytest.approx(hips, abs=1e-6)


@pytest.mark.parametrize("angle", [-0.8, 0.3, 1.2])
def test_a_head_turns_with_its_face_and_a_little_with_its_neck(rig, angle):
    """By 0.7 of the one and 0.3 of the other, as directions are added."""
    turn = np.exp(1j * angle)
    face = STOOD[list(FACE)] @ [1, 1j]
    middle = face.mean()
    looks = STOOD.copy()
    turned = middle + (face - middle) * turn
    looks[list(FACE)] = np.stack([turned.real, turned.imag], -1)
    axis = rig.pose(looks[None]).frames.axis[0, HEAD] @ [1, 1j]
    down = STOOD[NECK] @ [1, 1j] - middle
    own = 0.7 * 1j * turn + 0.3 * down / abs(down)
    assert axis == pytest.approx(own / abs(own), abs=1e-4)
    leans = STOOD.copy()
    there = middle + down * turn
    leans[NECK] = (there.real, there.imag)
    frames = rig.pose(leans[None]).frames
    axis = frames.axis[0, HEAD] @ [1, 1j]
    own = 0.7 * 1j * rig.trunk / frames.scale[0] + 0.3 * down * turn / abs(down)
    assert axis == pytest.approx(own / abs(own), abs=1e-4)


def test_a_head_seen_smaller_is_led_by_its_neck(rig):
    """Its own face counts as much as there is of it: a profile says little of the turn."""
    joints = STOOD.copy()
    middle = STOOD[list(FACE)].mean(0)
    joints[list(FACE)] = middle
    joints[NECK] = middle + np.float32([0.05, 0.0])
    axis = rig.pose(joints[None]).frames.axis[0, HEAD]
    assert axis == pytest.approx((1, 0), abs=1e-4)


def test_what_a_network_is_told_of_a_pose(rig):
    joints = moved(L_WRIST, (0.03, -0.05))
    pose = rig.pose(joints[None])
    points = POINTS @ joints
    scale = float(pose.frames.scale[0])
    told = pose.features[0]
    assert told.shape == (N_PARTS, N_FEATURES) and told.dtype == np.float32
    for row, one in enumerate(PARTS):
        seen = told[row, : 2 * N_JOINTS].reshape(-1, 2)
        expected = np.zeros((N_JOINTS, 2))
        sees = list(one.sees)
        expected[sees] = (joints[sees] - pose.frames.origin[0, row]) / scale
        assert seen == pytest.approx(expected, abs=1e-4), one.name
    lines = told[0, 2 * N_JOINTS : -5].reshape(-1, 3)
    assert len(lines) == len(LINES)
    for row, (tail, head) in zip(lines, LINES.values(), strict=True):
        line = points[head] - points[tail]
        assert row[:2] == pytest.approx(line / np.linalg.norm(line), abs=1e-4)
        assert row[2] == pytest.approx(np.linalg.norm(line) / scale, rel=1e-4)
    assert (told[:, 2 * N_JOINTS : -5] == told[0, 2 * N_JOINTS : -5]).all()
    assert told[:, -5:-3] == pytest.approx(pose.frames.axis[0], abs=1e-6)
    assert told[:, -3:-1] == pytest.approx(np.tile(joints[NECK] - 0.5, (N_PARTS, 1)), abs=1e-6)
    assert told[:, -1] == pytest.approx(np.full(N_PARTS, scale / rig.trunk), rel=1e-5)


def test_a_line_that_is_hardly_seen_has_no_sure_direction(rig):
    """From 0.06 body scales down its direction fades, so that it cannot flip."""
    at = 2 * N_JOINTS + 3 * LINE_NAMES.index("l_forearm")
    for drawn, share in ((0.12, 1.0), (0.06, 1.0), (0.03, 0.5), (0.0, 0.0)):
        joints = STOOD.copy()
        joints[L_WRIST] = joints[L_ELBOW] + np.float32([drawn * rig.trunk, 0])
        told = rig.pose(joints[None]).features[0, 0, at : at + 3]
        assert told == pytest.approx((share, 0, drawn), abs=1e-3)


def test_a_view_is_chosen_by_what_its_part_is_told_by(rig):
    def away(joints: np.ndarray) -> np.ndarray:
        """How far each part is from its view of who stands, (P,)."""
        here, there = rig.pose(STOOD[None]).choice[0], rig.pose(joints[None]).choice[0]
        assert here.shape == (N_PARTS, N_CHOICE)
        return np.linalg.norm(here - there, axis=-1)

    waved = away(moved(L_WRIST, (0.05, -0.02)))
    assert waved[part("l_forearm")] == waved[part("l_hand")] > 0.05
    assert waved[part("l_upper_arm")] == pytest.approx(0.5 * waved[part("l_forearm")], rel=1e-4)
    told = {"l_forearm", "l_hand", "l_upper_arm"}
    assert {name for name, far in zip(NAMES, waved, strict=True) if far > 1e-4} == told
    nodded = away(moved(R_EAR, (0.01, 0.0)))
    assert nodded[HEAD] == pytest.approx(nodded[part("neck")], rel=1e-4)
    assert {name for name, far in zip(NAMES, nodded, strict=True) if far > 1e-4} == {"head", "neck"}


def test_a_person_in_the_mirror_has_mirrored_parts(rig):
    joints = STOOD + rng_of(2).normal(0, 0.02, STOOD.shape).astype(np.float32)
    other = joints[list(MIRROR)] * np.float32([-1, 1]) + np.float32([1, 0])
    here, there = (rig.pose(one[None]).frames for one in (joints, other))
    sides = {"r_": "l_", "l_": "r_"}
    swap = [part(sides.get(name[:2], name[:2]) + name[2:]) for name in NAMES]
    limbs = [row for row in range(N_PARTS) if row != HEAD]
    assert there.axis[0, swap][limbs] * [-1, 1] == pytest.approx(here.axis[0][limbs], abs=1e-4)
    assert there.origin[0, swap] * [-1, 1] + [1, 0] == pytest.approx(here.origin[0], abs=1e-5)


# The parts ---------------------------------------------------------------------------------------


def rectangle(rig: Rig, row: int, places: np.ndarray) -> np.ndarray:
    """Which places (..., 2) lie in a part's rectangle of who stands."""
    frames, span = rig.pose(STOOD[None]).frames, ranges()[row]
    axis = frames.axis[0, row]
    away = places - frames.origin[0, row]
    u = away @ axis / frames.length[0, row]
    v = away @ np.array([-axis[1], axis[0]]) / frames.scale[0]
    return (u > span[0]) & (u < span[1]) & (v > span[2]) & (v < span[3])


PLACES = np.stack(np.meshgrid(*[np.arange(0.004, 1, 0.008)] * 2), -1)


def test_what_surely_belongs_to_a_part_lies_in_its_rectangle(rig):
    """And fills a fair share of it: what is around it is for clothes and what moves."""
    for row, one in enumerate(PARTS):
        is_inside = rectangle(rig, row, PLACES)
        surely = nearness(row, PLACES, STOOD, rig.trunk).own < 0
        assert surely.any() and is_inside[surely].all(), one.name
        assert 0.2 < surely.sum() / is_inside.sum() < 0.7, one.name


def test_neighbours_overlap_where_they_grow_together(rig):
    """No gap opens at a joint: each reaches well into the other."""
    for row, one in enumerate(PARTS):
        is_inside = rectangle(rig, row, PLACES)
        for near in one.near:
            shared = (is_inside & rectangle(rig, part(near), PLACES)).sum() / is_inside.sum()
            assert 0.08 < shared < 0.95, (one.name, near, shared)


def test_both_sides_are_made_alike():
    for row, one in enumerate(PARTS):
        if one.name.startswith("r_"):
            other = PARTS[part("l_" + one.name[2:])]
            assert (one.along, one.across, one.depth, one.stretches) == (
                other.along, other.across, other.depth, other.stretches,
            )  # fmt: skip
            assert MIRROR[one.origin] == other.origin and row < part(other.name)
            assert {MIRROR[joint] for joint in one.sees} == set(other.sees)
            assert [c.radius for c in one.capsules] == [c.radius for c in other.capsules]


def test_points_between_joints():
    joints = rng_of(4).uniform(0, 1, (N_JOINTS, 2))
    points = POINTS @ joints
    assert points[:N_JOINTS] == pytest.approx(joints, abs=1e-6)
    assert points[MID_HIPS] == pytest.approx((joints[R_HIP] + joints[L_HIP]) / 2, abs=1e-6)
    assert points[MID_FACE] == pytest.approx(joints[list(FACE)].mean(0), abs=1e-6)
    assert LINE_NAMES[TRUNK] == "trunk" and LINES["shoulders"][0] == R_SHOULDER
