"""The poses in which a person was filmed, and how a dance is kept inside them. Pure, numpy.

What no frame shows can only be painted badly: an arm that was never raised, a squat, a back. A
reach holds, of one video, the directions of each limb in the picture, how far the body turned, how
deep it went and how high it jumped; `inside` changes a pose as little as it must.
"""

from dataclasses import dataclass, fields

import numpy as np

from models.skeleton import (
    CANONICAL_LENGTHS,
    L_ANKLE,
    L_ELBOW,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_WRIST,
    NECK,
    NOSE,
    R_ANKLE,
    R_ELBOW,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
    bone_vectors,
    from_bones,
    pelvis,
)
from models.types import Array

# Bones by the joint that ends them, whose direction is limited.
TURNING = (NECK, NOSE, R_ELBOW, R_WRIST, L_ELBOW, L_WRIST, R_KNEE, R_ANKLE, L_KNEE, L_ANKLE)
_LEGS = ((R_KNEE, R_ANKLE), (L_KNEE, L_ANKLE))
_PAIRS = ((R_SHOULDER, L_SHOULDER), (R_HIP, L_HIP))
_WIDTHS = np.array([CANONICAL_LENGTHS[a] + CANONICAL_LENGTHS[b] for a, b in _PAIRS], np.float32)
_LEG = float(CANONICAL_LENGTHS[R_KNEE] + CANONICAL_LENGTHS[R_ANKLE])
_SHOWS = 0.3  # of a bone's length: shorter in the picture, its direction says little
_BINS = 48  # of the full circle
_SELDOM = 1 / 2000  # share of all frames: less is a slip of the joints
_PAD = np.radians(10)  # that a limb may go beyond what was filmed
_LEAST_GAP = np.radians(40)  # that nobody filmed; a smaller one is passed
_THROUGH = 0.3  # the middle share of a gap, in which a limb swings from one side to the other
_WIDER = 0.05  # of the front, that shoulders and hips may be narrower or wider
_LIFT = 0.04  # body units that feet may be higher
_EXTREME = 0.2  # percent of the frames beyond the ends of a range
_FEW = 50  # frames, which say nothing of a reach


