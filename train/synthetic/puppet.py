"""A dancer's score of keys and footsteps -> 3D joints on canonical bones -> stage poses.

Stage space in body units: x right as the audience sees it, y down, z towards the audience. The feet
stand where they were put (two-bone legs reach for them), everything else follows from angles.
"""

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from models.skeleton import CANONICAL_LEG, CANONICAL_LENGTHS
from models.types import Array

LEFT, RIGHT = 1, -1  # the dancer's own; left is to the audience's right
_SIDES = {LEFT: "left", RIGHT: "right"}
_SMOOTH_S = 0.035
_ARM_DAMPING, _ARM_LATE_S = 0.75, 0.03  # arms swing a little beyond and come a little late
_REACH = 0.998  # of the leg's length: a knee is never quite locked
_THIGH, _SHIN = float(CANONICAL_LENGTHS[9]), float(CANONICAL_LENGTHS[10])
_UPPER, _FORE = float(CANONICAL_LENGTHS[3]), float(CANONICAL_LENGTHS[4])
_HALF_HIP, _HALF_SHOULDER = float(CANONICAL_LENGTHS[8]), float(CANONICAL_LENGTHS[2])
_TORSO = float(CANONICAL_LENGTHS[1])
_HEAD = {  # bones of the head straight ahead: x left, y down, z ahead; scaled to their lengths
    0: (0.0, -0.155, 0.077),
    14: (-0.04, -0.045, -0.022),
    15: (0.04, -0.045, -0.022),
    16: (-0.05, 0.02, -0.109),
    17: (0.05, 0.02, -0.109),
}

# Angles in radians, lengths in body units. Every channel rests at its neutral value.
BODY = {
    "heading": 0.0,  # where the dancer faces; positive = towards the audience's right
    "weight": 0.0,  # -1 on the right foot .. 1 on the left foot
    "dip": 0.045,  # how far the hips are below a straight stand
    "bounce": 0.0,  # hips and knees give on every beat by this much
    "hip_side": 0.0,  # hips pushed to the dancer's left
    "hip_ahead": 0.0,
    "hip_roll": 0.0,  # left hip up
    "hip_turn": 0.0,  # against the heading
    "knees": 0.0,  # both knees turned to the left
    "lean_side": 0.0,  # to the left
    "lean_ahead": 0.03,
    "twist": 0.0,  # shoulders against the heading
    "tilt": 0.0,  # left shoulder up
    "shrug_left": 0.0,
    "shrug_right": 0.0,
    "head_turn": 0.0,
    "head_tilt": 0.0,
    "nod": 0.0,
}
# How far a channel strays by itself; breathing and looking around come from here.
_WANDER = {
    "weight": 0.08, "lean_side": 0.03, "lean_ahead": 0.03, "twist": 0.06, "shrug_left": 0.04,
    "shrug_right": 0.04, "head_turn": 0.2, "head_tilt": 0.08, "nod": 0.08, "hip_side": 0.01,
}  # fmt: skip
_ARM = {"raise": 0.24, "ahead": 0.4, "elbow": 0.6, "swivel": 1.45}
NEUTRAL = BODY | {f"{arm}_{side}": rest for side in _SIDES.values() for arm, rest in _ARM.items()}


