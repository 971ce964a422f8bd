"""One dance into the next: both are danced for a while, and the pose goes over. Pure."""

import numpy as np

from live.core.messages import AudioChunk, Beat, PosePlan
from live.dance.dancer import Dancer
from models.types import Array

GLIDE_S = 0.8


class Handover:
    """From its making on the new dancer moves where the old one is, and takes over by and by."""

    def __init__(self, old: Dancer, new: Dancer, body: tuple[Array, Array] | None) -> None:
        """`body` (18, 2) twice: where the old one's plans begin, the chunk before and now."""
        self._old, self._new = old, new
        self._began: float | None = None
        new.go_on_from(old, body)

    def step(self, chunk: AudioChunk, beat: Beat | None) -> tuple[PosePlan, bool]:
        """The plan of both, and whether the old dancer is done."""
        old, new = self._old, self._new
        old.energy, old.swing, old.lively = new.energy, new.swing, new.lively
        old.is_phase_locked = new.is_phase_locked
        going, coming = old.step(chunk, beat), new.step(chunk, beat)
        self._began = going.time if self._began is None else self._began
        share = np.clip((coming.times - self._began - going.times[0] + going.time) / GLIDE_S, 0, 1)
        share = (share * share * (3 - 2 * share)).astype(np.float32)[:, None, None]
        joints = _at(coming.times, going) * (1 - share) + coming.joints * share
        accent = coming.accent if share[0] > 0.5 else going.accent
        plan = PosePlan(coming.time, coming.times, joints, coming.captured_at, accent)
        return plan, bool((share >= 1).all())


def _at(times: Array, plan: PosePlan) -> Array:
    """The poses of a plan at other times; the ends are held."""
    if len(times) == len(plan.times) and np.allclose(times, plan.times):
        return plan.joints
    place = np.interp(times, plan.times, np.arange(len(plan.times)))
    first = np.floor(place).astype(int)
    second = np.minimum(first + 1, len(plan.times) - 1)
    between = (place - first).astype(np.float32)[:, None, None]
    return plan.joints[first] * (1 - between) + plan.joints[second] * between
