"""The arms of the synthetic dancer: named postures, and patterns that join them on the beat.

A pattern writes keys for both arms from beat `b` on over `n` beats; `s` is the side that begins.
"""

from collections.abc import Callable

import numpy as np

from train.synthetic.moves import Dancer
from train.synthetic.puppet import LEFT, NEUTRAL, RIGHT

_NAME = {LEFT: "left", RIGHT: "right"}
PARTS = ("raise", "ahead", "elbow", "swivel")
# Degrees: raise (0 hanging, 90 level), ahead (0 to the side, 90 to the front), elbow, swivel.
POSTURES = {
    "down": (13, 20, 20, 80), "easy": (16, 25, 40, 85), "bent": (24, 15, 95, 75),
    "pump": (32, 35, 118, 50), "swing_ahead": (34, 75, 62, 20), "swing_back": (24, -35, 45, 85),
    "side": (86, 10, 24, 60), "low_side": (45, 10, 18, 60), "high": (162, 25, 18, 0),
    "vee": (138, 8, 14, 0), "goal": (86, 12, 88, 0), "chest": (48, 35, 128, 95),
    "clap": (42, 62, 78, 88), "clap_high": (150, 45, 50, 60), "hip": (42, -8, 98, 165),
    "point_up": (140, 2, 6, 0), "point_across": (38, 118, 12, 90), "punch": (88, 75, 8, 90),
    "roof_low": (80, 20, 120, 5), "roof_high": (145, 20, 45, 0), "crown": (118, 12, 118, 0),
    "wave_low": (62, 10, 50, 150), "wave_high": (108, 8, 60, 20), "roll": (45, 62, 92, 70),
    "roll_high": (62, 66, 92, 60), "frame": (74, 38, 78, 80), "frame_open": (82, 14, 50, 30),
    "round_low": (30, 55, 55, 85), "round_mid": (68, 55, 60, 85), "round_high": (150, 40, 45, 50),
    "behind": (20, -30, 75, 120), "snap": (28, 15, 110, 45), "snap_out": (42, 8, 72, 30),
}  # fmt: skip

Pattern = Callable[[Dancer, float, int, int], None]
PATTERNS: dict[str, tuple[Pattern, bool, float]] = {}  # with: in three, liveliness


def pattern(liveliness: float, in_three: bool = False) -> Callable[[Pattern], Pattern]:
    """Enter a function into the vocabulary."""

    def enter(play: Pattern) -> Pattern:
        PATTERNS[play.__name__] = (play, in_three, liveliness)
        return play

    return enter


def take(d: Dancer, side: int, beat: float, posture: str, share: float = 1.0) -> None:
    """Bring one arm into a posture at a beat, or part of the way there."""
    gain = share * (0.75 + 0.25 * d.size)
    for part, angle in zip(PARTS, POSTURES[posture], strict=True):
        channel = f"{part}_{_NAME[side]}"
        rest = NEUTRAL[channel]
        d.used.add(channel)
        d.sheet.key(channel, beat, rest + gain * (np.radians(angle) - rest))


def both(d: Dancer, beat: float, posture: str, share: float = 1.0) -> None:
    """Bring both arms into a posture."""
    for side in (LEFT, RIGHT):
        take(d, side, beat, posture, share)


def play(d: Dancer, name: str, b: float, n: int, s: int) -> None:
    """Dance one arm pattern over n beats; the arms hold their place until the beat before."""
    for side in (LEFT, RIGHT):
        for part in PARTS:
            channel = f"{part}_{_NAME[side]}"
            at, value = d.sheet.last(channel)
            if at < b - 1:
                d.sheet.key(channel, b - 1, value)
    PATTERNS[name][0](d, b, n, s)


# In four ---------------------------------------------------------------------------------------


