"""BVH as programs write it, and as it should not be; tables of joints."""

import re
from dataclasses import replace

import made_rigs as made
import numpy as np
import pytest
from made_rigs import NAMES, Build, Style
from seeds import rng_of

from train.readers import bvh, bvh_file, kinematics
from train.readers.joint_table import LIMBS, JointTable, read_table
from train.songs.song import DataError

SMALL = """HIERARCHY
ROOT hips
{
  OFFSET 0 50 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT upper
  {
    OFFSET 0 -10 0
    CHANNELS 2 Yrotation Xrotation
    JOINT lower
    {
      OFFSET 0 -20 0
      CHANNELS 4 Zrotation Yposition Xrotation Xposition
      End Site
      {
        OFFSET 0 0 5
      }
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
1 2 3  90 0 0   90 90   0 -20 0 0
1 2 3   0 0 0    0  0  90 -30 0 4
"""
# By hand. In the first frame the hips turn x to y, the upper joint z to x and y to z.
SMALL_AT = [
    [[1, 2, 3], [11, 2, 3], [11, -18, 3], [16, -18, 3]],
    [[1, 2, 3], [1, -8, 3], [5, -38, 3], [5, -38, 8]],
]


def _read(path, text):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return bvh_file.read_clip(path)


def _at(clip):
    return kinematics.positions(clip.nodes, clip.frames, range(len(clip.nodes)))


def test_channels_in_any_order_and_positions_of_any_joint_turn_and_move_it(tmp_path):
    clip = _read(tmp_path / "a.bvh", SMALL)
    assert [node.name for node in clip.nodes] == ["hips", "upper", "lower", "end of lower"]
    assert abs(clip.fps - 30) < 1e-3 and not clip.notes
    assert np.allclose(_at(clip), SMALL_AT, atol=1e-6)