class Sheet:
    """Keys of every channel and steps of both feet, in beats from the first downbeat."""

    def __init__(self, width: float) -> None:
        self._keys: dict[str, dict[float, float]] = {
            name: {-9.0: NEUTRAL[name]} for name in NEUTRAL
        }
        stand = {side: (side * width, 0.0, 0.0) for side in (LEFT, RIGHT)}
        self.foot = dict(stand)  # where each foot is now: x, z, height above the floor
        self._start = stand
        self._steps: dict[int, list[tuple[float, float, tuple[float, float, float], float]]] = {
            LEFT: [],
            RIGHT: [],
        }

    def key(self, channel: str, beat: float, value: float) -> None:
        """The channel passes through a value at a beat, and turns there if it is an extremum."""
        self._keys[channel][round(beat, 4)] = value

    def last(self, channel: str) -> tuple[float, float]:
        """Beat and value of the channel's latest key."""
        beat = max(self._keys[channel])
        return beat, self._keys[channel][beat]

    def step(
        self, side: int, leave: float, land: float, place: tuple[float, float, float], arc: float
    ) -> None:
        """A foot leaves where it is and is at `place` (x, z, height) at `land`, in an arc."""
        if self._steps[side]:
            leave = max(leave, self._steps[side][-1][1])
        self._steps[side].append((leave, land, place, arc))
        self.foot[side] = place

    def curve(self, channel: str, beats: Array) -> Array:
        """The channel at these beats: smooth, no overshoot, at rest before and after its keys."""
        at, values = zip(*sorted(self._keys[channel].items()), strict=True)
        if len(at) == 1:
            return np.full(len(beats), values[0])
        return PchipInterpolator(at, values)(np.clip(beats, at[0], at[-1]))

    def walk(self, side: int, beats: Array) -> Array:
        """A foot's place at these beats, (N, 3): exactly still between steps."""
        places = np.repeat(np.array([self._start[side]]), len(beats), 0)
        before = np.array(self._start[side])
        for leave, land, place, arc in self._steps[side]:
            share = np.clip((beats - leave) / (land - leave), 0, 1)
            eased = share**3 * (10 - 15 * share + 6 * share**2)  # least jerk
            after = np.array(place)
            moving = beats >= leave
            swing = before + (after - before) * eased[:, None]
            swing[:, 2] += arc * np.sin(np.pi * eased) ** 2
            places[moving] = swing[moving]
            before = after
        return places


def _frame(turn: Array, roll: Array) -> tuple[Array, Array, Array]:
    """Unit vectors to the left, down and ahead of what faces `turn`; roll lifts its left."""
    cos, sin, zero = np.cos(turn), np.sin(turn), np.zeros_like(turn)
    level = np.stack([cos, zero, -sin], -1)
    ahead = np.stack([sin, zero, cos], -1)
    down = np.stack([zero, zero + 1, zero], -1)
    c, s = np.cos(roll)[:, None], np.sin(roll)[:, None]
    return level * c - down * s, down * c + level * s, ahead


def _reach(hip: Array, ankle: Array, pole: Array) -> tuple[Array, Array]:
    """Knee and ankle of a leg from the hip to a target; the knee bends towards the pole."""
    line = ankle - hip
    far = np.linalg.norm(line, axis=-1, keepdims=True)
    length = np.clip(far, 0.35, _REACH * CANONICAL_LEG)
    line = line / far
    along = (length**2 + _THIGH**2 - _SHIN**2) / (2 * length)
    out = np.sqrt(np.maximum(_THIGH**2 - along**2, 0))
    side = pole - (pole * line).sum(-1, keepdims=True) * line
    side /= np.linalg.norm(side, axis=-1, keepdims=True) + 1e-9
    return hip + line * along + side * out, hip + line * length


def _soft_max(a: Array, b: Array, width: float) -> Array:
    return 0.5 * (a + b + np.sqrt((a - b) ** 2 + width**2))


def _sprung(wanted: Array, hz: float, own_hz: float, damping: float) -> Array:
    """Follow curves (N, C) like a swinging limb: a little late, a little beyond; implicit Euler."""
    omega, dt = 2 * np.pi * own_hz, 1 / hz
    place, speed = wanted[0].copy(), np.zeros(wanted.shape[1])
    followed = np.empty_like(wanted)
    brake = 1 / (1 + dt * (2 * damping * omega + omega * omega * dt))
    for i, target in enumerate(wanted):
        speed = (speed + dt * omega * omega * (target - place)) * brake
        place = place + dt * speed
        followed[i] = place
    return followed


