"""Made rigs of many makers' names, and a known motion on them, written as BVH.

A body stands in a T-pose, metres, x forward, y left, z up, hip to ankle 0.82. Every joint of a rig
carries a segment of it; a joint's own axes may be anything (`own_axes`): so are rest poses.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from models import skeleton

FPS, FRAMES = 60.0, 90
SIDES = ("left", "right")
LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
TRUTH = {f"{side[0]}_{limb}": f"{limb}_{side}" for side in SIDES for limb in LIMBS}
ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


@dataclass(frozen=True)
class Names:
    """How a maker calls joints; {s} is the side, {n} a number."""

    sides: tuple[str, str]
    hips: str
    spine: str
    neck: str
    head: str
    collar: str
    shoulder: str
    elbow: str
    wrist: str
    hip: str
    knee: str
    ankle: str
    toe: str
    finger: str = "Finger{n}{s}"
    top: str = ""  # of the head, where it has a joint
    root: str = ""  # above the hips
    hip_helper: str = ""  # between hips and hip, at the hips
    twist: str = ""  # beside or in the bones of the limbs; {b} is the bone's joint
    is_twist_in_chain: bool = False
    legs_on_spine: bool = False  # as in a Biped, whose arms leave the neck
    face: tuple[str, ...] = ()


def _humps(start: str, **more) -> Names:
    """As MotionBuilder calls them."""
    both = start + "{s}"
    return Names(
        ("Left", "Right"), f"{start}Hips", f"{start}Spine{{n}}", f"{start}Neck{{n}}",
        f"{start}Head", f"{both}Shoulder", f"{both}Arm", f"{both}ForeArm", f"{both}Hand",
        f"{both}UpLeg", f"{both}Leg", f"{both}Foot", f"{both}ToeBase", f"{both}HandIndex{{n}}",
        **more,
    )  # fmt: skip


NAMES = {
    "mixamo": _humps("mixamorig:", top="mixamorig:HeadTop_End"),
    "motionbuilder": _humps("", root="Reference", twist="{b}Roll"),
    "cmu": _humps("", hip_helper="{s[0]}HipJoint"),
    "rokoko": Names(
        ("Left", "Right"), "Hips", "Spine{n}", "Neck{n}", "Head", "{s}Shoulder", "{s}Arm",
        "{s}ForeArm", "{s}Hand", "{s}Thigh", "{s}Shin", "{s}Foot", "{s}Toe", "{s}Digit{n}",
    ),
    "xsens": Names(
        ("Left", "Right"), "Hips", "Chest{n}", "Neck{n}", "Head", "{s}Collar", "{s}Shoulder",
        "{s}Elbow", "{s}Wrist", "{s}Hip", "{s}Knee", "{s}Ankle", "{s}Toe",
    ),
    "biped": Names(
        ("L", "R"), "Bip01 Pelvis", "Bip01 Spine{n}", "Bip01 Neck{n}", "Bip01 Head",
        "Bip01 {s} Clavicle", "Bip01 {s} UpperArm", "Bip01 {s} Forearm", "Bip01 {s} Hand",
        "Bip01 {s} Thigh", "Bip01 {s} Calf", "Bip01 {s} Foot", "Bip01 {s} Toe0",
        "Bip01 {s} Finger{n}", root="Bip01", legs_on_spine=True,
    ),
    "makehuman": Names(
        ("L", "R"), "root", "spine0{n}", "neck0{n}", "head", "clavicle.{s}", "upperarm01.{s}",
        "lowerarm01.{s}", "wrist.{s}", "upperleg01.{s}", "lowerleg01.{s}", "foot.{s}",
        "toe1-1.{s}", "finger{n}-1.{s}", hip_helper="pelvis.{s}", twist="{b}2.{s}",
        is_twist_in_chain=True, face=("jaw", "eye.L", "eye.R", "oris.L", "oris.R", "tongue00"),
    ),
    "asf": Names(
        ("l", "r"), "root", "back{n}", "neck{n}", "head", "{s}clavicle", "{s}humerus", "{s}radius",
        "{s}wrist", "{s}femur", "{s}tibia", "{s}foot", "{s}toes", "{s}fingers{n}",
        hip_helper="{s}hipjoint",
    ),
    "vicon": Names(
        ("L", "R"), "PEL", "TRX{n}", "NEC{n}", "HED", "{s}CL", "{s}HU", "{s}RA", "{s}HN", "{s}FE",
        "{s}TI", "{s}FO", "{s}TO", "{s}FI{n}",
    ),
    "optitrack": Names(
        ("L", "R"), "Hip", "Ab{n}", "Neck{n}", "Head", "{s}Shoulder", "{s}UArm", "{s}FArm",
        "{s}Hand", "{s}Thigh", "{s}Shin", "{s}Foot", "{s}Toe", "{s}Thumb{n}", root="Skeleton 001",
    ),
    "daz": Names(
        ("l", "r"), "hip", "abdomen{n}", "neck{n}", "head", "{s}Collar", "{s}ShldrBend",
        "{s}ForearmBend", "{s}Hand", "{s}ThighBend", "{s}Shin", "{s}Foot", "{s}Toe", "{s}Index{n}",
        twist="{b}Twist", is_twist_in_chain=True, face=("lEye", "rEye", "lowerJaw"),
    ),
    "unreal": Names(
        ("l", "r"), "pelvis", "spine_0{n}", "neck_0{n}", "head", "clavicle_{s}", "upperarm_{s}",
        "lowerarm_{s}", "hand_{s}", "thigh_{s}", "calf_{s}", "foot_{s}", "ball_{s}",
        "index_0{n}_{s}", root="root", twist="{b}_twist_01",
    ),
    "rigify": Names(
        ("L", "R"), "DEF-spine", "DEF-spine.00{n}", "DEF-neck.00{n}", "DEF-head",
        "DEF-shoulder.{s}", "DEF-upper_arm.{s}", "DEF-forearm.{s}", "DEF-hand.{s}",
        "DEF-thigh.{s}", "DEF-shin.{s}", "DEF-foot.{s}", "DEF-toe.{s}",
        "DEF-f_index.0{n}.{s}", root="Armature", twist="{b}.001", is_twist_in_chain=True,
    ),
}  # fmt: skip


@dataclass
class Joint:
    name: str
    parent: int
    segment: str  # of the body, with which it turns
    place: np.ndarray  # (3,) in the T-pose
    is_end: bool = False


@dataclass(frozen=True)
class Build:
    """What a rig has; all else is in its names."""

    n_spine: int = 3
    n_neck: int = 1
    fingers: int = 3
    collars: bool = True
    head: bool = True
    toes: bool = True
    hands_and_feet: bool = True  # else wrists and ankles are End Sites


@dataclass
class Rig:
    joints: list[Joint] = field(default_factory=list)

    def add(self, name: str, parent: int, segment: str, place, is_end: bool = False) -> int:
        self.joints.append(Joint(name, parent, segment, np.array(place, float), is_end))
        return len(self.joints) - 1

    def end(self, parent: int, segment: str, place) -> None:
        self.add("", parent, segment, place, is_end=True)


def body(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Where the joints of somebody are in a T-pose."""
    thigh = rng.uniform(0.38, 0.44)
    upper, fore, wide = rng.uniform(0.9, 1.1, 3) * (0.28, 0.25, 0.18)
    places = {"pelvis": (0.0, 0.0, 0.97), "chest": (0.0, 0.0, 1.3), "neck": (-0.01, 0.0, 1.46),
              "head": (0.02, 0.0, 1.58), "top": (0.02, 0.0, 1.79)}  # fmt: skip
    for side, sign in zip(SIDES, (1, -1), strict=True):
        there = {
            "collar": (0.01, 0.03, 1.42), "shoulder": (0.0, wide, 1.43),
            "elbow": (0.0, wide + upper, 1.43), "wrist": (0.0, wide + upper + fore, 1.43),
            "finger": (0.0, wide + upper + fore + 0.09, 1.43), "hip": (0.0, 0.1, 0.92),
            "knee": (0.0, 0.1, 0.92 - thigh), "ankle": (0.0, 0.1, 0.1),
            "toe": (0.14, 0.11, 0.02), "toe end": (0.2, 0.11, 0.02),
        }  # fmt: skip
        places |= {f"{k}_{side}": (x, sign * y, z) for k, (x, y, z) in there.items()}
    return {key: np.array(place) for key, place in places.items()}


