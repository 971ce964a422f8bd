"""A painter that needs the picture before: frames are painted in the video's order."""

import numpy as np

from models.nets.picture.paper_painter import FedBackPainter
from models.types import Array
from train.person.data import TargetData
from train.picture_eval.painters import Painter

LEAD = 12  # frames painted before one that does not follow the last


class InOrder:
    """Paints any frame of a video as it looks when the frames before it were painted as well."""

    def __init__(self, painter: FedBackPainter, data: TargetData) -> None:
        self._painter, self._data = painter, data
        self._rows: dict[bytes, list[int]] = {}
        for row, joints in enumerate(data.joints):
            self._rows.setdefault(joints.tobytes(), []).append(row)
        self._last = -1
        self._picture = np.empty(0)

    def __call__(self, joints: Array) -> Array:
        """Joints (18, 2) of a frame of the video -> picture uint8 (size, size, 3).

        Raises KeyError when the video has no such frame.
        """
        same = self._rows[joints.tobytes()]
        row = next((r for r in same if r >= self._last), same[0])
        clip, last = self._data.clip, self._last
        begin = last + 1
        if last < 0 or not last <= row <= last + LEAD or clip[row] != clip[last]:
            self._painter.reset()
            begin = max(0, row - LEAD)
        for at in range(begin, row + 1):
            if clip[at] == clip[row]:
                self._picture = self._painter(self._data.joints[at])
        self._last = row
        return self._picture


def in_order(painter: Painter, data: TargetData) -> Painter:
    """The painter as it is, or in the order of the video if it needs the picture before."""
    return InOrder(painter, data) if isinstance(painter, FedBackPainter) else painter