def _slow_noise(n: int, hz: float, rng: np.random.Generator) -> Array:
    """About -1..1, slower than half a hertz."""
    seconds = np.arange(n) / hz
    waves = [
        np.sin(2 * np.pi * (rng.uniform(0.07, 0.4) * seconds + rng.random())) for _ in range(3)
    ]
    return np.sum(waves, 0) / 3


def joints_3d(
    sheet: Sheet, beats: Array, hz: float, rng: np.random.Generator, sharpness: float = 0.0
) -> Array:
    """Joints (N, 18, 3) at these beats; `beats` is the running count sampled at `hz`.

    The generator gives what no two dancers share: how loose the arms are, small wanderings.
    `sharpness` (0..1) is how much everything slows down around a beat and hurries between.
    """
    beats_a_second = float(np.mean(np.diff(beats))) * hz
    beats = beats + 0.01 * beats_a_second
    beats -= sharpness * np.sin(2 * np.pi * beats) / (2 * np.pi)
    arm_hz = float(rng.uniform(2.3, 3.3))
    lead = (_ARM_DAMPING / (np.pi * arm_hz) - _ARM_LATE_S) * beats_a_second
    raw = {}
    for name in NEUTRAL:
        is_arm = name not in BODY
        curve = sheet.curve(name, beats + lead * is_arm)
        raw[name] = gaussian_filter1d(curve, _SMOOTH_S * hz, mode="nearest")
        wander = 0.05 if is_arm else _WANDER.get(name, 0.0)
        raw[name] += wander * _slow_noise(len(beats), hz, rng)
    arms = [name for name in NEUTRAL if name not in BODY]
    followed = _sprung(np.stack([raw[name] for name in arms], -1), hz, arm_hz, _ARM_DAMPING)
    raw |= dict(zip(arms, followed.T, strict=True))
    joints = np.zeros((len(beats), 18, 3))
    # Most dancers go down on the beat, some come up on it.
    raw["bounce"] *= 0.5 + (0.5 if rng.random() < 0.75 else -0.5) * np.cos(2 * np.pi * beats)
    _legs(joints, sheet, raw, beats, hz)
    _trunk_and_arms(joints, raw)
    return joints


def _legs(joints: Array, sheet: Sheet, raw: dict[str, Array], beats: Array, hz: float) -> None:
    feet = {side: sheet.walk(side, beats) for side in (LEFT, RIGHT)}
    ankles = {
        side: np.stack([foot[:, 0], CANONICAL_LEG - foot[:, 2], foot[:, 1]], -1)
        for side, foot in feet.items()
    }
    heading, share = raw["heading"], 0.5 + 0.5 * raw["weight"][:, None]
    over = feet[LEFT] * share + feet[RIGHT] * (1 - share)
    over = gaussian_filter1d(over, _SMOOTH_S * hz, axis=0, mode="nearest")
    left, _, ahead = _frame(heading, np.zeros_like(heading))
    pelvis = np.stack([over[:, 0], np.zeros(len(beats)), over[:, 1]], -1)
    pelvis += left * raw["hip_side"][:, None] + ahead * raw["hip_ahead"][:, None]
    wanted = raw["dip"] + raw["bounce"]
    across, _, _ = _frame(heading + raw["hip_turn"], raw["hip_roll"])
    needed = np.full(len(beats), -1.0)
    for side in (LEFT, RIGHT):
        gap = pelvis + side * _HALF_HIP * across - ankles[side]
        flat = gap[:, 0] ** 2 + gap[:, 2] ** 2
        room = np.sqrt(np.maximum((0.99 * _REACH * CANONICAL_LEG) ** 2 - flat, 0.3))
        reach = ankles[side][:, 1] - side * _HALF_HIP * across[:, 1] - room
        # A foot in the air need not be reached: it dangles from its leg instead.
        needed = np.maximum(needed, reach - 1.5 * np.maximum(feet[side][:, 2] - 0.03, 0))
    needed = gaussian_filter1d(needed, 0.03 * hz, mode="nearest")
    pelvis[:, 1] = _soft_max(wanted, needed, 0.02)
    pole_turn = heading + 0.5 * raw["hip_turn"] + raw["knees"]
    for side, (hip, knee, ankle) in {LEFT: (11, 12, 13), RIGHT: (8, 9, 10)}.items():
        joints[:, hip] = pelvis + side * _HALF_HIP * across
        pole = _frame(pole_turn + side * 0.3, np.zeros_like(heading))[2]
        joints[:, knee], joints[:, ankle] = _reach(joints[:, hip], ankles[side], pole)
    joints[:, 1] = pelvis  # the trunk starts from here