def stretched(rng: np.random.Generator, at: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same body as of a child, a giant or a comic figure; its legs keep their length."""
    made = {key: place.copy() for key, place in at.items()}
    trunk, wide, hips = rng.uniform(0.8, 1.35), rng.uniform(0.75, 1.4), rng.uniform(0.6, 1.5)
    arm, upper, hand = rng.uniform(0.75, 1.3), rng.uniform(0.85, 1.2), rng.uniform(0.7, 2)
    base = at["pelvis"][2]
    for key in ("chest", "neck", *(f"{k}_{s}" for k in ("collar", "shoulder") for s in SIDES)):
        made[key][2] = base + trunk * (at[key][2] - base)
    for key in ("head", "top"):
        made[key][2] = made["neck"][2] + rng.uniform(1, 2) * (at[key][2] - at["neck"][2])
    made["top"][2] = max(made["top"][2], made["head"][2] + 0.1)
    for side in SIDES:
        made[f"shoulder_{side}"][1] *= wide
        for key in ("hip", "knee", "ankle", "toe", "toe end"):
            made[f"{key}_{side}"][1] *= hips
        bones = (("shoulder", "elbow", arm * upper), ("elbow", "wrist", arm / upper),
                 ("wrist", "finger", arm * hand))  # fmt: skip
        for start, end, longer in bones:
            bone = at[f"{end}_{side}"] - at[f"{start}_{side}"]
            made[f"{end}_{side}"] = made[f"{start}_{side}"] + longer * bone
    return made


def rig(names: Names, build: Build, at: dict[str, np.ndarray]) -> Rig:
    """The joints of a body `at` these places under a maker's names."""
    made = Rig()
    top = made.add(names.root, -1, "ground", (0.0, 0.0, 0.0)) if names.root else -1
    hips = last = made.add(names.hips, top, "pelvis", at["pelvis"])
    spine: list[int] = []
    for n in range(build.n_spine):
        share = (n + 0.5) / build.n_spine
        place = at["pelvis"] + share * (at["chest"] - at["pelvis"])
        last = made.add(names.spine.format(n=n or ""), last, f"spine {share:.2f}", place)
        spine.append(last)
    neck = chest = last
    if build.head:
        neck = _head(made, names, build, at, chest)
    for side, called in zip(SIDES, names.sides, strict=True):
        _arm(made, names, build, at, neck if names.legs_on_spine else chest, side, called)
        _leg(made, names, build, at, spine[0] if names.legs_on_spine else hips, side, called)
    return made


def _head(made: Rig, names: Names, build: Build, at: dict, chest: int) -> int:
    """The first joint of the neck."""
    last, necks = chest, []
    for n in range(build.n_neck):
        place = at["neck"] + n / build.n_neck * (at["head"] - at["neck"])
        last = made.add(names.neck.format(n=n or ""), last, "neck", place)
        necks.append(last)
    head = made.add(names.head, last, "head", at["head"])
    for name in names.face:
        made.end(made.add(name, head, "head", at["head"] + (0.08, 0.03, 0.07)), "head", at["top"])
    top = made.add(names.top, head, "head", at["top"]) if names.top else head
    made.end(top, "head", at["top"])
    return necks[0] if necks else chest


def _arm(
    made: Rig, names: Names, build: Build, at: dict, last: int, side: str, called: str
) -> None:
    if build.collars:
        last = made.add(names.collar.format(s=called), last, "chest", at[f"collar_{side}"])
    for key in ("shoulder", "elbow"):
        following = {"shoulder": "elbow", "elbow": "wrist"}[key]
        last = _bone(made, names, last, key, following, at, side, called)
    segment = f"wrist_{side}"
    if not build.hands_and_feet:
        made.end(last, f"elbow_{side}", at[segment])
        return
    last = made.add(names.wrist.format(s=called), last, segment, at[segment])
    reach = at[f"finger_{side}"] - at[segment]
    for finger in range(build.fingers):
        before = last
        for n in range(3):
            place = at[segment] + (1 + 0.3 * n) * reach + (0.02 * finger - 0.02, 0, 0)
            name = names.finger.format(s=called, n=1 + n + 10 * finger)
            before = made.add(name, before, segment, place)
        made.end(before, segment, place + 0.2 * reach)
    if not build.fingers:
        made.end(last, segment, at[segment] + 1.5 * reach)


def _leg(
    made: Rig, names: Names, build: Build, at: dict, last: int, side: str, called: str
) -> None:
    if names.hip_helper:
        last = made.add(names.hip_helper.format(s=called), last, "pelvis", at["pelvis"])
    for key, following in (("hip", "knee"), ("knee", "ankle")):
        last = _bone(made, names, last, key, following, at, side, called)
    segment = f"ankle_{side}"
    if not build.hands_and_feet:
        made.end(last, f"knee_{side}", at[segment])
        return
    last = made.add(names.ankle.format(s=called), last, segment, at[segment])
    if build.toes:
        last = made.add(names.toe.format(s=called), last, segment, at[f"toe_{side}"])
    made.end(last, segment, at[f"toe end_{side}"] if build.toes else at[segment])


def _bone(
    made: Rig, names: Names, last: int, key: str, following: str, at: dict, side: str, called
):
    """The joint of a bone, with the twist joints of its maker; the one that the next hangs on."""
    segment, begin, end = f"{key}_{side}", at[f"{key}_{side}"], at[f"{following}_{side}"]
    name = getattr(names, key).format(s=called)
    last = made.add(name, last, segment, begin)
    if not names.twist:
        return last
    twist = names.twist.format(b=name.removesuffix(f".{called}"), s=called)
    place = begin + 0.55 * (end - begin)
    beside = made.add(twist, last, f"twist {segment}", place)
    if names.is_twist_in_chain:
        return beside
    made.end(beside, segment, place)
    return last


def hang(made: Rig, name: str, steps: list[tuple[float, float, float]]) -> None:
    """A chain of joints on the joint of that name, from step to step."""
    last = [joint.name for joint in made.joints].index(name)
    segment = made.joints[last].segment
    for step in steps:
        place = made.joints[last].place + step
        last = made.add(f"hung {len(made.joints)}", last, segment, place)
    made.end(last, segment, made.joints[last].place + steps[-1])


def turns(rng: np.random.Generator, frames: int = FRAMES) -> dict[str, Rotation]:
    """How the segments of somebody who dances are turned in the world, a rotation a frame."""
    time = np.arange(frames) / FPS

    def wave(low: float, high: float) -> np.ndarray:
        phase, hz = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.6)
        return low + (high - low) * (1 + np.sin(2 * np.pi * hz * time + phase)) / 2

    def turn(axes: str, *ranges: tuple[float, float]) -> Rotation:
        return Rotation.from_euler(axes, np.stack([wave(*r) for r in ranges], -1), degrees=True)

    found = {"ground": Rotation.identity(frames)}
    found["pelvis"] = turn("zyx", (-50, 50), (-5, 10), (-8, 8))
    found["chest"] = found["pelvis"] * turn("zyx", (-20, 20), (-5, 25), (-15, 15))
    found["neck"] = found["chest"] * turn("zyx", (-20, 20), (-10, 10), (-8, 8))
    found["head"] = found["neck"] * turn("zyx", (-30, 30), (-15, 15), (-8, 8))
    for side, sign in zip(SIDES, (1, -1), strict=True):
        hip = turn("yxz", (-60, 20), (0, 25 * sign), (-15, 15))
        found[f"hip_{side}"] = found["pelvis"] * hip
        found[f"knee_{side}"] = found[f"hip_{side}"] * turn("y", (3, 80))
        found[f"ankle_{side}"] = found[f"knee_{side}"] * turn("y", (-25, 25))
        arm = turn("xzy", (-80 * sign, 40 * sign), (-40, 40), (-40, 40))
        found[f"shoulder_{side}"] = found["chest"] * arm
        elbow = found[f"shoulder_{side}"] * turn("z", (-5 * sign, -110 * sign))
        found[f"elbow_{side}"] = elbow
        found[f"wrist_{side}"] = elbow * turn("xz", (-40, 40), (-30, 30))
        for limb, axis in (("hip", "z"), ("knee", "z"), ("shoulder", "y"), ("elbow", "y")):
            segment = f"{limb}_{side}"
            found[f"twist {segment}"] = found[segment] * turn(axis, (-40, 40))
    return found