@pattern(0.3)
def swing(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(n):
        side = s * (-1) ** k
        take(d, side, b + k, "swing_ahead")
        take(d, -side, b + k, "swing_back")


@pattern(0.45)
def bent_groove(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(n):
        side = s * (-1) ** k
        take(d, side, b + k, "pump")
        take(d, -side, b + k, "bent")


@pattern(0.2)
def hang(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 2):
        side = s * (-1) ** (k // 2)
        take(d, side, b + k, "easy", 1.2)
        take(d, -side, b + k, "down")


@pattern(0.55)
def claps(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 2):
        both(d, b + k, "snap_out")
        both(d, b + k + 1, "clap")


@pattern(0.9)
def claps_high(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 2):
        both(d, b + k, "vee", 0.92)
        both(d, b + k + 1, "clap_high")


@pattern(0.8)
def raised_sway(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 2):
        side = s * (-1) ** (k // 2)
        take(d, side, b + k, "vee")
        take(d, -side, b + k, "high")
        take(d, side, b + k + 1, "vee", 0.9)
        take(d, -side, b + k + 1, "high", 0.96)


@pattern(0.8)
def disco_point(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(n):
        take(d, s, b + k, ("point_up", "point_across")[k % 2])
        take(d, -s, b + k, "hip")


@pattern(0.6)
def rolls(d: Dancer, b: float, n: int, s: int) -> None:
    """The forearms roll around one another, then open."""
    for k in range(2 * n - 3):
        beat = b + k / 2
        side = s * (-1) ** k
        take(d, side, beat, "roll_high")
        take(d, -side, beat, "roll")
    both(d, b + n - 1, "low_side", 1.2)


@pattern(0.6)
def arm_wave(d: Dancer, b: float, n: int, s: int) -> None:
    """A wave runs from one hand through the shoulders to the other."""
    for k in range(0, n, 4):
        for part in range(4):
            take(d, s, b + k + part, ("wave_low", "wave_high", "side", "side")[part])
            take(d, -s, b + k + part, ("side", "side", "wave_low", "wave_high")[part])


@pattern(0.85)
def punches(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(n):
        side = s * (-1) ** k
        take(d, side, b + k, ("roof_high", "punch", "side")[(k // 2) % 3])
        take(d, -side, b + k, "chest")


@pattern(0.75)
def raise_the_roof(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(n):
        both(d, b + k, "roof_high")
        both(d, b + k - 0.5, "roof_low")


@pattern(0.55)
def open_close(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 2):
        both(d, b + k, ("side", "vee")[(k // 2) % 2], 0.95)
        both(d, b + k + 1, "chest")


@pattern(0.35)
def hands_on_hips(d: Dancer, b: float, n: int, s: int) -> None:
    both(d, b, "hip")
    both(d, b + n - 1, "hip")
    if n >= 8:
        take(d, s, b + n / 2 - 1, "hip")
        take(d, s, b + n / 2, "point_up", 0.95)
        take(d, s, b + n / 2 + 2, "side")


@pattern(0.45)
def snaps(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(n):
        both(d, b + k, ("snap_out", "snap")[k % 2])


@pattern(0.65)
def one_up(d: Dancer, b: float, n: int, s: int) -> None:
    """One arm is up and marks the beat; the other swings low."""
    for k in range(n):
        take(d, s, b + k, ("roof_high", "vee")[k % 2])
        take(d, -s, b + k, ("easy", "bent")[k % 2])


@pattern(0.7)
def pull_down(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 2):
        side = s * (-1) ** (k // 2)
        take(d, side, b + k, "point_up")
        take(d, side, b + k + 1, "pump")
        take(d, -side, b + k, "bent")
        take(d, -side, b + k + 1, "low_side")


@pattern(0.5)
def latin_frame(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(n):
        side = s * (-1) ** k
        take(d, side, b + k, "frame", 0.9)
        take(d, -side, b + k, "frame_open", 0.8)


@pattern(0.6)
def crown_open(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 4):
        both(d, b + k, "crown")
        both(d, b + k + 1, "crown", 0.94)
        both(d, b + k + 2, "vee")
        both(d, b + k + 3, "low_side")


# In three: the arms flow over the bar and arrive between the beats --------------------------------


@pattern(0.4, in_three=True)
def hold(d: Dancer, b: float, n: int, s: int) -> None:
    """The frame of a couple, breathing with the bar."""
    for k in range(0, n, 3):
        for side, posture in ((RIGHT, "frame"), (LEFT, "frame_open")):
            take(d, side, b + k + 0.7, posture, 0.95)
            take(d, side, b + k + 2.2, posture, 1.06)


@pattern(0.5, in_three=True)
def open_arms(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 6):
        both(d, b + k + 0.7, "round_low")
        both(d, b + k + 2.2, "round_mid")
        both(d, b + k + 4, "side", 0.95)
        both(d, b + k + 5, "low_side", 1.3)


@pattern(0.55, in_three=True)
def port_de_bras(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 6):
        for beat, posture in ((0.6, "round_mid"), (2.2, "round_high"), (3.8, "vee"), (5, "side")):
            take(d, s, b + k + beat, posture)
        for beat, posture in ((0.7, "low_side"), (2.7, "side"), (5, "round_low")):
            take(d, -s, b + k + beat, posture, 0.9)


@pattern(0.3, in_three=True)
def sway_low(d: Dancer, b: float, n: int, s: int) -> None:
    for k in range(0, n, 3):
        side = s * (-1) ** (k // 3)
        take(d, side, b + k + 1.5, "low_side", 1.15)
        take(d, -side, b + k + 1.5, "round_low", 1.15)


@pattern(0.35, in_three=True)
def skirt(d: Dancer, b: float, n: int, s: int) -> None:
    """One hand on the hip, the other opens and closes."""
    take(d, -s, b + 0.5, "hip")
    take(d, -s, b + n - 1, "hip")
    for k in range(0, n, 6):
        take(d, s, b + k + 1, "round_mid")
        take(d, s, b + k + 3.5, "side", 0.95)
        take(d, s, b + k + 5, "side")