@dataclass(frozen=True)
class Reach:
    """Angles in radians, 0 to the right and growing downwards as the audience sees it."""

    begins: Array  # float32 (len(TURNING),), where the filmed directions of each bone begin
    extents: Array  # float32 (len(TURNING),), how far they go on; 2 pi = all around
    turned: Array  # float32 (2, 2), shoulders and hips: least and most width, 1 = from the front
    depth: float  # least distance of hip and ankle, of a leg's length
    floor: float  # where the lower ankle usually is, body units
    jump: float  # body units, how far both feet left the floor

    @staticmethod
    def of(poses: Array) -> "Reach | None":
        """From canonical poses (N, 18, 2) of a video; None where there are too few."""
        if len(poses) < _FEW:
            return None
        bones = bone_vectors(poses)
        arcs = np.array([_arc(bones[:, bone], CANONICAL_LENGTHS[bone]) for bone in TURNING])
        ends = (_EXTREME, 100 - _EXTREME)
        widths = np.stack([poses[:, b, 0] - poses[:, a, 0] for a, b in _PAIRS]) / _WIDTHS[:, None]
        long = [_length(bones[:, knee] + bones[:, ankle]) for knee, ankle in _LEGS]
        lowest = poses[:, [R_ANKLE, L_ANKLE], 1].max(1)
        return Reach(
            arcs[:, 0].astype(np.float32),
            arcs[:, 1].astype(np.float32),
            _padded(np.percentile(widths, ends, axis=1).T).astype(np.float32),
            float(np.percentile(np.min(long, 0), _EXTREME) / _LEG),
            float(np.median(lowest)),
            float(np.median(lowest) - np.percentile(lowest, _EXTREME)),
        )

    def inside(self, pose: Array) -> Array:
        """A canonical pose (18, 2), or the nearest that was filmed."""
        bones, root = bone_vectors(pose), pelvis(pose).copy()
        floor = float(max(pose[R_ANKLE, 1], pose[L_ANKLE, 1]))
        for row, bone in enumerate(TURNING):
            bones[bone] = _turned(bones[bone], self.begins[row], self.extents[row])
        for (right, left), (least, most), whole in zip(_PAIRS, self.turned, _WIDTHS, strict=True):
            width = bones[left, 0] - bones[right, 0]
            change = (np.clip(width, least * whole, most * whole) - width) / 2
            bones[left, 0] += change
            bones[right, 0] -= change
        for knee, ankle in _LEGS:
            long = _length(bones[knee] + bones[ankle])
            if 1e-3 < long < self.depth * _LEG:
                bones[[knee, ankle]] *= self.depth * _LEG / long
        kept = from_bones(root, bones)
        # The feet stay where they were, but for a jump that is too high.
        lowest = max(kept[R_ANKLE, 1], kept[L_ANKLE, 1])
        highest = self.floor - self.jump - _LIFT
        kept[:, 1] += max(floor, highest) - lowest
        return kept

    def lacks(self) -> tuple[str, ...]:
        """What was not filmed, in words."""
        up, aside = -np.pi / 2, np.radians(40)
        arms = [self._goes(bone, up) for bone in (R_WRIST, L_WRIST)]
        kicks = [
            self._goes(bone, np.pi / 2 + side * aside) for bone, side in ((R_KNEE, 1), (L_KNEE, -1))
        ]
        said = {
            "raised arms": any(arms),
            "jumps": self.jump > _LIFT,
            "squats": self.depth < 0.75,
            "kicks": any(kicks),
            "turns": self.turned[0, 0] < 0.5,
        }
        return tuple(name for name, is_filmed in said.items() if not is_filmed)

    def _goes(self, bone: int, angle: float) -> bool:
        row = TURNING.index(bone)
        return float((angle - self.begins[row]) % (2 * np.pi)) <= self.extents[row]

    def as_numbers(self) -> list[float]:
        """For a manifest; `from_numbers` takes it back."""
        flat = np.concatenate([np.ravel(getattr(self, part.name)) for part in fields(self)])
        return [round(float(number), 4) for number in flat]

    @staticmethod
    def from_numbers(numbers: list[float]) -> "Reach":
        """Raises ValueError where they are no reach."""
        n = len(TURNING)
        if len(numbers) != N_NUMBERS:
            raise ValueError(f"a reach has {N_NUMBERS} numbers")
        flat = np.array(numbers, np.float32)
        return Reach(
            flat[:n], flat[n : 2 * n], flat[2 * n : 2 * n + 4].reshape(2, 2),
            *(float(number) for number in flat[-3:]),
        )  # fmt: skip


N_NUMBERS = 2 * len(TURNING) + 7


def _length(vectors: Array) -> Array:
    return np.hypot(vectors[..., 0], vectors[..., 1])


def _padded(ranges: Array) -> Array:
    return ranges + np.array([-_WIDER, _WIDER])


def _arc(vectors: Array, whole: float) -> tuple[float, float]:
    """The directions (begin, extent) of a bone (N, 2): the circle without its widest gap."""
    long = _length(vectors) > _SHOWS * whole
    angles = np.arctan2(vectors[long, 1], vectors[long, 0]) % (2 * np.pi)
    counts, edges = np.histogram(angles, _BINS, (0, 2 * np.pi))
    seen = counts > _SELDOM * len(vectors)
    if not seen.any():
        return 0.0, 2 * np.pi
    at = np.flatnonzero(seen)
    gaps = np.diff(np.append(at, at[0] + _BINS)) - 1  # empty bins after each seen one
    widest = int(gaps.argmax())
    gap = float(gaps[widest] * (edges[1] - edges[0]))
    if gap - 2 * _PAD < _LEAST_GAP:
        return 0.0, 2 * np.pi
    begin = edges[at[(widest + 1) % len(at)]] - _PAD
    return float(begin % (2 * np.pi)), 2 * np.pi - gap + 2 * _PAD


def _turned(bone: Array, begin: float, extent: float) -> Array:
    """A bone (2,) at the nearest direction that was filmed.

    In the middle of the gap it swings through: a limb that goes on must come out at the other side,
    and a jump would be seen.
    """
    beyond = float((np.arctan2(bone[1], bone[0]) - begin) % (2 * np.pi)) - extent
    if beyond <= 0:
        return bone
    gap = 2 * np.pi - extent
    swung = np.clip((beyond / gap - 0.5) / _THROUGH + 0.5, 0, 1) * gap
    cosine, sine = np.cos(swung - beyond), np.sin(swung - beyond)
    return np.array([bone[0] * cosine - bone[1] * sine, bone[0] * sine + bone[1] * cosine])
