"""Whether a camera stood still: places of the background followed through the video."""

from typing import Any

import numpy as np

from models.types import Array

MOVED = 1.5 / 256  # of the picture's side: more is no fixed camera
_LOOKS = 24  # frames compared with the first
_LEAST_POINTS = 8  # fewer that can be followed tell nothing
_LEAST_SIDE = 128  # px; in less, what surrounds a point reaches the person
_RETURNED = 0.7  # px: a point that is followed there and back comes out where it was
_ALIKE = 0.6  # share of the points
_MARGIN = 0.02  # of the picture, around the person: what moves with them


def _background(person: Array) -> Array:
    """Where the person is not, uint8 (size, size) 0 or 255; bool (size, size) where they may be."""
    import cv2

    side = 2 * round(_MARGIN * len(person)) + 1
    around = cv2.dilate(person.astype(np.uint8), np.ones((side, side), np.uint8))
    return np.where(around > 0, 0, 255).astype(np.uint8)


def movement(frames: Array, people: Array) -> float | None:
    """How far the background wanders, share of the side: 90th percentile over the video.

    Frames uint8 (N, S, S, 3), people bool (N, S, S), where somebody may be. None where there is too
    little to follow: an even wall, small pictures.
    """
    import cv2

    size = frames.shape[1]
    if size < _LEAST_SIDE:
        return None
    rows = np.linspace(0, len(frames) - 1, _LOOKS + 1).astype(int)
    grey = [cv2.cvtColor(np.asarray(frames[row]), cv2.COLOR_RGB2GRAY) for row in rows]
    masks = [_background(people[row]) for row in rows]
    points: Any = cv2.goodFeaturesToTrack(grey[0], 200, 0.02, size / 40, mask=masks[0])
    if points is None or len(points) < _LEAST_POINTS:
        return None
    moves: list[float] = []
    for picture, mask in zip(grey[1:], masks[1:], strict=True):
        found, _, _ = cv2.calcOpticalFlowPyrLK(grey[0], picture, points, None)  # pyright: ignore
        back, _, _ = cv2.calcOpticalFlowPyrLK(picture, grey[0], found, None)  # pyright: ignore
        there = found[:, 0].round().astype(int).clip(0, size - 1)
        returned = np.linalg.norm((back - points)[:, 0], axis=1) < _RETURNED
        good = returned & (mask[there[:, 1], there[:, 0]] > 0)
        if good.sum() < _LEAST_POINTS:
            continue
        steps = (found - points)[good, 0]
        way = np.median(steps, axis=0)
        # A shadow moves some points, a camera all of them, and alike.
        alike = np.linalg.norm(steps - way, axis=1) < 1 + 0.2 * np.linalg.norm(way)
        if alike.mean() > _ALIKE:
            moves.append(float(np.linalg.norm(way)))
    return float(np.percentile(moves, 90)) / size if len(moves) > _LOOKS / 4 else None
