"""Dances painted as a person, a row each: to see what the figures of a table are of."""

from collections.abc import Mapping

import numpy as np

from models.puppet.painter import PersonPainter
from models.skeleton import Body
from models.types import Array

HEIGHT_PX = 120  # of a row
LABEL_PX = 16
MARGIN = 0.08  # of the picture, around the joints
_GROUND, _INK = 255, (40, 40, 40)


def painted_sheet(rows: Mapping[str, Array], painter: PersonPainter, body: Body) -> Array:
    """Rows of canonical poses (n, 18, 2), each with its label -> uint8 (H, W, 3) RGB.

    All rows show the part of the picture that the first one needs.
    """
    import cv2

    placed = {title: body.place(poses).astype(np.float32) for title, poses in rows.items()}
    first = next(iter(placed.values())).reshape(-1, 2)
    size = len(painter.plate)
    left, top = (np.clip(first.min(0) - MARGIN, 0, 1) * size).astype(int)
    right, bottom = (np.clip(first.max(0) + MARGIN, 0, 1) * size).astype(int)
    width = round((right - left) * HEIGHT_PX / (bottom - top))
    lines: list[Array] = []
    for title, joints in placed.items():
        label = np.full((LABEL_PX, width * len(joints), 3), _GROUND, np.uint8)
        cv2.putText(label, title, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
        pictures = [
            cv2.resize(
                painter.whole(pose)[top:bottom, left:right],
                (width, HEIGHT_PX),
                interpolation=cv2.INTER_AREA,
            )
            for pose in joints
        ]
        lines += [label, np.concatenate(pictures, 1)]
    return np.concatenate(lines)
