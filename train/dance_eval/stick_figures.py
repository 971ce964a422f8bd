"""Stick-figure contact sheets, to see poses by eye. OpenCV."""

import numpy as np

from models import skeleton
from models.types import Array

CELL_W, CELL_H = 76, 110
UNIT_PX = 42.0
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
    import cv2

    strips: list[Array] = []
    width = CELL_W * max(len(poses) for poses in rows.values())
    for label, poses in rows.items():
        strip = np.full((CELL_H + 14, width, 3), 255, np.uint8)
        cv2.putText(strip, label, (4, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1)
        for index, pose in enumerate(poses):
            strip[14:, index * CELL_W : (index + 1) * CELL_W] = figure(pose)
        strips.append(strip)
    return np.concatenate(strips)[..., ::-1]
