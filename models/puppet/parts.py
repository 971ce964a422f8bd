"""The parts of a puppet: 16 pieces of a person, rectangles that hang on the joints. Data only.

Lengths are in body scales (about the length of the trunk), or in the part's own limb where it
stretches with that.
"""

from dataclasses import dataclass

import numpy as np

from models.skeleton import (
    FACE,
    JOINTS,
    L_ANKLE,
    L_EAR,
    L_ELBOW,
    L_EYE,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_WRIST,
    NECK,
    NOSE,
    R_ANKLE,
    R_EAR,
    R_ELBOW,
    R_EYE,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
)
from models.types import Array

# Points that are no joints: the middle of the hips and of the face.
MID_HIPS, MID_FACE = 18, 19
POINTS = np.zeros((20, len(JOINTS)), np.float32)  # points = POINTS @ joints
POINTS[: len(JOINTS)] = np.eye(len(JOINTS))
POINTS[MID_HIPS, [R_HIP, L_HIP]] = 1 / 2
POINTS[MID_FACE, list(FACE)] = 1 / 5

# Lines whose direction and length describe a pose. The first nine are limbs that keep their length.
LINES = {
    "trunk": (NECK, MID_HIPS),
    "r_upper_arm": (R_SHOULDER, R_ELBOW),
    "r_forearm": (R_ELBOW, R_WRIST),
    "l_upper_arm": (L_SHOULDER, L_ELBOW),
    "l_forearm": (L_ELBOW, L_WRIST),
    "r_thigh": (R_HIP, R_KNEE),
    "r_shin": (R_KNEE, R_ANKLE),
    "l_thigh": (L_HIP, L_KNEE),
    "l_shin": (L_KNEE, L_ANKLE),
    "shoulders": (R_SHOULDER, L_SHOULDER),
    "hips": (R_HIP, L_HIP),
}
N_LIMBS = 9
TRUNK = 0

_UPPER = (NOSE, NECK, R_SHOULDER, R_ELBOW, R_WRIST, L_SHOULDER, L_ELBOW, L_WRIST, R_HIP, L_HIP)
_LOWER = (NECK, R_SHOULDER, L_SHOULDER, R_HIP, R_KNEE, R_ANKLE, L_HIP, L_KNEE, L_ANKLE)
_HANDS_DECIDE, _FEET_DECIDE = 4.0, 2.0
_HEAD = (NOSE, NECK, R_SHOULDER, L_SHOULDER, R_EYE, L_EYE, R_EAR, L_EAR, R_HIP, L_HIP)


@dataclass(frozen=True)
class Capsule:
    """Where a part surely is: all within `radius` body scales of a line between two points.

    `beyond` moves the line's end on, in body scales: a hand begins at the wrist.
    """

    start: int
    end: int
    radius: float
    beyond: float = 0.0


@dataclass(frozen=True)
class Part:
    """One piece: a rectangle around `origin`, its long side in the direction tail -> head."""

    name: str
    origin: int  # points
    tail: int
    head: int
    along: tuple[float, float]  # of the rectangle, from the origin
    across: tuple[float, float]
    sees: tuple[int, ...]  # joints that it is told of
    told_by: dict[str, float]  # how much each of LINES, "face" or "facing" decides about its view
    capsules: tuple[Capsule, ...]
    near: tuple[str, ...]  # parts it grows together with
    views: int  # that it should have: more where it looks different in every pose
    depth: float = 0.0  # larger is nearer to the audience, before anything is learned
    stretches: bool = False  # its long side follows the drawn length of its limb
    # How quickly one view gives way to the next, 1: as their chances do. Two hands over each other
    # are no hand.
    decides: float = 1.0


