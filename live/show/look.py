"""What the hand makes of the dance and its picture: mirrored, held still, black.

For the thread that paints, but for what says so.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from live.core.messages import Pose
from live.dance.company import Company
from live.picture.screen import Shown
from models.skeleton import mirror
from models.spec import N_JOINTS
from models.types import Array

_STOOD_S = 0.5  # a picture that stood so long is where it was to be


class Look:
    """`is_black` and `is_mirrored` are set by any thread; `freeze` and poses are read by any."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.is_black = self.is_mirrored = False
        self._held: Array | None = None  # (dancers, 18, 2)
        self._light = 1.0  # of the picture; on its way to 0 where it is black
        self._is_at_once = True  # no fade is asked for
        self._shown: Shown | None = None  # the newest, as it was painted
        self._painted_time: float | None = None  # media time of the newest frame

    @property
    def _goal(self) -> float:
        return 0.0 if self.is_black else 1.0

    @property
    def is_frozen(self) -> bool:
        return self._held is not None

    @property
    def frozen(self) -> list[list[float]]:
        """The poses that are held, 18 rows (x, y) a dancer; empty when none is."""
        return [] if self._held is None else self._held.reshape(-1, 2).tolist()

    def hold(self, rows: Sequence[Sequence[float]]) -> None:
        """Poses as `frozen` tells them; none of them = as danced."""
        self._held = np.array(rows, np.float32).reshape(-1, N_JOINTS, 2) if rows else None

    def freeze(self, on: bool, media_time: float, n: int) -> None:
        """Hold the poses that `n` dancers have at a media time, or let them go."""
        if not on:
            self._held = None
        elif self._held is None:
            self._held = self.poses_at(media_time, n)[1]

    def at(self, media_time: float, seconds: float) -> None:
        """A frame of this media time is painted next; to black and back it takes so long."""
        before, self._painted_time = self._painted_time, media_time
        self._is_at_once = seconds <= 0
        passed = 0.0 if before is None else media_time - before
        step = passed / seconds if seconds > 0 and 0 <= passed < _STOOD_S else 1.0
        self._light += max(-step, min(step, self._goal - self._light))

    def turned(self) -> Shown | None:
        """What was `seen` last, seen again where it is black or back since then; else None.

        So the hand need not wait for what is painted at that moment. A fade begins with the next.
        """
        if self._shown is None or not self._is_at_once or self._light == self._goal:
            return None
        self._light = self._goal
        return self.seen(self._shown)

    def pose_at(self, media_time: float) -> Pose:
        """The first dancer as shown: danced, held or mirrored."""
        return self.poses_at(media_time, 1)[0]

    def poses_at(self, media_time: float, n: int) -> tuple[Pose, Array]:
        """The first as shown, and all `n` dancers, float32 (n, 18, 2)."""
        held = self._held
        pose, joints = self.company.poses(media_time, n if held is None else 1)
        if held is not None:  # who came in since then holds the pose of the last
            joints = held[np.minimum(np.arange(n), len(held) - 1)]
        elif self.is_mirrored:
            joints = mirror(joints)
        else:
            return pose, joints
        return replace(pose, joints=joints[0]), joints

    def seen(self, shown: Shown) -> Shown:
        """The picture, or black, or on its way there."""
        self._shown = shown
        if self._light >= 1:
            return shown
        if self._light <= 0:
            return Shown(np.zeros_like(shown.image), shown.cutout and shown.cutout.nobody())
        import cv2  # a show without fades or puppets does without

        image = cv2.convertScaleAbs(shown.image, alpha=self._light)
        return Shown(image, shown.cutout and shown.cutout.faded(self._light))