def _trunk_and_arms(joints: Array, raw: dict[str, Array]) -> None:
    heading = raw["heading"]
    chest_turn = heading + raw["twist"]
    level, _, front = _frame(heading + 0.5 * raw["twist"], np.zeros_like(heading))
    side, ahead = np.sin(raw["lean_side"])[:, None], np.sin(raw["lean_ahead"])[:, None]
    up = np.sqrt(np.maximum(1 - side**2 - ahead**2, 0.1))
    spine = level * side + front * ahead - up * np.array([0.0, 1.0, 0.0])
    joints[:, 1] += _TORSO * spine
    roll = raw["tilt"] - 0.8 * raw["lean_side"]
    left, down, front = _frame(chest_turn, roll)
    for side, name in _SIDES.items():
        shoulder, elbow, wrist = (5, 6, 7) if side == LEFT else (2, 3, 4)
        shrug = raw[f"shrug_{name}"] - 0.06 + 0.12 * np.maximum(raw[f"raise_{name}"] - 1.2, 0)
        c, s = np.cos(shrug)[:, None], np.sin(shrug)[:, None]
        joints[:, shoulder] = joints[:, 1] + _HALF_SHOULDER * (side * left * c - down * s)
        upper, fore = _arm_directions(raw, name, side * left, down, front)
        joints[:, elbow] = joints[:, shoulder] + _UPPER * upper
        joints[:, wrist] = joints[:, elbow] + _FORE * fore
    # The head stays with the audience more than the chest does, and more upright.
    left, down, front = _frame(0.45 * chest_turn + raw["head_turn"], 0.3 * roll + raw["head_tilt"])
    c, s = np.cos(raw["nod"])[:, None], np.sin(raw["nod"])[:, None]
    down, front = down * c - front * s, front * c + down * s
    for joint, parent in ((0, 1), (14, 0), (15, 0), (16, 14), (17, 15)):
        x, y, z = _HEAD[joint]
        bone = x * left + y * down + z * front
        bone *= CANONICAL_LENGTHS[joint] / np.linalg.norm(_HEAD[joint])
        joints[:, joint] = joints[:, parent] + bone


def _arm_directions(
    raw: dict[str, Array], name: str, out: Array, down: Array, front: Array
) -> tuple[Array, Array]:
    """Upper arm and forearm as unit vectors (N, 3).

    `raise` lifts the arm from hanging (0) over level (pi / 2); `ahead` swings it from the side (0)
    to the front (pi / 2); `swivel` is where the elbow bends to: 0 up, pi / 2 ahead or inwards.
    """
    lift, swing = raw[f"raise_{name}"][:, None], raw[f"ahead_{name}"][:, None]
    elbow, swivel = raw[f"elbow_{name}"][:, None], raw[f"swivel_{name}"][:, None]
    away = out * np.cos(swing) + front * np.sin(swing)
    inward = front * np.cos(swing) - out * np.sin(swing)
    upper = away * np.sin(lift) + down * np.cos(lift)
    rising = away * np.cos(lift) - down * np.sin(lift)
    bend = rising * np.cos(swivel) + inward * np.sin(swivel)
    return upper, upper * np.cos(elbow) + bend * np.sin(elbow)
