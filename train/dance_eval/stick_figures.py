"""Stick-figure contact sheets, to see poses by eye. OpenCV."""

from pathlib import Path

import numpy as np

from models import skeleton
from models.types import Array

CELL_W, CELL_H = 76, 110
UNIT_PX = 42.0
HEAD_H = 14  # of what is written over a row
FONT = 0  # cv2.FONT_HERSHEY_SIMPLEX
ON_BEAT, PALE = (40, 40, 200), (150, 150, 255)  # BGR
RIGHT, LEFT, TRUNK = (60, 60, 220), (220, 120, 30), (40, 40, 40)  # BGR


def _colour(joint: int) -> tuple[int, int, int]:
    return {"r": RIGHT, "l": LEFT}.get(skeleton.JOINTS[joint].split("_")[0], TRUNK)


def figure(pose: Array) -> Array:
    """One pose (18, 2) as a small picture; the thin line is the floor, right limbs are red."""
    import cv2

    picture = np.full((CELL_H, CELL_W, 3), 255, np.uint8)
    centre = np.array([CELL_W / 2, CELL_H * 0.52])
    floor = int(centre[1] + skeleton.CANONICAL_LEG * UNIT_PX)
    cv2.line(picture, (0, floor), (CELL_W, floor), (200, 200, 200), 1)
    points = np.nan_to_num(pose) * UNIT_PX + centre
    for a, b in skeleton.LIMBS:
        ends = [tuple(int(v) for v in np.clip(points[j] * 8, -30000, 30000)) for j in (a, b)]
        cv2.line(picture, ends[0], ends[1], _colour(b), 2, cv2.LINE_AA, 3)
    return picture


def contact_sheet(rows: dict[str, Array]) -> Array:
    """Rows of poses (n, 18, 2), each with its label, as one picture uint8 (H, W, 3) RGB."""
    width = CELL_W * max(len(poses) for poses in rows.values())
    return np.concatenate([_strip(label, poses, width) for label, poses in rows.items()])[..., ::-1]


def beat_sheet(label: str, poses: Array, beats: Array, a_row: int) -> Array:
    """Poses (n, 18, 2) at a steady rate, `a_row` beside each other, as a picture (H, W, 3) RGB.

    `beats` are their places among the poses, counted from 0. A red line with its number
    stands where one falls, between two figures where it falls between them.
    """
    import cv2

    strips: list[Array] = []
    inside = beats[(beats > -0.5) & (beats < len(poses) - 0.5)]
    for first in range(0, len(poses), a_row):
        strip = _strip("" if first else label, poses[first : first + a_row], CELL_W * a_row)
        for number, beat in enumerate(inside, 1):
            if first - 0.5 <= beat < first + a_row - 0.5:
                x = round((beat - first + 0.5) * CELL_W)
                strip[HEAD_H:, x] = np.minimum(strip[HEAD_H:, x], PALE)  # behind the figure
                cv2.putText(strip, str(number), (x + 3, HEAD_H + 10), FONT, 0.36, ON_BEAT, 1)
        strips.append(strip)
    return np.concatenate(strips)[..., ::-1]


def save(picture: Array, path: Path) -> None:
    """A picture (H, W, 3) RGB as PNG; raises OSError."""
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes())


def _strip(label: str, poses: Array, width: int) -> Array:
    import cv2

    strip = np.full((CELL_H + HEAD_H, width, 3), 255, np.uint8)
    cv2.putText(strip, label, (4, 11), FONT, 0.36, (0, 0, 0), 1)
    for index, pose in enumerate(poses):
        strip[HEAD_H:, index * CELL_W : (index + 1) * CELL_W] = figure(pose)
    return strip
