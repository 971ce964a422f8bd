"""What the body does when the music has stopped: it lets its arms sink and turns to the audience,
then stands as people stand, breathing and shifting its weight. Pure.

A dance only holds the pose in which the silence found it, which looks like a photograph.
"""

import math

import numpy as np

from models.skeleton import (
    L_ANKLE,
    R_ANKLE,
    STANDING,
    bone_vectors,
    from_bones,
    limit_bones,
    pelvis,
)
from models.spec import CHUNK_SECONDS
from models.types import Array

WAIT_S = 1.0  # a shorter stop belongs to the music: the pose is held
GLIDE_S = 1.8
FURTHEST = 0.4  # sideways from the middle of the stage, body units
# Breath and weight, body units and Hz: rates that never meet, so that nothing comes again.
BREATH = (0.007, 0.24)
WEIGHT = ((0.035, 0.083), (0.018, 0.137))
# How far each joint goes with them; the feet stay, the arms hang.
_BREATHES = (1, 1, 1, 0.9, 0.8, 1, 0.9, 0.8, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1)
_SHIFTS = (0.5, 0.6, 0.6, 0.75, 0.85, 0.6, 0.75, 0.85, 1, 0.55, 0, 1, 0.55, 0, 0.5, 0.5, 0.5, 0.5)
BREATHES, SHIFTS = np.array(_BREATHES, np.float32), np.array(_SHIFTS, np.float32)


def sway(time: float) -> Array:
    """How far the joints of one who stands are from where they stand, (18, 2) body units."""
    moved = np.zeros_like(STANDING)
    height, rate = BREATH
    weight = sum(far * math.sin(2 * math.pi * slow * time) for far, slow in WEIGHT)
    moved[:, 0] = SHIFTS * np.float32(weight)
    # Standing is as tall as the body is: breathing out sinks, breathing in comes back.
    moved[:, 1] = BREATHES * np.float32(height * (1 - math.sin(2 * math.pi * rate * time)))
    return moved


def standing_near(pose: Array) -> Array:
    """Standing where this pose (18, 2) has its feet."""
    feet = float(pose[[R_ANKLE, L_ANKLE], 0].mean())
    return STANDING + np.array([min(FURTHEST, max(-FURTHEST, feet)), 0.0], np.float32)


def between(one: Array, other: Array, share: float) -> Array:
    """From pose (18, 2) `one` (0) to `other` (1), every bone turned the short way."""
    bones, wanted = (b[:, 0] + 1j * b[:, 1] for b in (bone_vectors(one), bone_vectors(other)))
    lengths = (1 - share) * np.abs(bones) + share * np.abs(wanted)
    turn = np.angle(wanted * np.conj(bones))
    turned = lengths * np.exp(1j * (np.angle(bones) + share * turn))
    root = (1 - share) * pelvis(one) + share * pelvis(other)
    drawn = np.stack([turned.real, turned.imag], -1).astype(np.float32)
    return from_bones(root.astype(np.float32), drawn)


class Idle:
    """Fed with every chunk; gives the body's place once the music has stopped."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """There was no silence yet."""
        self._silent_s = 0.0
        self._since: float | None = None  # media time at which the body began to let go
        self._from = self._to = STANDING

    def feed(self, is_silent: bool, times: Array, joints: Array) -> Array | None:
        """The plan of this chunk, times (H,) and joints (H, 18, 2) -> the idle one.

        None while the dance goes on.
        """
        self._silent_s = self._silent_s + CHUNK_SECONDS if is_silent else 0.0
        if self._silent_s < WAIT_S:
            self._since = None
            return None
        if self._since is None:
            self._since = float(times[0])
            self._from, self._to = joints[0], standing_near(joints[0])
        return np.stack([self._at(float(time) - self._since, float(time)) for time in times])

    def _at(self, passed: float, time: float) -> Array:
        u = min(1.0, passed / GLIDE_S)
        share = u * u * u * (10 - 15 * u + 6 * u * u)
        return limit_bones(between(self._from, self._to, share) + np.float32(share) * sway(time))