def with_stiff_hands(found: dict[str, Rotation]) -> dict[str, Rotation]:
    """As of a suit without gloves."""
    return found | {f"wrist_{side}": found[f"elbow_{side}"] for side in SIDES}


def calm(found: dict[str, Rotation], share: float) -> dict[str, Rotation]:
    """Every turn that share of what it is."""
    return {key: Rotation.from_rotvec(share * turn.as_rotvec()) for key, turn in found.items()}


def _segment(found: dict[str, Rotation], name: str) -> Rotation:
    """Those between pelvis and chest are turned between."""
    if not name.startswith("spine"):
        return found[name]
    share = float(name.split()[1])
    way = (found["pelvis"].inv() * found["chest"]).as_rotvec()
    return found["pelvis"] * Rotation.from_rotvec(share * way)


@dataclass(frozen=True)
class Danced:
    """A rig in motion: its rotations in the world and where its joints are, metres."""

    rig: Rig
    turned: list[Rotation]
    places: np.ndarray  # (N, joints, 3)

    def truth(self, names: Names) -> np.ndarray:
        """(N, 18, 3), NaN for the face."""
        joints = np.full((len(self.places), 18, 3), np.nan)
        by_name = {joint.name: i for i, joint in reversed(list(enumerate(self.rig.joints)))}
        ends = {joint.parent: i for i, joint in enumerate(self.rig.joints) if joint.is_end}
        for ours, key in TRUTH.items():
            limb, side = key.split("_")
            name = getattr(names, limb).format(s=names.sides[SIDES.index(side)])
            if name not in by_name:
                bone = getattr(names, {"wrist": "elbow", "ankle": "knee"}[limb])
                by_name[name] = ends[by_name[bone.format(s=names.sides[SIDES.index(side)])]]
            joints[:, skeleton.JOINTS.index(ours)] = self.places[:, by_name[name]]
        joints[:, 1] = joints[:, [2, 5]].mean(1)
        return joints


