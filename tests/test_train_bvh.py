"""Motion capture of any rig: whatever its names, axes, unit and rest pose, the same joints."""

from dataclasses import replace
from itertools import pairwise

import made_rigs as made
import numpy as np
import pytest
from made_rigs import NAMES, Build, Style
from scipy.spatial.transform import Rotation
from seeds import rng_of

from models import skeleton
from train.readers import bvh
from train.readers.joint_table import JointTable
from train.readers.motion_file import LEG_M

BODY = list(range(1, 14))  # what is not synthetic
NEAR_M = 1e-3
BUILDS = (
    Build(), Build(n_spine=1, n_neck=2, fingers=5), Build(n_spine=6, fingers=0, toes=False),
    Build(n_spine=4, n_neck=2, fingers=1), Build(n_spine=2, fingers=0, collars=False),
)  # fmt: skip
UNITS = {"m": 1.0, "cm": 100.0, "inches": 39.37}


def rests(rng, rig):
    """Rest poses: T, A, arms down, and no pose at all."""
    return {"T": {}, "A": made.arms_down(45), "down": made.arms_down(88),
            "any": made.any_axes(rng, rig)}  # fmt: skip


def danced(names, build, rng, frames=made.FRAMES):
    return made.dance(made.rig(names, build, made.body(rng)), rng, frames)


def any_style(rng, rig):
    rest = list(rests(rng, rig).values())[int(rng.integers(4))]
    axes = (made.Y_UP, made.Z_UP)[int(rng.integers(2))]
    facing = Rotation.from_euler("z", rng.uniform(0, 2 * np.pi))
    unit = list(UNITS.values())[int(rng.integers(3))]
    return Style(axes * facing, unit, rest, all_positions=bool(rng.integers(2)))


def farthest(found, truth):
    """The largest distance of joints after a turn about z and a shift: both are conventions."""
    a, b = (joints[:, BODY].astype(float) for joints in (truth, found))
    a, b = a - a.mean((0, 1)), b - b.mean((0, 1))
    along = (a * b)[..., :2].sum()
    across = (a[..., 1] * b[..., 0] - a[..., 0] * b[..., 1]).sum()
    turn = Rotation.from_euler("z", np.arctan2(across, along))
    return np.linalg.norm(a - turn.apply(b.reshape(-1, 3)).reshape(b.shape), axis=-1).max()


def without_names(rig):
    for number, joint in enumerate(rig.joints):
        joint.name = f"joint{number}"


@pytest.mark.parametrize("name", NAMES)
def test_joints_of_every_makers_rigs_are_found(name, tmp_path):
    names = NAMES[name]
    rng = rng_of(list(NAMES).index(name))
    for number, build in enumerate(BUILDS):
        dance = danced(names, build, rng)
        style = any_style(rng, dance.rig)
        motion = bvh.read(made.write(tmp_path / f"{number}.bvh", dance, style, rng))
        assert farthest(motion.joints, dance.truth(names)) < NEAR_M, (build, motion.rig)
        assert not motion.notes, motion.notes
        assert motion.rig["left_knee"] == names.knee.format(s=names.sides[0])
        assert motion.rig["head"] == names.head
        assert motion.name == f"{number}" and abs(motion.fps - made.FPS) < 1e-3


@pytest.mark.parametrize("rest", ("T", "A", "down", "any"))
@pytest.mark.parametrize("name", ("mixamo", "biped", "makehuman", "unreal"))
def test_the_tree_tells_where_names_do_not(name, rest, tmp_path):
    names, rng = NAMES[name], rng_of(7)
    dance = danced(names, Build(), rng)
    truth = dance.truth(names)
    style = replace(any_style(rng, dance.rig), own_axes=rests(rng, dance.rig)[rest])
    without_names(dance.rig)
    motion = bvh.read(made.write(tmp_path / "a.bvh", dance, style, rng))
    assert farthest(motion.joints, truth) < NEAR_M, motion.rig
    assert len(motion.notes) == 1 and "left and right" in motion.notes[0]