LAYOUTS = {
    "windows": SMALL.replace("\n", "\r\n"),
    "mac": SMALL.replace("\n", "\r"),
    "tabs": SMALL.replace("  ", "\t").replace("Frames: ", "Frames:\t"),
    "blank lines": SMALL.replace("\n", "\n\n \t\n"),
    "one line a joint": re.sub(r"\n\s*{\n\s*", " { ", SMALL),
    "small letters": SMALL.lower(),
    "large letters": SMALL.upper(),
    "marked as UTF-8": "\ufeff" + SMALL,
    "comments": SMALL.replace("OFFSET 0 50 0", "OFFSET 0 50 0  # of the hips\n// no more").replace(
        "MOTION\n", "# now it moves\nMOTION # here\n"
    ) + "# the end\n",
    "exponents": SMALL.replace("0 -20 0\n", "0e0 -2.0E+01 +.0\n").replace(" 90 ", " 9e1 "),
    "frames over lines": SMALL.replace("90 0 0   90", "90\n0 0\n90"),
    "all frames in a line": SMALL.replace("0 0\n1 2", "0 0 1 2"),
    "no last line break": SMALL.rstrip(),
    "scale channels": SMALL.replace("CHANNELS 2 Y", "CHANNELS 3 Xscale Y").replace(
        "   90 90", " 1 90 90").replace("    0  0", " 1 0 0"),
    "an open end": SMALL.replace("End Site", "End site Toe"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_motion_is_read_however_it_is_laid_out(layout, tmp_path):
    text = LAYOUTS[layout]
    assert text != SMALL
    clip = _read(tmp_path / "a.bvh", text)
    assert np.allclose(_at(clip), SMALL_AT, atol=1e-6) and not clip.notes


def test_names_may_hold_spaces(tmp_path):
    clip = _read(tmp_path / "a.bvh", SMALL.replace("JOINT upper", "JOINT  Bip01 L Thigh "))
    assert clip.nodes[1].name == "Bip01 L Thigh"


def test_of_several_roots_the_first_is_read_and_it_is_said(tmp_path):
    second = "ROOT camera\n{\nOFFSET 0 0 0\nCHANNELS 1 Xposition\n}\nMOTION"
    text = SMALL.replace("-20 0 0\n", "-20 0 0 7\n").replace("0 4\n", "0 4 7\n")
    text = text.replace("MOTION", second)
    clip = _read(tmp_path / "a.bvh", text)
    assert np.allclose(_at(clip), SMALL_AT, atol=1e-6)
    assert clip.notes == ("of its 2 roots the first is read, not 'camera'",)


def test_positions_that_are_0_throughout_leave_the_offset(tmp_path):
    moved = SMALL.replace(" -20 0 0", " 0 0 0").replace(" -30 0 4", " 0 0 0")
    at = _at(_read(tmp_path / "a.bvh", moved))
    assert np.allclose(np.linalg.norm(at[:, 2] - at[:, 1], axis=-1), 20)


SHORT = {
    "fewer frames": (SMALL.replace("Frames: 2", "Frames: 9"), 2, "7 of 9 frames"),
    "a cut line": (SMALL.rstrip()[:-6], 1, "1 of 2 frames"),
    "a line too long": (SMALL.rstrip() + " 5\n", 1, "a line of 13 numbers, not 12"),
    "a word": (SMALL.replace("-30", "down"), 1, "no number"),
    "more frames": (SMALL.replace("Frames: 2", "Frames: 1"), 1, "more than the 1 frames"),
    "a cut line of frames over lines": (LAYOUTS["frames over lines"][:-8], 1, "1 of 2 frames"),
}


@pytest.mark.parametrize("what", SHORT)
def test_whole_frames_are_taken_and_the_others_counted(what, tmp_path):
    text, count, said = SHORT[what]
    clip = _read(tmp_path / "a.bvh", text)
    assert np.allclose(_at(clip), SMALL_AT[:count], atol=1e-6)
    assert len(clip.notes) == 1 and said in clip.notes[0]


def _deep(depth):
    joints = "".join(f"JOINT j{n} {{\nOFFSET 0 1 0\n" for n in range(depth))
    return (
        f"HIERARCHY\nROOT r {{\n{joints}{'}' * (depth + 1)}\nMOTION\nFrames: 1\nFrame Time: .1\n0"
    )


BAD = {
    "no frames": (SMALL.replace("Frames: 2", "Frames: 0"), "no frames"),
    "less than no frames": (SMALL.replace("Frames: 2", "Frames: -3"), "no frames"),
    "half a frame": (SMALL.replace("Frames: 2", "Frames: 1.5"), "no frames"),
    "not a number": (SMALL.replace("-30", "nan"), "1 of its frames, the first in frame 2"),
    "endless": (SMALL.replace("-30", "1e999"), "the first in frame 2"),
    "no time": (SMALL.replace("0.0333333", "0"), "Frame Time"),
    "backwards": (SMALL.replace("0.0333333", "-0.03"), "Frame Time"),
    "milliseconds": (SMALL.replace("0.0333333", "33.3"), "Frame Time"),
    "a decimal comma": (SMALL.replace("0.0333333", "0,0333"), "Frame Time"),
    "time is not a number": (SMALL.replace("0.0333333", "nan"), "Frame Time"),
    "no numbers": (SMALL[: SMALL.index("1 2 3")], "no whole frame"),
    "too few numbers": (SMALL[: SMALL.index("90 90")], "no whole frame"),
    "no motion": (SMALL[: SMALL.index("MOTION")], "no MOTION"),
    "no head of motion": (SMALL.replace("Frame Time: 0.0333333", ""), "Frame Time"),
    "nothing": (b"", "empty"),
    "another kind": (b"glTF\x02\0\0\0" + bytes(999), "no BVH"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(999), "no BVH"),
    "prose": ("This is the story of a dance.\n" * 99, "no BVH"),
    "no root": ("HIERARCHY\nMOTION\nFrames: 1\nFrame Time: .1\n0", "damaged"),
    "open braces": (SMALL.replace("}\nMOTION", "MOTION"), "damaged"),
    "closed too often": (SMALL.replace("}\nMOTION", "}\n}\nMOTION"), "line 21"),
    "no channels": (re.sub(r"CHANNELS.*", "", SMALL), "no CHANNELS"),
    "miscounted channels": (SMALL.replace("CHANNELS 2", "CHANNELS 3"), "line 9"),
    "unknown channels": (SMALL.replace("2 Yrotation", "2 Wrotation"), "line 9"),
    "an offset of two": (SMALL.replace("OFFSET 0 -10 0", "OFFSET 0 -10"), "line 8"),
    "an offset that is none": (SMALL.replace("OFFSET 0 -10 0", "OFFSET 0 nan 0"), "line 8"),
    "an endless offset": (SMALL.replace("OFFSET 0 -10 0", "OFFSET 0 1e300 0"), "line 8"),
    "a joint without a name": (SMALL.replace("JOINT upper", "JOINT"), "line 6"),
    "another keyword": (SMALL.replace("JOINT upper", "BONE upper"), "line 6"),
    "deep": (_deep(30_000), "more than 2000 joints"),
    "not a body": (SMALL, "no joint that can be taken for"),
    "less deep": (_deep(1_500).replace("OFFSET 0 1 0", "OFFSET 0 1 0\nCHANNELS 1 Xrotation", 1),
                  "no joint that can be taken for"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_read_is_said_in_one_sentence(what, tmp_path):
    content, said = BAD[what]
    path = tmp_path / "dance.bvh"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError) as error:
        bvh.read(path)
    words = str(error.value)
    assert "dance.bvh" in words and said in words, words
    assert "\n" not in words and words.endswith(".") and len(words) < 1_000


@pytest.mark.parametrize("seconds", ("0.2", "0.001", "1e-2"))
def test_the_slowest_and_the_quickest_frames_are_read(seconds, tmp_path):
    clip = _read(tmp_path / "a.bvh", SMALL.replace("0.0333333", seconds))
    assert abs(clip.fps * float(seconds) - 1) < 1e-6


@pytest.mark.parametrize("seconds", ("0.201", "0.00099"))
def test_slower_and_quicker_ones_are_not(seconds, tmp_path):
    with pytest.raises(DataError, match="Frame Time"):
        _read(tmp_path / "a.bvh", SMALL.replace("0.0333333", seconds))


def test_many_frames_are_posed_a_block_at_a_time(tmp_path, monkeypatch):
    names, rng = NAMES["rokoko"], rng_of(5)
    dance = made.dance(made.rig(names, Build(), made.body(rng)), rng)
    path = made.write(tmp_path / "a.bvh", dance, Style(made.Y_UP), rng)
    whole = bvh.read(path).joints
    monkeypatch.setattr(kinematics, "BLOCK", 7)
    assert np.allclose(bvh.read(path).joints, whole, atol=1e-6)


def test_a_file_that_is_missing_or_too_large_is_said(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="There is no file"):
        bvh.read(tmp_path / "dance.bvh")
    monkeypatch.setattr(bvh_file, "MOST_BYTES", 100)
    with pytest.raises(DataError, match="cut it into several"):
        _read(tmp_path / "dance.bvh", SMALL)


def test_a_body_that_is_nowhere_near_itself_is_no_dance(tmp_path):
    names, rng = NAMES["mixamo"], rng_of()
    dance = made.dance(made.rig(names, Build(), made.body(rng)), rng)
    far = replace(dance, places=dance.places + np.linspace(0, 5_000, made.FRAMES)[:, None, None])
    with pytest.raises(DataError, match=r"a\.bvh is no dance"):
        bvh.read(made.write(tmp_path / "a.bvh", far, Style(made.Y_UP), rng))


@pytest.mark.parametrize("has_names", (True, False))
def test_arms_are_never_taken_for_legs(has_names, tmp_path):
    """Of a body that was captured from the hips up."""
    names, rng = NAMES["unreal"], rng_of(6)
    whole = made.rig(names, Build(), made.body(rng))
    legs = [i for i, joint in enumerate(whole.joints) if names.hip[:5] in joint.name]
    kept = [i for i in range(len(whole.joints)) if not _hangs_on(whole, i, legs)]
    rig = made.Rig([replace(j, parent=kept.index(j.parent) if j.parent >= 0 else -1)
                    for j in (whole.joints[i] for i in kept)])  # fmt: skip
    for number, joint in enumerate(rig.joints):
        joint.name = joint.name if has_names else f"joint{number}"
    path = made.write(tmp_path / "a.bvh", made.dance(rig, rng), Style(made.Y_UP), rng)
    with pytest.raises(DataError) as error:
        bvh.read(path)
    missing = str(error.value).split(" for ")[1].split(":")[0].split(", ")
    if has_names:
        assert missing == [role for role in LIMBS if role.split("_")[1] in ("hip", "knee", "ankle")]
    else:  # these could be anything, but no whole body
        assert len(missing) >= 6


def _hangs_on(rig, index, tops):
    while index >= 0 and index not in tops:
        index = rig.joints[index].parent
    return index >= 0


# Tables.

HALF = {"left_elbow": "LeftArm2", "left_wrist": "LeftArm3", "up": "y"}


def _one_armed(rng):
    """A rig whose left arm no name tells, and that is longer than any arm."""
    at = made.body(rng)
    shoulder = at["shoulder_left"]
    for key, reach in (("elbow", 1.0), ("wrist", 1.1), ("finger", 1.2)):
        at[f"{key}_left"] = shoulder + np.array([0, reach, 0])
    rig = made.rig(NAMES["cmu"], Build(), at)
    for joint in rig.joints:
        for name, other in (("LeftForeArm", "LeftArm2"), ("LeftHand", "LeftArm3")):
            joint.name = joint.name.replace(name, other)
    return made.dance(rig, rng)


def _toml(path, told):
    path.write_text("".join(f'{key} = "{value}"\n' for key, value in told.items()))
    return read_table(path)


def test_half_a_table_completes_what_was_found(tmp_path):
    dance = _one_armed(rng_of(1))
    names = NAMES["cmu"]
    path = made.write(tmp_path / "a.bvh", dance, Style(made.Y_UP), rng_of(2))
    with pytest.raises(DataError) as error:
        bvh.read(path)
    words = str(error.value)
    assert "for left_elbow, left_wrist:" in words and "--joints" in words and "LeftArm3" in words
    motion = bvh.read(path, _toml(tmp_path / "table.toml", HALF))
    assert motion.rig["left_elbow"] == "LeftArm2" and motion.rig["left_wrist"] == "LeftArm3"
    whole = {**{role: motion.rig[role] for role in LIMBS}, "head": names.head, "up": "y"}
    again = bvh.read(path, _toml(tmp_path / "whole.toml", whole))
    assert np.array_equal(again.joints, motion.joints)
    numbers = {joint.name: i for i, joint in enumerate(dance.rig.joints)}
    elbow = dance.places[:, numbers["LeftArm2"]] - dance.places[:, numbers["LeftArm"]]
    found = motion.joints[:, LIMBS["left_elbow"]] - motion.joints[:, LIMBS["left_shoulder"]]
    assert np.allclose(np.linalg.norm(found, axis=-1), np.linalg.norm(elbow, axis=-1), atol=1e-3)


def test_a_table_stands_above_names_and_tree(tmp_path):
    names, rng = NAMES["mixamo"], rng_of(3)
    dance = made.dance(made.rig(names, Build(), made.body(rng)), rng)
    path = made.write(tmp_path / "a.bvh", dance, Style(made.Y_UP), rng)
    index = "mixamorig:LeftHandIndex1"
    motion = bvh.read(path, JointTable({"left_wrist": index}))
    assert motion.rig == bvh.read(path).rig | {"left_wrist": index}
    lying = bvh.read(path, JointTable(up="-x"))  # the dancer's right
    above = motion.joints[:, 1, 2] - motion.joints[:, [8, 11], 2].mean(1)
    beside = lying.joints[:, 2, 2] - lying.joints[:, 5, 2]
    assert above.min() > 0.3 and beside.mean() > 0.2
    with pytest.raises(DataError, match=r"a\.bvh has no joint 'mixamorig:LeftHnd', .*did you mean"):
        bvh.read(path, JointTable({"left_wrist": "mixamorig:LeftHnd"}))


def test_one_joint_of_a_table_tells_the_sides_of_all(tmp_path):
    names, rng = NAMES["unreal"], rng_of(4)
    dance = made.dance(made.rig(names, Build(toes=False), made.body(rng)), rng)
    numbers = {joint.name: i for i, joint in enumerate(dance.rig.joints)}
    for number, joint in enumerate(dance.rig.joints):
        joint.name = f"joint{number}"
    path = made.write(tmp_path / "a.bvh", dance, Style(made.Y_UP), rng)
    told = JointTable({"right_knee": f"joint{numbers['calf_r']}"})
    other = JointTable({"right_knee": f"joint{numbers['calf_l']}"})
    assert bvh.read(path, told).rig["left_hip"] == f"joint{numbers['thigh_l']}"
    assert bvh.read(path, told).rig["left_wrist"] == f"joint{numbers['hand_l']}"
    assert bvh.read(path, other).rig["left_hip"] == f"joint{numbers['thigh_r']}"


TABLES = {
    "no TOML": ("left_hip is LeftUpLeg", "no table"),
    "another joint": ('left_tail = "Tail"', "no joint 'left_tail'"),
    "a number": ("left_hip = 3", "left_hip must be the name"),
    "no name": ('left_hip = ""', "left_hip must be the name"),
    "a table in it": ('[left_hip]\nname = "LeftUpLeg"', "left_hip must be the name"),
    "another axis": ('up = "w"', "up must be one of"),
    "axes": ('up = ["y"]', "up must be one of"),
    "deep": (f"up = {'[' * 5_000}{']' * 5_000}", "no table"),
    "large": ("# " + "x" * 200_000, "too large"),
    "binary": (b"\xff\xfe\0\0", "no table"),
    "empty": (b"", "empty"),
}


@pytest.mark.parametrize("what", TABLES)
def test_a_table_that_cannot_be_read_is_said_in_one_sentence(what, tmp_path):
    content, said = TABLES[what]
    path = tmp_path / "table.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError) as error:
        read_table(path)
    words = str(error.value)
    assert "table.toml" in words and said in words and "\n" not in words, words


def test_a_table_is_read(tmp_path):
    path = tmp_path / "table.toml"
    path.write_text('# of our suit\nup = "z"\nhead = "Kopf"\nright_knee = "Knie R"\n')
    assert read_table(path) == JointTable({"head": "Kopf", "right_knee": "Knie R"}, "z")
