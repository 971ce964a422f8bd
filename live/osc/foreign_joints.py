"""The joints of other programs, laid out of our 18. Pure."""

import numpy as np

from models.skeleton import (
    HAND_REACH,
    JOINTS,
    L_ANKLE,
    L_EAR,
    L_ELBOW,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_WRIST,
    NECK,
    R_ANKLE,
    R_EAR,
    R_ELBOW,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
)
from models.types import Array

_HAND = 1 + HAND_REACH  # of the forearm, from the elbow

# What a Kinect sees, in the order in which OSCeleton sends it: weights of our joints.
_KINECT: dict[str, dict[int, float]] = {
    "head": {R_EAR: 0.5, L_EAR: 0.5},
    "neck": {NECK: 1},
    "l_shoulder": {L_SHOULDER: 1},
    "l_elbow": {L_ELBOW: 1},
    "l_hand": {L_WRIST: _HAND, L_ELBOW: 1 - _HAND},
    "r_shoulder": {R_SHOULDER: 1},
    "r_elbow": {R_ELBOW: 1},
    "r_hand": {R_WRIST: _HAND, R_ELBOW: 1 - _HAND},
    "torso": {NECK: 0.5, R_HIP: 0.25, L_HIP: 0.25},
    "l_hip": {L_HIP: 1},
    "l_knee": {L_KNEE: 1},
    "l_foot": {L_ANKLE: 1},
    "r_hip": {R_HIP: 1},
    "r_knee": {R_KNEE: 1},
    "r_foot": {R_ANKLE: 1},
}
_WEIGHTS = np.zeros((len(_KINECT), len(JOINTS)))
for _row, _parts in enumerate(_KINECT.values()):
    for _joint, _weight in _parts.items():
        _WEIGHTS[_row, _joint] = _weight

OSCELETON_JOINTS = tuple(_KINECT)
_SIDES = {"l": "Left", "r": "Right"}
NI_MATE_JOINTS = tuple(
    "_".join(_SIDES.get(part, part.capitalize()) for part in name.split("_"))
    for name in OSCELETON_JOINTS
)

POSENET_JOINTS = (
    "nose", "leftEye", "rightEye", "leftEar", "rightEar", "leftShoulder", "rightShoulder",
    "leftElbow", "rightElbow", "leftWrist", "rightWrist", "leftHip", "rightHip", "leftKnee",
    "rightKnee", "leftAnkle", "rightAnkle",
)  # fmt: skip


def _ours(name: str) -> str:
    """leftEye -> l_eye."""
    for long, short in (("left", "l_"), ("right", "r_")):
        if name.startswith(long):
            return short + name.removeprefix(long).lower()
    return name


_POSENET = [JOINTS.index(_ours(name)) for name in POSENET_JOINTS]


def kinect_joints(joints: Array) -> Array:
    """(18, 2) -> (15, 2), in the order of OSCELETON_JOINTS and NI_MATE_JOINTS."""
    return _WEIGHTS @ joints


def posenet_joints(joints: Array) -> Array:
    """(18, 2) -> (17, 2), in the order of POSENET_JOINTS."""
    return joints[_POSENET]