def test_a_file_says_the_same_in_any_axes_unit_and_rest_pose(tmp_path):
    names = NAMES["rokoko"]
    dance = danced(names, Build(), rng_of(1))
    found = []
    for up in (made.Y_UP, made.Z_UP):
        for number, axes in enumerate(rests(rng_of(2), dance.rig).values()):
            unit = list(UNITS.values())[number % 3]
            style = Style(up, unit, axes, all_positions=number % 2 == 1)
            path = made.write(tmp_path / "a.bvh", dance, style, rng_of(3))
            found.append(bvh.read(path).joints)
    first, *others = found
    assert max(np.abs(first[:, BODY] - other[:, BODY]).max() for other in others) < 1e-4
    # The face too, whatever the head's own axes are.
    assert max(np.abs(first - other).max() for other in others) < 1e-3


def test_joints_are_metres_on_the_floor_and_look_to_x_on_average(tmp_path):
    names, rng = NAMES["cmu"], rng_of(4)
    dance = danced(names, Build(), rng)
    style = Style(made.Y_UP * Rotation.from_euler("z", 2.0), 39.37)
    joints = bvh.read(made.write(tmp_path / "a.bvh", dance, style, rng)).joints
    assert joints.dtype == np.float32 and joints.shape == (made.FRAMES, 18, 3)
    for hip, knee, ankle in ((8, 9, 10), (11, 12, 13)):
        leg = np.linalg.norm(joints[:, hip] - joints[:, knee], axis=-1)
        leg += np.linalg.norm(joints[:, knee] - joints[:, ankle], axis=-1)
        assert np.allclose(leg, LEG_M, atol=1e-3)
    lower = joints[:, [10, 13], 2].min(1)
    assert abs(np.percentile(lower, 1)) < 1e-3 and lower.min() > -0.02
    assert np.abs(joints[:, [8, 11], :2].mean((0, 1))).max() < 1e-3
    across = joints[:, 11] - joints[:, 8] + joints[:, 5] - joints[:, 2]
    left = (across[:, :2] / np.linalg.norm(across[:, :2], axis=-1, keepdims=True)).mean(0)
    assert left[1] > 0.7 and abs(left[0]) < 1e-3
    nose, ears = joints[:, skeleton.NOSE], joints[:, [16, 17]].mean(1)
    assert (nose - ears)[:, 0].mean() > 0.05
    assert (joints[:, 17] - joints[:, 16])[:, 1].mean() > 0.05


def looks(joints):
    """From right to left and from the ears to the nose, (N, 2, 3)."""
    to_left = joints[:, skeleton.L_EYE] - joints[:, skeleton.R_EYE]
    ahead = joints[:, skeleton.NOSE] - joints[:, [skeleton.R_EAR, skeleton.L_EAR]].mean(1)
    return np.stack([to_left, ahead], 1)


def test_the_face_turns_as_the_head_whatever_the_head_is_at_rest(tmp_path):
    names, rng = NAMES["mixamo"], rng_of(5)
    dance = danced(names, Build(), rng, 240)
    head = [joint.name for joint in dance.rig.joints].index(names.head)
    truth = dance.turned[head]
    style = Style(made.Y_UP, own_axes=made.any_axes(rng, dance.rig))
    joints = bvh.read(made.write(tmp_path / "a.bvh", dance, style, rng)).joints
    pairs = pairwise(looks(joints))
    seen = [Rotation.align_vectors(b, a)[0].magnitude() for a, b in pairs]
    assert np.abs(np.array(seen) - (truth[1:] * truth[:-1].inv()).magnitude()).max() < 0.01
    # Of the size of a head, and over the joint that it turns about.
    ears = joints[:, [skeleton.R_EAR, skeleton.L_EAR]]
    assert np.allclose(np.linalg.norm(ears[:, 0] - ears[:, 1], axis=-1), 0.14, atol=1e-3)
    far = np.linalg.norm(dance.places[:, head] - dance.places[:, 0], axis=-1)
    hips = joints[:, [skeleton.R_HIP, skeleton.L_HIP]].mean(1)
    over = np.linalg.norm(ears.mean(1) - hips, axis=-1) - far
    assert over.min() > 0.05 and over.max() < 0.2


@pytest.mark.parametrize("missing", ("head", "rotations"))
def test_without_a_head_that_turns_the_face_looks_as_the_trunk_does(missing, tmp_path):
    names, rng = NAMES["mixamo"], rng_of(6)
    dance = danced(names, Build(head=missing != "head"), rng, 240)
    style = Style(made.Z_UP, 100.0, no_rotations=missing == "rotations")
    motion = bvh.read(made.write(tmp_path / "a.bvh", dance, style, rng))
    assert farthest(motion.joints, dance.truth(names)) < NEAR_M
    assert [("no head" in note) for note in motion.notes] == [True] * (missing == "head")
    joints = motion.joints
    across = joints[:, 11] - joints[:, 8] + joints[:, 5] - joints[:, 2]
    to_left = looks(joints)[:, 0]
    lengths = np.linalg.norm(across, axis=-1) * np.linalg.norm(to_left, axis=-1)
    assert ((across * to_left).sum(-1) / lengths).min() > 0.99
    assert (joints[:, skeleton.NOSE, 2] > joints[:, skeleton.NECK, 2]).all()


