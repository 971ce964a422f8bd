"""The vocabulary of the synthetic dancer: what feet, hips and trunk do on each count.

A move begins on count one at beat `b` with the lead side `s` and writes footsteps and keys in
(b - 1, b + beats - 1]; a foot lands on its count. Names without a docstring are those dancers use.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from train.synthetic.puppet import BODY, LEFT, NEUTRAL, RIGHT, Sheet

_FREE, _EDGE = 0.28, 0.47  # body units to either side: used freely; never left by a foot

Step = Callable[["Dancer", float, int], None]


@dataclass(frozen=True)
class Move:
    """A named figure of some beats."""

    name: str
    beats: int
    in_three: bool
    liveliness: float  # 0 at rest .. 1 full out
    brings_arms: bool  # the move moves the arms itself
    play: Step


MOVES: dict[str, Move] = {}


def move(
    beats: int, liveliness: float, in_three: bool = False, brings_arms: bool = False
) -> Callable[[Step], Step]:
    """Enter a function into the vocabulary."""

    def enter(play: Step) -> Step:
        name = play.__name__
        MOVES[name] = Move(name, beats, in_three, liveliness, brings_arms, play)
        return play

    return enter


@dataclass
class Dancer:
    """Writes into the sheet the way this dancer moves: how far, how deep, facing where."""

    sheet: Sheet
    rng: np.random.Generator
    width: float  # half the stand, between the ankles
    stride: float  # a usual step sideways
    size: float = 1.0  # of everything that is keyed, grows with the music's energy
    take: float = 0.85  # share of a beat that a footstep lasts
    x: float = 0.0  # the spot danced on
    z: float = 0.0
    heading: float = 0.0
    used: set[str] = field(default_factory=set)  # channels that the present move has keyed

    def key(self, channel: str, beat: float, offset: float) -> None:
        """Key a channel by its distance from rest."""
        self.used.add(channel)
        self.sheet.key(channel, beat, NEUTRAL[channel] + self.size * offset)

    def keys(self, channel: str, beat: float, *offsets: float, every: float = 1.0) -> None:
        """Key a channel on successive beats."""
        for k, offset in enumerate(offsets):
            self.key(channel, beat + k * every, offset)

    def lean_on(self, side: float, beat: float) -> None:
        """Bring the weight over a foot (1 left, -1 right, 0 both)."""
        self.used.add("weight")
        self.sheet.key("weight", beat, 0.85 * side)

    def face(self, beat: float, turn: float) -> None:
        """Turn the whole body towards an angle."""
        self.used.add("heading")
        self.heading = turn
        self.sheet.key("heading", beat, turn)

    def put(
        self, side: int, beat: float, across: float, ahead: float = 0.0, *,
        weight: bool = True, height: float = 0.0, arc: float = 0.06, take: float | None = None,
    ) -> None:  # fmt: skip
        """Set a foot down on a beat; across (to the dancer's left) and ahead from the spot."""
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        x = self.x + across * cos + ahead * sin
        # Nearing the edge every step gets shorter, so that the feet keep their order.
        beyond, room = max(0.0, abs(x) - _FREE), _EDGE - _FREE
        x = float(np.sign(x)) * (min(abs(x), _FREE) + room * np.tanh(beyond / room))
        z = self.z - across * sin + ahead * cos
        before = self.sheet.foot[side]
        far = float(np.hypot(x - before[0], z - before[1]))  # a long way takes longer
        take = (self.take if take is None else take) + 0.5 * max(0.0, far - 0.4)
        self.sheet.step(side, beat - take, beat, (float(x), float(z), height), arc)
        if weight:
            self.lean_on(side, beat)

    def touch(self, side: int, beat: float, across: float, ahead: float = 0.0) -> None:
        """A foot comes down on its ball and takes no weight."""
        self.put(side, beat, across, ahead, weight=False, height=0.03)
        self.lean_on(-side, beat)

    def home(self, beat: float, width: float | None = None) -> None:
        """Come to stand on both feet around the spot, if not there already."""
        width = self.width if width is None else width
        order = sorted((LEFT, RIGHT), key=lambda side: side * self.sheet.last("weight")[1])
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        for k, side in enumerate(order):
            x, z, height = self.sheet.foot[side]
            wanted = self.x + side * width * cos, self.z - side * width * sin
            if abs(x - wanted[0]) > 0.07 or abs(z - wanted[1]) > 0.1 or height > 0:
                self.put(side, beat + k, side * width, weight=False, arc=0.04)

    def groove(self, b: float, beats: float, bounce: float, dip: float = 0.0) -> None:
        """Give in the knees on every beat."""
        for channel, value in (("bounce", bounce), ("dip", dip)):
            self.keys(channel, b, value, value, every=beats - 1)

    def play(self, name: str, b: float, s: int) -> None:
        """Dance one figure from beat b on."""
        last = {channel: self.sheet.last(channel) for channel in BODY}
        self.used = set()
        MOVES[name].play(self, b, s)
        for channel, (at, value) in last.items():
            if at < b - 1:
                self.sheet.key(channel, b - 1, value)
            if channel not in self.used | {"heading", "weight"}:
                self.sheet.key(channel, b, NEUTRAL[channel])


# In place ------------------------------------------------------------------------------------


@move(4, 0.3)
def bounce(d: Dancer, b: float, s: int) -> None:
    d.home(b)
    d.groove(b, 4, 0.07, 0.02)
    d.lean_on(0.2 * s, b)
    d.lean_on(-0.2 * s, b + 2)
    d.keys("lean_ahead", b, 0.05, 0.02, 0.05, 0.02)
    d.keys("nod", b, 0.14, 0.0, 0.14, 0.0)
    d.keys("twist", b, 0.12 * s, -0.12 * s, 0.12 * s, -0.12 * s)


@move(2, 0.25)
def sway(d: Dancer, b: float, s: int) -> None:
    d.home(b, d.width + 0.05)
    for k, side in enumerate((s, -s)):
        d.lean_on(0.8 * side, b + k)
        d.key("hip_side", b + k, 0.05 * side)
        d.key("hip_roll", b + k, 0.12 * side)
        d.key("lean_side", b + k, 0.07 * side)
        d.key("head_tilt", b + k, -0.1 * side)
        d.key("dip", b + k, 0.01)
        d.key("dip", b + k - 0.5, 0.05)


@move(4, 0.15)
def slow_sway(d: Dancer, b: float, s: int) -> None:
    d.home(b, d.width + 0.04)
    for k, side in ((1, s), (3, -s)):
        d.lean_on(0.75 * side, b + k)
        d.key("hip_side", b + k, 0.04 * side)
        d.key("lean_side", b + k, 0.1 * side)
        d.key("twist", b + k, 0.12 * side)
        d.key("head_tilt", b + k, 0.08 * side)
        d.key("dip", b + k - 1, 0.04)
        d.key("dip", b + k, 0.0)


@move(2, 0.5)
def hip_bumps(d: Dancer, b: float, s: int) -> None:
    d.home(b, d.width + 0.05)
    d.lean_on(0.7 * s, b)
    d.lean_on(0.7 * s, b + 1)
    d.groove(b, 2, 0.03, 0.03)
    for k, push in ((-0.5, -0.01), (0, 0.09), (0.5, 0.02), (1, 0.1)):
        d.key("hip_side", b + k, push * s)
        d.key("hip_roll", b + k, 2.4 * push * s)
    d.keys("lean_side", b, -0.1 * s, -0.12 * s)


@move(4, 0.45)
def hip_circle(d: Dancer, b: float, s: int) -> None:
    d.home(b, d.width + 0.06)
    d.lean_on(0, b)
    d.lean_on(0, b + 3)
    for k in range(4):
        angle = np.pi / 2 * k
        d.key("hip_side", b + k, 0.12 * s * np.cos(angle))
        d.key("hip_ahead", b + k, 0.09 * np.sin(angle))
        d.key("lean_side", b + k, -0.1 * s * np.cos(angle))
        d.key("lean_ahead", b + k, -0.12 * np.sin(angle) + 0.05)
        d.key("hip_roll", b + k, 0.16 * s * np.cos(angle))
    d.keys("dip", b, 0.05, 0.02, 0.05, 0.02)


@move(4, 0.45)
def body_roll(d: Dancer, b: float, s: int) -> None:
    d.home(b, d.width + 0.03)
    d.lean_on(0.25 * s, b)
    d.keys("nod", b, -0.25, 0.2, -0.2, 0.1)
    d.keys("lean_ahead", b, 0.26, -0.1, 0.24, -0.05)
    d.keys("hip_ahead", b, -0.1, 0.09, -0.09, 0.08)
    d.keys("dip", b, 0.02, 0.1, 0.03, 0.1)
    d.keys("shrug_left", b, 0.12, 0.0, 0.12, 0.0)
    d.keys("shrug_right", b, 0.12, 0.0, 0.12, 0.0)


@move(4, 0.8)
def twist(d: Dancer, b: float, s: int) -> None:
    d.home(b, d.width - 0.02)
    for k in range(4):
        way = s * (-1) ** k
        d.key("knees", b + k, 0.75 * way)
        d.key("hip_turn", b + k, 0.42 * way)
        d.key("twist", b + k, -0.34 * way)
        d.lean_on(0.35 * way, b + k)
        d.key("hip_side", b + k, 0.03 * way)
    d.keys("dip", b, 0.06, 0.1, 0.14, 0.08)


@move(4, 0.55)
def shimmy(d: Dancer, b: float, s: int) -> None:
    d.home(b)
    for k in range(8):
        d.key("twist", b + k / 2 - 0.5, 0.22 * s * (-1) ** k)
        d.key("tilt", b + k / 2 - 0.5, 0.1 * s * (-1) ** k)
    d.keys("lean_ahead", b, 0.16, 0.18, 0.04, 0.0)
    d.groove(b, 4, 0.04, 0.05)
    d.lean_on(0.4 * s, b + 1)
    d.lean_on(-0.4 * s, b + 3)


@move(4, 0.35)
def pose(d: Dancer, b: float, s: int) -> None:
    """Strike a picture on count one, hold it, let go on four."""
    d.put(s, b, s * (d.width + 0.6 * d.stride), 0.05)
    d.lean_on(0.7 * s, b)
    d.lean_on(0.7 * s, b + 2)
    for channel, value in (
        ("hip_side", 0.08 * s), ("hip_roll", 0.16 * s), ("lean_side", -0.12 * s),
        ("tilt", 0.08 * s), ("head_turn", 0.3 * s), ("twist", -0.2 * s),
    ):  # fmt: skip
        d.keys(channel, b, value, 1.06 * value, 1.06 * value, 0.2 * value)
    d.put(s, b + 3, s * d.width)


# Stepping sideways -----------------------------------------------------------------------------


@move(2, 0.4)
def side_touch(d: Dancer, b: float, s: int) -> None:
    out = d.width + 0.5 * d.stride * d.size
    d.put(s, b, s * out)
    d.touch(-s, b + 1, s * (out - 0.2))
    d.groove(b, 2, 0.035, 0.02)
    d.keys("lean_side", b, 0.05 * s, -0.03 * s)
    d.keys("hip_roll", b, 0.04 * s, 0.09 * s)
    d.keys("twist", b, -0.1 * s, 0.12 * s)


@move(2, 0.35)
def tap_out(d: Dancer, b: float, s: int) -> None:
    d.touch(s, b, s * (d.width + 0.9 * d.stride * d.size))
    d.key("hip_side", b, -0.05 * s)
    d.key("lean_side", b, -0.07 * s)
    d.key("dip", b, 0.06)
    d.put(s, b + 1, s * d.width)
    d.key("dip", b + 1, 0.01)
    d.key("hip_side", b + 1, 0.02 * s)
    d.key("lean_side", b + 1, 0.0)


@move(4, 0.55)
def two_step(d: Dancer, b: float, s: int) -> None:
    step = d.stride * d.size
    d.put(s, b, s * (d.width + 0.4 * step))
    d.put(-s, b + 1, s * (0.4 * step - 0.08), arc=0.04)
    d.put(s, b + 2, s * (d.width + step))
    d.touch(-s, b + 3, s * (step - 0.05))
    d.groove(b, 4, 0.04, 0.03)
    d.keys("lean_side", b, 0.06 * s, 0.0, 0.07 * s, -0.05 * s)
    d.keys("twist", b, -0.12 * s, 0.1 * s, -0.12 * s, 0.2 * s)


@move(4, 0.6)
def grapevine(d: Dancer, b: float, s: int) -> None:
    step = 0.75 * d.stride * d.size
    d.put(s, b, s * (d.width + 0.3 * step))
    d.put(-s, b + 1, s * (d.width + 0.45 * step), -0.17, arc=0.05)
    d.put(s, b + 2, s * (d.width + 1.3 * step))
    d.touch(-s, b + 3, s * (1.3 * step - 0.04))
    d.groove(b, 4, 0.04, 0.03)
    d.keys("hip_turn", b, 0.0, 0.3 * s, 0.0, 0.0)
    d.keys("twist", b, 0.0, -0.2 * s, 0.0, 0.16 * s)
    d.keys("lean_side", b, 0.05 * s, 0.04 * s, 0.05 * s, -0.05 * s)


@move(4, 0.5)
def cross_touch(d: Dancer, b: float, s: int) -> None:
    """Cross in front, point to the side, and the same back."""
    for k, side in ((0, s), (2, -s)):
        d.put(side, b + k, -side * 0.08, 0.17)
        d.touch(-side, b + k + 1, -side * (d.width + 0.8 * d.stride * d.size))
        d.keys("hip_turn", b + k, -0.25 * side, 0.0)
        d.keys("twist", b + k, 0.2 * side, -0.08 * side)
        d.keys("lean_side", b + k, 0.0, 0.08 * side)
    d.groove(b, 4, 0.03, 0.05)


@move(4, 0.85)
def lunge(d: Dancer, b: float, s: int) -> None:
    d.put(s, b, s * (d.width + 1.15 * d.stride * d.size), 0.05, arc=0.08)
    d.keys("dip", b, 0.17, 0.14)
    d.lean_on(0.6 * s, b)
    d.lean_on(0.55 * s, b + 1)
    d.keys("lean_side", b, 0.12 * s, 0.1 * s)
    d.keys("twist", b, 0.3 * s, 0.22 * s)
    d.put(s, b + 2, s * d.width)
    d.key("dip", b + 2, 0.0)
    d.key("lean_side", b + 2, 0.0)
    d.key("twist", b + 2, -0.05 * s)
    d.put(-s, b + 3, -s * d.width, arc=0.1)
    d.key("dip", b + 3, 0.05)


@move(4, 0.45)
def v_step(d: Dancer, b: float, s: int) -> None:
    wide = d.width + 0.45 * d.stride * d.size
    d.put(s, b, s * wide, 0.14)
    d.put(-s, b + 1, -s * wide, 0.14)
    d.put(s, b + 2, s * (d.width - 0.04))
    d.put(-s, b + 3, -s * (d.width - 0.04))
    d.groove(b, 4, 0.045, 0.02)
    d.keys("lean_side", b, 0.07 * s, -0.07 * s, 0.04 * s, -0.04 * s)
    d.keys("twist", b, -0.14 * s, 0.14 * s, -0.1 * s, 0.1 * s)


@move(2, 0.95)
def jump_out_in(d: Dancer, b: float, s: int) -> None:
    wide = d.width + 0.4 * d.stride * d.size
    for k, across in ((0, wide), (1, d.width - 0.05)):
        for side in (LEFT, RIGHT):
            d.put(side, b + k, side * across, weight=False, arc=0.05, take=0.5)
        d.lean_on(0.1 * s, b + k)
        d.key("dip", b + k, 0.09 - 0.03 * k)
        d.key("dip", b + k - 0.3, -0.055)
    d.keys("twist", b, 0.1 * s, -0.1 * s)


# Stepping ahead, kicks and knees ----------------------------------------------------------------


@move(4, 0.5)
def box_step(d: Dancer, b: float, s: int) -> None:
    d.put(s, b, -s * 0.06, 0.2)
    d.put(-s, b + 1, -s * (d.width + 0.1), -0.12)
    d.put(s, b + 2, s * (d.width + 0.4 * d.stride * d.size), -0.1)
    d.put(-s, b + 3, -s * d.width, 0.04)
    d.groove(b, 4, 0.04, 0.03)
    d.keys("hip_turn", b, -0.3 * s, 0.0, 0.15 * s, 0.0)
    d.keys("twist", b, 0.2 * s, 0.0, -0.16 * s, 0.08 * s)
    d.keys("lean_side", b, 0.0, -0.06 * s, 0.08 * s, -0.04 * s)


@move(4, 0.55)
def rock_step(d: Dancer, b: float, s: int) -> None:
    """Mambo: rock ahead, back in place; rock back, in place."""
    d.put(s, b, s * 0.1, 0.26)
    d.lean_on(-s, b + 1)
    d.put(s, b + 2, s * 0.13, -0.2)
    d.lean_on(-s, b + 3)
    d.put(s, b + 3, s * d.width, weight=False, take=0.5)
    d.keys("hip_turn", b, -0.22 * s, 0.1 * s, 0.22 * s, 0.0)
    d.keys("hip_side", b, 0.06 * s, -0.06 * s, 0.06 * s, -0.05 * s)
    d.keys("hip_roll", b, 0.14 * s, -0.14 * s, 0.14 * s, -0.1 * s)
    d.keys("twist", b, 0.14 * s, -0.1 * s, -0.14 * s, 0.1 * s)
    d.groove(b, 4, 0.03, 0.04)


@move(4, 0.65)
def cha_cha(d: Dancer, b: float, s: int) -> None:
    """Rock step on two beats, then three quick steps to the side."""
    out = d.width + 0.45 * d.stride * d.size
    d.put(-s, b, -s * 0.1, -0.2)
    d.put(s, b + 1, s * 0.08, arc=0.03)
    d.put(-s, b + 2, -s * out, take=0.7)
    d.put(s, b + 2.5, -s * (out - 0.22), arc=0.03, take=0.45)
    d.put(-s, b + 3, -s * (out + 0.12), arc=0.03, take=0.45)
    d.keys("hip_side", b, -0.07 * s, 0.07 * s, -0.06 * s, -0.07 * s)
    d.keys("hip_roll", b, -0.16 * s, 0.16 * s, -0.1 * s, -0.16 * s)
    d.keys("twist", b, 0.18 * s, -0.12 * s, 0.06 * s, 0.12 * s)
    d.keys("lean_side", b, 0.05 * s, -0.04 * s, 0.0, 0.05 * s)
    d.groove(b, 4, 0.02, 0.04)


@move(4, 0.6)
def salsa(d: Dancer, b: float, s: int) -> None:
    """Break ahead or back on one, recover, close, hold."""
    d.put(s, b, s * 0.1, 0.22 * s)
    d.lean_on(-s, b + 1)
    d.put(s, b + 2, s * (d.width - 0.03))
    d.lean_on(0.9 * s, b + 3)
    d.keys("hip_side", b, 0.07 * s, -0.08 * s, 0.07 * s, 0.09 * s)
    d.keys("hip_roll", b, 0.16 * s, -0.18 * s, 0.14 * s, 0.2 * s)
    d.keys("twist", b, -0.16 * s, 0.12 * s, -0.1 * s, -0.05 * s)
    d.keys("lean_side", b, -0.04 * s, 0.05 * s, -0.04 * s, -0.06 * s)
    d.groove(b, 4, 0.025, 0.04)


@move(2, 0.6)
def march(d: Dancer, b: float, s: int) -> None:
    for k, side in enumerate((s, -s)):
        d.put(side, b + k, side * d.width, arc=0.16, take=0.95)
        d.key("hip_roll", b + k, 0.08 * side)
        d.key("twist", b + k, 0.16 * side)
    d.groove(b, 2, 0.045, 0.01)


@move(2, 0.75)
def knee_lift(d: Dancer, b: float, s: int) -> None:
    d.put(s, b, s * 0.09, 0.1, weight=False, height=0.3 + 0.16 * d.size, arc=0.0, take=0.8)
    d.lean_on(-s, b)
    d.key("dip", b, -0.01)
    d.key("twist", b, -0.28 * s)
    d.key("lean_ahead", b, 0.05)
    d.key("hip_roll", b, 0.12 * s)
    d.put(s, b + 1, s * d.width, arc=0.0, take=0.7)
    d.key("dip", b + 1, 0.07)
    d.key("twist", b + 1, 0.06 * s)
    d.key("lean_ahead", b + 1, 0.0)
    d.key("hip_roll", b + 1, 0.0)


@move(2, 0.4)
def heel_dig(d: Dancer, b: float, s: int) -> None:
    d.touch(s, b, s * 0.16, 0.34)
    d.key("dip", b, 0.06)
    d.key("lean_ahead", b, -0.06)
    d.key("twist", b, -0.2 * s)
    d.put(s, b + 1, s * d.width)
    d.key("dip", b + 1, 0.02)
    d.key("lean_ahead", b + 1, 0.02)
    d.key("twist", b + 1, 0.05 * s)


@move(2, 0.9)
def kick(d: Dancer, b: float, s: int) -> None:
    side = float(d.rng.choice([0.25, 0.5]))
    d.put(s, b, s * side, 0.42, weight=False, height=0.22 + 0.12 * d.size, arc=0.05, take=0.7)
    d.lean_on(-s, b)
    d.key("dip", b, 0.03)
    d.key("lean_side", b, -0.1 * s)
    d.key("lean_ahead", b, -0.08)
    d.key("twist", b, -0.25 * s)
    d.put(s, b + 1, s * d.width, arc=0.03, take=0.7)
    for channel, value in (("dip", 0.06), ("lean_side", 0), ("lean_ahead", 0.03), ("twist", 0)):
        d.key(channel, b + 1, value)


@move(4, 0.8)
def charleston(d: Dancer, b: float, s: int) -> None:
    """Step ahead, kick, step back, tap behind."""
    d.put(s, b, s * 0.11, 0.12)
    d.put(-s, b + 1, -s * 0.13, 0.5, weight=False, height=0.26, take=0.8)
    d.lean_on(s, b + 1)
    d.put(-s, b + 2, -s * 0.12, -0.1)
    d.touch(s, b + 3, s * 0.14, -0.38)
    d.keys("lean_ahead", b, 0.04, -0.1, 0.04, 0.12)
    d.keys("twist", b, -0.18 * s, 0.24 * s, 0.18 * s, -0.22 * s)
    d.keys("hip_turn", b, 0.1 * s, -0.12 * s, 0.0, 0.12 * s)
    d.groove(b, 4, 0.05, 0.02)


@move(2, 0.95)
def running_man(d: Dancer, b: float, s: int) -> None:
    """A knee comes up while the other foot slides back, on every beat."""
    for k, side in enumerate((s, -s)):
        d.put(-side, b + k - 0.5, -side * 0.11, 0.06, weight=False, height=0.3, arc=0, take=0.5)
        d.put(side, b + k - 0.5, side * 0.11, -0.16, weight=False, arc=0, take=0.45)
        d.lean_on(0.5 * side, b + k - 0.5)
        d.put(-side, b + k, -side * 0.11, 0.12, weight=False, arc=0, take=0.45)
        d.lean_on(-0.3 * side, b + k)
        d.key("dip", b + k - 0.5, -0.01)
        d.key("dip", b + k, 0.09)
        d.key("twist", b + k, 0.2 * side)
    d.keys("lean_ahead", b, 0.12, 0.12)


@move(4, 0.5)
def walk_ahead(d: Dancer, b: float, s: int) -> None:
    """Three steps to the audience and a touch; every other time back again."""
    way = 1 if d.sheet.foot[s][1] < 0.05 + d.z else -1
    for k, side in enumerate((s, -s, s)):
        d.put(side, b + k, side * 0.1, way * 0.14 * (k + 1) + (0 if way > 0 else 0.4))
        d.key("hip_roll", b + k, 0.12 * side)
        d.key("twist", b + k, -0.2 * side)
        d.key("hip_turn", b + k, 0.12 * side)
    d.touch(-s, b + 3, -s * 0.14, 0.4 if way > 0 else 0.0)
    d.groove(b, 4, 0.035, 0.02)


@move(8, 0.55)
def quarter_turn(d: Dancer, b: float, s: int) -> None:
    """Step round to one side, groove there, and come back to the audience."""
    front, turned = d.heading, np.clip(d.heading + s * 1.05, -1.1, 1.1)
    d.face(b, front + 0.5 * (turned - front))
    d.put(s, b, s * d.width, 0.1)
    d.face(b + 1, turned)
    d.put(-s, b + 1, -s * d.width)
    for k, side in ((2, s), (3, -s)):
        d.put(side, b + k, side * d.width, 0.12 - 0.08 * (k - 2), arc=0.08)
    d.face(b + 4, turned + 0.02)
    d.lean_on(0.7 * s, b + 4)
    d.face(b + 5, front + 0.5 * (turned - front))
    d.put(-s, b + 5, -s * d.width)
    d.face(b + 6, front)
    d.put(s, b + 6, s * d.width)
    d.touch(-s, b + 7, -s * 0.08)
    d.groove(b, 8, 0.045, 0.03)
    d.keys("twist", b, 0.15 * s, 0, 0.15 * s, -0.15 * s, 0.15 * s, -0.1 * s, 0, 0.12 * s)
    d.keys("lean_ahead", b, 0.0, 0.0, 0.1, 0.02, 0.1, 0.0, 0.0, 0.0)


# In three --------------------------------------------------------------------------------------


def _rise(d: Dancer, b: float, low: float = 0.07, high: float = -0.025) -> None:
    """Waltz: down on one, up through two to three."""
    d.keys("dip", b, low, 0.2 * low, high)


@move(6, 0.5, in_three=True)
def waltz_box(d: Dancer, b: float, s: int) -> None:
    step = d.stride * d.size
    d.put(s, b, s * 0.08, 0.22)
    d.put(-s, b + 1, -s * (d.width + 0.5 * step), 0.2, arc=0.03)
    d.put(s, b + 2, -s * (0.5 * step - 0.08), 0.2, arc=0.02)
    d.put(-s, b + 3, -s * (d.width + 0.3 * step), -0.05)
    d.put(s, b + 4, s * (d.width + 0.3 * step), -0.05, arc=0.03)
    d.put(-s, b + 5, s * (0.3 * step - 0.08), -0.05, arc=0.02)
    for k, side in ((0, s), (3, -s)):
        _rise(d, b + k)
        d.keys("lean_side", b + k, 0.0, -0.07 * side, 0.05 * side)
        d.keys("twist", b + k, -0.15 * side, 0.0, 0.1 * side)


@move(6, 0.45, in_three=True)
def balance_side(d: Dancer, b: float, s: int) -> None:
    for k, side in ((0, s), (3, -s)):
        out = d.width + 0.6 * d.stride * d.size
        d.put(side, b + k, side * out)
        d.touch(-side, b + k + 1, side * (out - 0.18), -0.1)
        d.lean_on(0.6 * side, b + k + 1)
        d.lean_on(0.85 * side, b + k + 2)
        _rise(d, b + k)
        d.keys("lean_side", b + k, 0.08 * side, 0.02 * side, -0.06 * side)
        d.keys("twist", b + k, -0.1 * side, 0.12 * side, 0.16 * side)
        d.keys("head_tilt", b + k, 0.0, 0.06 * side, 0.08 * side)


@move(6, 0.4, in_three=True)
def balance_ahead(d: Dancer, b: float, s: int) -> None:
    for k, side, way in ((0, s, 1), (3, -s, -1)):
        d.put(side, b + k, side * 0.08, 0.16 * way)
        d.touch(-side, b + k + 1, -side * 0.1, 0.12 * way)
        d.lean_on(side, b + k + 2)
        _rise(d, b + k)
        d.keys("lean_ahead", b + k, 0.05 * way, 0.0, -0.05 * way)
        d.keys("twist", b + k, 0.18 * side, 0.1 * side, -0.05 * side)


@move(6, 0.3, in_three=True)
def hesitation(d: Dancer, b: float, s: int) -> None:
    """One step, the other foot is drawn to it slowly, and held."""
    out = d.width + 0.7 * d.stride * d.size
    d.put(s, b, s * out)
    d.put(-s, b + 2, s * (out - 0.2), weight=False, height=0.03, arc=0.01, take=1.8)
    d.lean_on(s, b + 2)
    d.lean_on(s, b + 3)
    d.put(-s, b + 4, -s * d.width, arc=0.03)
    d.lean_on(-s, b + 5)
    d.keys("dip", b, 0.09, 0.05, -0.01, 0.0, 0.06, 0.02)
    d.keys("lean_side", b, 0.05 * s, -0.06 * s, -0.13 * s, -0.12 * s, 0.0, 0.06 * s)
    d.keys("twist", b, -0.1 * s, 0.1 * s, 0.25 * s, 0.24 * s, 0.0, -0.1 * s)
    d.keys("head_turn", b, 0.0, 0.1 * s, 0.2 * s, 0.2 * s, 0.0, 0.0)


@move(6, 0.55, in_three=True)
def waltz_turn(d: Dancer, b: float, s: int) -> None:
    """A half box while turning to one side, the other half coming back."""
    front = d.heading
    turned = float(np.clip(front + 1.0 * s, -1.1, 1.1))
    for k, way in enumerate((0.5, 0.9, 1.0, 0.6, 0.2, 0.0)):
        d.face(b + k, front + way * (turned - front))
        side = s * (-1) ** k
        ahead = (0.16, 0.05, 0.0, -0.14, 0.0, 0.0)[k]
        d.put(side, b + k, side * (d.width - 0.03 * (k % 3)), ahead, arc=0.03)
    for k, side in ((0, s), (3, -s)):
        _rise(d, b + k)
        d.keys("lean_side", b + k, 0.0, 0.08 * side, 0.05 * side)
        d.keys("twist", b + k, 0.12 * side, 0.1 * side, 0.0)


@move(6, 0.55, in_three=True)
def twinkle(d: Dancer, b: float, s: int) -> None:
    """Cross in front on one, side, close; and to the other side."""
    for k, side in ((0, s), (3, -s)):
        d.put(side, b + k, -side * 0.1, 0.18)
        d.put(-side, b + k + 1, -side * (d.width + 0.5 * d.stride * d.size), 0.05, arc=0.03)
        d.put(side, b + k + 2, -side * 0.02, 0.0, arc=0.02)
        _rise(d, b + k)
        d.keys("hip_turn", b + k, -0.3 * side, -0.1 * side, 0.1 * side)
        d.keys("twist", b + k, 0.15 * side, -0.15 * side, -0.25 * side)
        d.keys("lean_side", b + k, 0.0, -0.08 * side, -0.03 * side)


@move(6, 0.45, in_three=True)
def side_chasse(d: Dancer, b: float, s: int) -> None:
    for k, side in ((0, s), (3, -s)):
        step = 0.8 * d.stride * d.size
        d.put(side, b + k, side * (d.width + 0.5 * step))
        d.put(-side, b + k + 1, side * (0.5 * step - 0.08), arc=0.03)
        d.put(side, b + k + 2, side * (d.width + step), arc=0.03)
        _rise(d, b + k, 0.06, -0.02)
        d.keys("lean_side", b + k, 0.05 * side, 0.0, -0.06 * side)
        d.keys("twist", b + k, -0.1 * side, 0.05 * side, 0.15 * side)


@move(6, 0.2, in_three=True)
def waltz_sway(d: Dancer, b: float, s: int) -> None:
    d.home(b, d.width + 0.04)
    for k, side in ((0, s), (3, -s)):
        d.lean_on(0.6 * side, b + k)
        d.lean_on(0.85 * side, b + k + 2)
        d.keys("dip", b + k, 0.05, 0.02, 0.0)
        d.keys("lean_side", b + k, 0.04 * side, 0.1 * side, 0.14 * side)
        d.keys("hip_side", b + k, 0.02 * side, 0.04 * side, 0.05 * side)
        d.keys("twist", b + k, 0.0, 0.1 * side, 0.18 * side)
        d.keys("head_tilt", b + k, 0.0, 0.06 * side, 0.1 * side)


@move(3, 0.2, in_three=True)
def breath(d: Dancer, b: float, s: int) -> None:
    d.home(b)
    d.lean_on(0.4 * s, b + 2)
    d.keys("dip", b, 0.05, 0.01, 0.0)
    d.keys("lean_side", b, 0.0, 0.03 * s, 0.05 * s)


@move(4, 0.0)
def wait(d: Dancer, b: float, s: int) -> None:
    """Stand at ease until the music begins again, the weight going over slowly."""
    d.home(b)
    for k, side in enumerate((0.5 * s, -0.4 * s, 0.5 * s, 0.0)):
        d.lean_on(side, b + 2 + 5 * k)
