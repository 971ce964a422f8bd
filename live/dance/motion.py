"""Whatever knows the body at a media time: the tween, or a pose file."""

from typing import TYPE_CHECKING, Protocol

import numpy as np

from live.core.messages import Pose

if TYPE_CHECKING:
    from models.pose_playback import PoseFile


class Motion(Protocol):
    """Asked by any thread."""

    def at(self, time: float) -> Pose:
        """The body at media time `time`, s."""
        ...


class PoseFileMotion:
    """A pose file played as the dance."""

    def __init__(self, file: "PoseFile", start: float = 0.0) -> None:
        """From its second `start` on."""
        self._file, self._start = file, start
        self.duration = file.duration - start

    def at(self, time: float) -> Pose:
        return Pose(time, self._file.at(time + self._start).astype(np.float32), time)