@pytest.mark.parametrize("toes", (True, False))
@pytest.mark.parametrize("degrees", (0, 180))
def test_feet_tell_the_sides_of_somebody_who_stands_still(degrees, toes, tmp_path):
    names, rng = NAMES["motionbuilder"], rng_of(18)
    rig = made.rig(names, Build(toes=toes), made.body(rng))
    places = np.repeat(np.array([joint.place for joint in rig.joints])[None], 5, 0)
    dance = made.Danced(rig, [Rotation.identity(5)] * len(rig.joints), places)
    left_hip = [joint.name for joint in rig.joints].index("LeftUpLeg")
    without_names(rig)
    axes = made.Y_UP * Rotation.from_euler("z", degrees, degrees=True)
    motion = bvh.read(made.write(tmp_path / "a.bvh", dance, Style(axes), rng))
    # Without feet nothing tells but the usual axes: the left at +x.
    assert (motion.rig["left_hip"] == f"joint{left_hip}") == (toes or degrees == 0)


@pytest.mark.parametrize("has_names", (True, False))
def test_wrists_and_ankles_may_be_end_sites(has_names, tmp_path):
    for number, name in enumerate(("mixamo", "xsens", "vicon")):
        names, rng = NAMES[name], rng_of(20 + number)
        dance = danced(names, Build(hands_and_feet=False), rng)
        truth = dance.truth(names)
        if not has_names:
            without_names(dance.rig)
        path = made.write(tmp_path / "a.bvh", dance, any_style(rng, dance.rig), rng)
        motion = bvh.read(path)
        assert farthest(motion.joints, truth) < NEAR_M, (name, motion.rig)
        assert motion.rig["left_wrist"] == f"end of {motion.rig['left_elbow']}"


def test_what_hangs_on_a_body_is_no_limb_of_it(tmp_path):
    """A skirt, a pony tail, hair in pairs, a sword and forty bones of a face."""
    for number, name in enumerate(("mixamo", "biped", "vicon", "makehuman")):
        names, rng = NAMES[name], rng_of(10 + number)
        rig = made.rig(names, Build(), made.body(rng))
        for sign in (1, -1):
            down = [(0, 0.02 * sign, -0.2)] * 2
            made.hang(rig, names.hips, [(0, 0.15 * sign, -0.1), *down])
            made.hang(rig, names.head, [(-0.1, 0.1 * sign, 0.1), *down, (0, 0, -0.2)])
        made.hang(rig, names.head, [(-0.15, 0, 0.1), *[(0, 0, -0.25)] * 4])
        made.hang(rig, names.wrist.format(s=names.sides[1]), [(0, -0.1, 0), (0, -1.1, 0)])
        for bone in range(40):
            made.hang(rig, names.head, [(0.08, 0.001 * bone, 0.05)])
        dance = made.dance(rig, rng)
        path = made.write(tmp_path / "a.bvh", dance, any_style(rng, rig), rng)
        motion = bvh.read(path)
        assert farthest(motion.joints, dance.truth(names)) < NEAR_M, (name, motion.rig)
        assert not motion.notes


@pytest.mark.parametrize("name", ("cmu", "biped", "makehuman", "vicon", "optitrack", "daz"))
def test_children_giants_and_comic_figures_are_bodies(name, tmp_path):
    names, rng = NAMES[name], rng_of(30 + list(NAMES).index(name))
    for build in BUILDS[:3]:
        rig = made.rig(names, build, made.stretched(rng, made.body(rng)))
        dance = made.dance(rig, rng)
        motion = bvh.read(made.write(tmp_path / "a.bvh", dance, any_style(rng, rig), rng))
        assert farthest(motion.joints, dance.truth(names)) < NEAR_M, (build, motion.rig)


