"""Specks of a puppet's views that hang on nothing: what a training left beside a part."""

import numpy as np

from models.puppet.coverage import LOGITS
from models.types import Array

SEEN = 0.02  # coverage from which a pixel belongs to a piece
PLAIN = 0.2  # coverage that a speck reaches somewhere to be noticed; fainter ones soften edges
SMALL = 0.15  # share of the part's largest piece; a hand half hidden is in larger ones
EDGE_PX = 6  # around a speck that still is of it


def without_debris(views: Array) -> Array:
    """Views uint8 (V, rows, columns, 4) with small pieces apart from the largest made bare."""
    return np.stack([_without_debris(view) for view in views])


def _without_debris(view: Array) -> Array:
    import cv2

    coverage = view[..., 3]
    is_seen = (coverage >= _level(SEEN)).astype(np.uint8)
    n, pieces, sizes, _ = cv2.connectedComponentsWithStats(is_seen, connectivity=8)
    areas = sizes[:, cv2.CC_STAT_AREA]
    areas[0] = 0  # what is bare
    small = [
        piece
        for piece in range(1, n)
        if areas[piece] < SMALL * areas.max() and coverage[pieces == piece].max() >= _level(PLAIN)
    ]
    if not small:
        return view
    debris = np.isin(pieces, small).astype(np.uint8)
    # The soft edge around a speck goes with it, but not that of the part.
    around = cv2.dilate(debris, np.ones((2 * EDGE_PX + 1,) * 2, np.uint8))
    clean = view.copy()
    clean[..., 3][(around > 0) & ((is_seen == 0) | (debris > 0))] = 0
    return clean


def _level(coverage: float) -> int:
    """0..255 of a view."""
    return round((np.log(coverage / (1 - coverage)) / LOGITS + 1) / 2 * 255)