def dance(made: Rig, rng: np.random.Generator, frames: int = FRAMES) -> Danced:
    """The motion of `turns` on a rig; the pelvis goes about the room."""
    return moved(made, turns(rng, frames))


def moved(made: Rig, found: dict[str, Rotation]) -> Danced:
    """A rig whose segments are turned so in the world."""
    frames = len(found["ground"])
    turned = [_segment(found, joint.segment) for joint in made.joints]
    time = np.arange(frames) / FPS
    way = np.stack([0.5 * np.sin(time), 0.4 * time, 0.05 * np.cos(9 * time)], -1)
    places = np.zeros((frames, len(made.joints), 3))
    for i, joint in enumerate(made.joints):
        if joint.parent < 0:
            places[:, i] = joint.place + way
        else:
            offset = joint.place - made.joints[joint.parent].place
            places[:, i] = places[:, joint.parent] + turned[joint.parent].apply(offset)
    return Danced(made, turned, places)


@dataclass(frozen=True)
class Style:
    """How a program writes a rig; nothing of it may be seen in what is read."""

    axes: Rotation = field(default_factory=Rotation.identity)  # metres, z up -> the file's axes
    unit: float = 1.0  # of the file in a metre
    own_axes: dict[str, Rotation] = field(default_factory=dict)  # of segments, in the T-pose
    all_positions: bool = False  # six channels on every joint
    no_rotations: bool = False  # positions alone, from joint to joint
    newline: str = "\n"
    indent: str = "  "