@pytest.mark.parametrize("name", ("rokoko", "asf", "unreal"))
def test_hands_that_are_stiff_and_not_named_are_no_forearms(name, tmp_path):
    names, rng = NAMES[name], rng_of(50 + list(NAMES).index(name))
    for share in (1.0, 0.2):
        turned = made.calm(made.with_stiff_hands(made.turns(rng)), share)
        for build in (Build(fingers=0), Build(fingers=1)):
            dance = made.moved(made.rig(names, build, made.body(rng)), turned)
            truth = dance.truth(names)
            without_names(dance.rig)
            style = any_style(rng, dance.rig)
            motion = bvh.read(made.write(tmp_path / "a.bvh", dance, style, rng))
            assert farthest(motion.joints, truth) < NEAR_M, (share, build, motion.rig)


@pytest.mark.parametrize("name", ("cmu", "xsens"))
def test_a_body_of_no_proportions_is_read_by_its_names(name, tmp_path):
    names, rng = NAMES[name], rng_of(60)
    at = made.body(rng)
    for side in made.SIDES:  # hardly any shins, arms like ropes
        at[f"knee_{side}"] = at[f"ankle_{side}"] + np.array([0, 0, 0.02])
        at[f"wrist_{side}"] = 4 * at[f"wrist_{side}"]
    dance = made.dance(made.rig(names, Build(), at), rng)
    motion = bvh.read(made.write(tmp_path / "a.bvh", dance, Style(made.Y_UP), rng))
    assert farthest(motion.joints, dance.truth(names)) < NEAR_M, motion.rig


def test_names_that_are_shifted_along_the_limbs_mislead_nobody(tmp_path):
    """As where a bone is called by the joint at its end."""
    names, rng = NAMES["asf"], rng_of(15)
    dance = danced(names, Build(), rng)
    truth = dance.truth(names)
    shifted = replace(
        names, hip="{s}hipjoint", knee="{s}femur", ankle="{s}tibia", toe="{s}foot",
        shoulder="{s}clavicle", elbow="{s}humerus", wrist="{s}radius", collar="{s}thorax",
        hip_helper="{s}root",
    )  # fmt: skip
    rig = made.rig(shifted, Build(), made.body(rng_of(15)))
    dance = replace(dance, rig=rig)
    motion = bvh.read(made.write(tmp_path / "a.bvh", dance, Style(made.Y_UP), rng))
    assert farthest(motion.joints, truth) < NEAR_M, motion.rig


def test_sides_that_the_feet_deny_are_said(tmp_path):
    names, rng = NAMES["xsens"], rng_of(16)
    dance = danced(names, Build(), rng)
    for joint in dance.rig.joints:
        for side, other in (("Left", "RIGHT"), ("Right", "LEFT")):
            joint.name = joint.name.replace(side, other)
    motion = bvh.read(made.write(tmp_path / "a.bvh", dance, Style(made.Y_UP), rng))
    assert len(motion.notes) == 1 and "feet point backwards" in motion.notes[0]
    truth = dance.truth(replace(names, sides=("LEFT", "RIGHT")))
    assert farthest(motion.joints, truth) < NEAR_M


@pytest.mark.parametrize("up", ("y", "z"))
def test_the_floor_tells_what_is_up_where_nobody_stands(up, tmp_path):
    names, rng = NAMES["rokoko"], rng_of(17)
    axes = made.Y_UP if up == "y" else made.Z_UP
    # A dancer who lies, rolls about and goes far over the floor.
    dance = danced(names, Build(), rng)
    roll = Rotation.from_euler("zx", np.linspace([0, 0], [400, 90], made.FRAMES), degrees=True)
    lying = roll * Rotation.from_euler("y", 90, degrees=True)
    places = np.stack(
        [turn.apply(frame - frame[0]) for turn, frame in zip(lying, dance.places, strict=True)]
    )
    places += np.linspace([0, 0, 0], [3, 3, 0], made.FRAMES)[:, None]
    places[..., 2] -= places[..., 2].min(1, keepdims=True)
    dance = replace(dance, places=places)
    path = made.write(tmp_path / "a.bvh", dance, Style(axes, no_rotations=True), rng)
    motion = bvh.read(path)
    assert any("rarely stands" in note and f"{up} is taken" in note for note in motion.notes)
    assert farthest(motion.joints, dance.truth(names)) < NEAR_M
    told = bvh.read(path, JointTable(up=up))
    assert not any("rarely stands" in note for note in told.notes)
    assert np.array_equal(told.joints, motion.joints)