def _side(side: str, joints: tuple[int, int, int, int, int, int]) -> list[Part]:
    shoulder, elbow, wrist, hip, knee, ankle = joints
    upper, fore, hand, thigh, shin, foot = (
        f"{side}_{part}" for part in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")
    )
    return [
        Part(
            upper, shoulder, shoulder, elbow, (-0.38, 1.32), (-0.27, 0.27), _UPPER,
            {upper: 1.0, fore: 0.5, "shoulders": 0.7},
            (Capsule(shoulder, elbow, 0.13),), ("torso", fore), 24, 0.6, True,
        ),
        Part(
            fore, elbow, elbow, wrist, (-0.32, 1.3), (-0.21, 0.21), _UPPER,
            {fore: 1.0, upper: 0.5, "shoulders": 0.5},
            (Capsule(elbow, wrist, 0.1),), (upper, hand), 32, 1.0, True,
        ),
        Part(
            hand, wrist, elbow, wrist, (-0.16, 0.5), (-0.27, 0.27), _UPPER,
            {fore: 1.0, upper: 0.5, "shoulders": 0.5},
            (Capsule(elbow, wrist, 0.12, beyond=0.21),), (fore,), 64, 1.4, decides=_HANDS_DECIDE,
        ),
        Part(
            thigh, hip, hip, knee, (-0.3, 1.25), (-0.34, 0.34), _LOWER,
            {thigh: 1.0, shin: 0.5, "hips": 0.8},
            (Capsule(hip, knee, 0.19),), ("pelvis", shin), 16, 0.2, True,
        ),
        Part(
            shin, knee, knee, ankle, (-0.25, 1.22), (-0.28, 0.28), _LOWER,
            {shin: 1.0, thigh: 0.5, "hips": 0.8},
            (Capsule(knee, ankle, 0.15),), (thigh, foot), 16, 0.2, True,
        ),
        Part(
            foot, ankle, ankle, ankle, (-0.22, 0.4), (-0.44, 0.44), _LOWER,
            {shin: 1.0, thigh: 0.5, "hips": 1.0},
            (Capsule(ankle, ankle, 0.16, beyond=0.1),), (shin,), 40, 0.4, decides=_FEET_DECIDE,
        ),
    ]  # fmt: skip


PARTS: tuple[Part, ...] = (
    Part(
        "torso", NECK, NECK, MID_HIPS, (-0.22, 1.3), (-0.55, 0.55), (*_UPPER, R_KNEE, L_KNEE),
        {"shoulders": 1.5, "hips": 1.0, "trunk": 1.0},
        (
            Capsule(R_SHOULDER, R_HIP, 0.16), Capsule(L_SHOULDER, L_HIP, 0.16),
            Capsule(NECK, MID_HIPS, 0.2), Capsule(R_SHOULDER, L_SHOULDER, 0.1),
        ),
        ("pelvis", "neck"), 28, 0.0, True,
    ),
    Part(
        "pelvis", MID_HIPS, NECK, MID_HIPS, (-0.3, 0.5), (-0.5, 0.5), _LOWER,
        {"hips": 1.5, "trunk": 1.0, "r_thigh": 0.5, "l_thigh": 0.5},
        (Capsule(R_HIP, L_HIP, 0.2),), ("torso", "r_thigh", "l_thigh"), 16, -0.5,
    ),
    Part(
        "neck", NECK, NECK, MID_FACE, (-0.2, 0.45), (-0.28, 0.28), _HEAD,
        {"face": 4.0, "facing": 0.5, "shoulders": 0.3},
        (Capsule(NECK, MID_FACE, 0.12),), ("torso", "head"), 16, -0.3,
    ),
    Part(
        "head", MID_FACE, MID_FACE, MID_FACE, (-0.62, 0.42), (-0.44, 0.44), _HEAD,
        {"face": 4.0, "facing": 0.5, "shoulders": 0.3},
        (Capsule(MID_FACE, MID_FACE, 0.28),), ("neck",), 40, 0.6,
    ),
    *_side("r", (R_SHOULDER, R_ELBOW, R_WRIST, R_HIP, R_KNEE, R_ANKLE)),
    *_side("l", (L_SHOULDER, L_ELBOW, L_WRIST, L_HIP, L_KNEE, L_ANKLE)),
)  # fmt: skip
NAMES = tuple(part.name for part in PARTS)
N_PARTS = len(PARTS)
HEAD = NAMES.index("head")
DECIDES = np.array([part.decides for part in PARTS], np.float32)
ALIKE = 1e-6  # added to the chance of a view: three that suit alike are mixed evenly


def limb_of(part: Part) -> int:
    """Which of LINES a part that stretches follows."""
    return list(LINES.values()).index((part.tail, part.head))


def ranges() -> Array:
    """(P, 4): along from, to, across from, to of every part."""
    return np.array([(*part.along, *part.across) for part in PARTS], np.float32)