Y_UP = Rotation.from_matrix([[0, 1, 0], [0, 0, 1], [1, 0, 0]])  # the dancer looks along z
Z_UP = Rotation.from_matrix([[0, 1, 0], [-1, 0, 0], [0, 0, 1]])  # the dancer looks along -y


def arms_down(degrees: float) -> dict[str, Rotation]:
    """Rest poses in which the arms hang so far below those of a T-pose."""
    return {
        f"{limb}_{side}": Rotation.from_euler("x", sign * degrees, degrees=True)
        for side, sign in zip(SIDES, (1, -1), strict=True)
        for limb in ("shoulder", "elbow", "wrist")
    }


def any_axes(rng: np.random.Generator, made: Rig) -> dict[str, Rotation]:
    """Rest poses that are no poses at all."""
    segments = sorted({joint.segment for joint in made.joints} - {"ground"})
    return dict(zip(segments, Rotation.random(len(segments), rng=rng), strict=True))


def write(path: Path, danced: Danced, style: Style, rng: np.random.Generator) -> Path:
    """As a BVH file, each joint with its channels in an order of its own."""
    joints, axes = danced.rig.joints, style.axes
    own = [style.own_axes.get(j.segment, Rotation.identity()) for j in joints]
    pairs = zip(danced.turned, own, strict=True)
    world = [axes * turned * axis * axes.inv() for turned, axis in pairs]
    columns: list[np.ndarray] = []
    text: list[str] = ["HIERARCHY"]

    def block(index: int, depth: int) -> None:
        joint, pad = joints[index], style.indent * depth
        offset = np.zeros(3)
        if joint.parent >= 0:
            between = joint.place - joints[joint.parent].place
            offset = style.unit * axes.apply(own[joint.parent].inv().apply(between))
        kind = "End Site" if joint.is_end else f"{'JOINT' if depth else 'ROOT'} {joint.name}"
        text.extend([pad + kind, pad + "{"])
        text.append(f"{pad}{style.indent}OFFSET " + " ".join(f"{x:.7g}" for x in offset))
        if not joint.is_end:
            _channels(index, offset, f"{pad}{style.indent}")
        for child in [i for i, j in enumerate(joints) if j.parent == index]:
            block(child, depth + 1)
        text.append(pad + "}")

    def _channels(index: int, offset: np.ndarray, pad: str) -> None:
        parent = joints[index].parent
        if style.no_rotations:
            places = danced.places[:, index] - (danced.places[:, parent] if parent >= 0 else 0)
            text.append(f"{pad}CHANNELS 3 Zposition Xposition Yposition")
            columns.append(style.unit * axes.apply(places)[:, [2, 0, 1]])
            return
        order = ORDERS[int(rng.integers(len(ORDERS)))]
        above = world[parent].inv() if parent >= 0 else Rotation.identity()
        names = [f"{axis}rotation" for axis in order]
        values = (above * world[index]).as_euler(order, degrees=True)
        if parent < 0 or style.all_positions:
            place = np.repeat(offset[None], len(values), 0)
            if parent < 0:
                place = style.unit * axes.apply(danced.places[:, index])
            names = [f"{axis}position" for axis in "XYZ"] + names
            values = np.concatenate([place, values], 1)
        text.append(f"{pad}CHANNELS {len(names)} " + " ".join(names))
        columns.append(values)

    block(0, 0)
    frames = np.concatenate(columns, 1)
    text += ["MOTION", f"Frames:\t{len(frames)}", f"Frame Time: {1 / FPS:.7f}"]
    text += [" ".join(f"{x:.6f}" for x in row) for row in frames]
    path.write_text(style.newline.join(text) + style.newline, newline="")
    return path
