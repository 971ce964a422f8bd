"""The 18-joint body: names, bones, body units, re-posing on other bones, framing. Numpy only.

A pose is float32 (..., 18, 2) in body units: origin where the middle of the hips is when standing,
x right, y down as the audience sees it; 1 unit = 0.62 x (neck-to-hip + thigh + shin).
"""

from dataclasses import dataclass

import numpy as np

from models.types import Array

# COCO-18 / OpenPose order, named as OSCeleton writes them; left and right are the dancer's own.
JOINTS = (
    "nose", "neck", "r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist",
    "r_hip", "r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle", "r_eye", "l_eye", "r_ear", "l_ear",
)  # fmt: skip
NOSE, NECK = 0, 1
R_SHOULDER, R_ELBOW, R_WRIST = 2, 3, 4
L_SHOULDER, L_ELBOW, L_WRIST = 5, 6, 7
R_HIP, R_KNEE, R_ANKLE = 8, 9, 10
L_HIP, L_KNEE, L_ANKLE = 11, 12, 13
R_EYE, L_EYE, R_EAR, L_EAR = 14, 15, 16, 17
PELVIS = -1  # the middle of the hips, root of the tree; not itself a joint
PARENTS = (1, PELVIS, 1, 2, 3, 1, 5, 6, PELVIS, 8, 9, PELVIS, 11, 12, 0, 0, 14, 15)
# Parents before children.
TREE_ORDER = (1, 8, 11, 0, 2, 5, 9, 12, 3, 6, 10, 13, 4, 7, 14, 15, 16, 17)
MIRROR = (0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16)
# The 17 limbs that are drawn (the authors' list: hips hang on the neck).
LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10),
    (1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip

FACE = (NOSE, R_EYE, L_EYE, R_EAR, L_EAR)
ANKLES = (R_ANKLE, L_ANKLE)
FOREARMS = ((R_ELBOW, R_WRIST), (L_ELBOW, L_WRIST))
HAND_REACH = 0.35  # of the forearm, beyond the wrist: where the hand's middle is
# Right and left of what can be exchanged.
ARM_PAIRS = ((R_SHOULDER, L_SHOULDER), (R_ELBOW, L_ELBOW), (R_WRIST, L_WRIST))
LEG_PAIRS = ((R_HIP, L_HIP), (R_KNEE, L_KNEE), (R_ANKLE, L_ANKLE))
FACE_PAIRS = ((R_EYE, L_EYE), (R_EAR, L_EAR))

# Body units, by joint: the length of the bone that ends there (medians of dance_with_melody).
CANONICAL_LENGTHS = np.array(
    [0.173, 0.590, 0.174, 0.363, 0.308, 0.174, 0.363, 0.308, 0.139,
     0.592, 0.430, 0.139, 0.592, 0.430, 0.064, 0.064, 0.122, 0.122],
    dtype=np.float32,
)  # fmt: skip
UNIT_FACTOR = 0.62
MIN_BONE = 1e-3  # shorter is not a measurement
CANONICAL_LEG = float(CANONICAL_LENGTHS[9] + CANONICAL_LENGTHS[10])

_STANDING = [
    (0.0, -0.727), (0.0, -0.59), (-0.174, -0.58), (-0.23, -0.22), (-0.24, 0.085),
    (0.174, -0.58), (0.23, -0.22), (0.24, 0.085), (-0.139, 0.0), (-0.145, 0.59), (-0.15, 1.02),
    (0.139, 0.0), (0.145, 0.59), (0.15, 1.02),
    (-0.036, -0.768), (0.036, -0.768), (-0.092, -0.76), (0.092, -0.76),
]  # fmt: skip
STANDING = np.array(_STANDING, dtype=np.float32)


def pelvis(poses: Array) -> Array:
    """The middle of the hips, (..., 2)."""
    return (poses[..., R_HIP, :] + poses[..., L_HIP, :]) / 2


def bone_vectors(poses: Array) -> Array:
    """From each joint's parent to the joint, (..., 18, 2)."""
    root = pelvis(poses)
    parents = np.stack(
        [root if parent == PELVIS else poses[..., parent, :] for parent in PARENTS], axis=-2
    )
    return poses - parents


def from_bones(root: Array, bones: Array) -> Array:
    """The inverse of `bone_vectors`: root (..., 2) and bones (..., 18, 2) to poses (..., 18, 2)."""
    poses = np.empty_like(bones)
    for joint in TREE_ORDER:
        parent = PARENTS[joint]
        poses[..., joint, :] = (root if parent == PELVIS else poses[..., parent, :]) + bones[
            ..., joint, :
        ]
    return poses


def bone_lengths(poses: Array) -> Array:
    """Length of every drawn bone, (..., 18)."""
    return np.linalg.norm(bone_vectors(poses), axis=-1)


def repose(poses: Array, lengths_from: Array, lengths_to: Array) -> Array:
    """The same pose on another body: bones scaled by their ratios, the root by the legs'."""
    leg = float((lengths_to[9] + lengths_to[10]) / (lengths_from[9] + lengths_from[10]))
    ratio = np.asarray(lengths_to / lengths_from, dtype=np.float32)[:, None]
    return from_bones(pelvis(poses) * np.float32(leg), bone_vectors(poses) * ratio)


def hung(poses: Array, joints: Array) -> Array:
    """Poses (N, 18, 2) in which these joints, bool (18,), hang on their parents as when standing.

    What hangs on them goes with them.
    """
    bones = bone_vectors(poses)
    bones[:, joints] = bone_vectors(STANDING)[joints]
    return from_bones(pelvis(poses), bones)


def limit_bones(poses: Array, lengths: Array = CANONICAL_LENGTHS) -> Array:
    """Cut every bone to its length (a projected bone can be shorter, never longer)."""
    bones = bone_vectors(poses)
    drawn = np.linalg.norm(bones, axis=-1, keepdims=True)
    return from_bones(pelvis(poses), bones * np.minimum(1, lengths[:, None] / (drawn + 1e-8)))


def mirror(poses: Array) -> Array:
    """Left and right exchanged, (..., 18, 2) around x = 0."""
    flipped = poses[..., MIRROR, :].copy()
    flipped[..., 0] *= -1
    return flipped


@dataclass(frozen=True)
class Framing:
    """Body units of one person -> 0..1 of their square picture, origin top left."""

    scale: float  # picture heights a body unit
    x: float  # where the standing hips are
    y: float

    def to_picture(self, poses: Array) -> Array:
        return (poses * np.float32(self.scale) + np.array([self.x, self.y], np.float32)).astype(
            np.float32
        )

    def to_units(self, picture: Array) -> Array:
        return ((picture - np.array([self.x, self.y], np.float32)) / np.float32(self.scale)).astype(
            np.float32
        )


@dataclass(frozen=True)
class Body:
    """One person: their bone lengths in body units and how they stand in their picture."""

    lengths: Array  # (18,)
    framing: Framing

    def place(self, poses: Array) -> Array:
        """Canonical poses (..., 18, 2) -> joints of this person, 0..1 of the picture."""
        return self.framing.to_picture(repose(poses, CANONICAL_LENGTHS, self.lengths))

    def canonical(self, picture: Array) -> Array:
        """Joints of this person, 0..1 of the picture -> canonical poses; the inverse of `place`."""
        return repose(self.framing.to_units(picture), self.lengths, CANONICAL_LENGTHS)


# Who dances when no person is chosen: the target `skeleton`.
PLAIN_BODY = Body(CANONICAL_LENGTHS, Framing(scale=0.40, x=0.5, y=0.54))


def _usual_lengths(drawn: Array) -> Array:
    """Drawn bones (N, 18), NaN where not seen -> how long they are, (18,), left and right alike."""
    shows: Array = np.asarray(np.isfinite(drawn).any(axis=0))
    seen = np.nanpercentile(drawn[:, shows], 95, axis=0)
    lengths = np.full(len(JOINTS), np.nan, seen.dtype)
    lengths[shows] = seen
    other = lengths[list(MIRROR)]
    both = np.logical_and(shows, shows[list(MIRROR)])
    lengths = np.where(both, (lengths + other) / 2, np.fmax(lengths, other))
    never = np.isnan(lengths)
    if never.any() and not never.all():
        size = np.median(lengths[~never] / CANONICAL_LENGTHS[~never])
        lengths[never] = size * CANONICAL_LENGTHS[never]
    return lengths


def measure_body(joints: Array, confident: Array | None = None) -> Body:
    """Find a person's bone lengths and framing from many poses, (N, 18, 2) in 0..1 of the picture.

    A bone's length is the 95th percentile of its drawn lengths, left and right averaged; the
    standing hips are one leg above the floor (90th percentile of the lower ankle). `confident` is
    bool (N, 18); a bone that never shows is as long as its mirror image, or as usual.
    """
    drawn = bone_lengths(joints)
    if confident is not None:
        seen = confident & np.stack(
            [np.ones(len(joints), bool) if p == PELVIS else confident[:, p] for p in PARENTS], 1
        )
        drawn = np.where(seen, drawn, np.nan)
    lengths = _usual_lengths(drawn)
    unit = UNIT_FACTOR * (lengths[1] + lengths[9] + lengths[10])
    floor = np.percentile(joints[:, [R_ANKLE, L_ANKLE], 1].max(1), 90)
    framing = Framing(
        scale=float(unit),
        x=float(np.median(pelvis(joints)[:, 0])),
        y=float(floor - lengths[9] - lengths[10]),
    )
    return Body((lengths / unit).astype(np.float32), framing)
