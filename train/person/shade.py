"""How much darker the person makes the place they were filmed in: a small map of each frame."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.files import write_whole
from models.types import Array
from train.person.film import Film

CELLS = 64  # a side
UNKNOWN = 255  # of a cell that the person covers; else 0 to 254 for 0..1 of the light that is lost
_FREE = 0.3  # of a cell that must be seen
_EDGE = 1 / 200  # of the side, around the person, where their soft edge still shows
_DARKEST = 16  # grey levels of a place in which no shadow can be told
_LEAST = 0.03  # of the light: less is the camera's or the plate's


def shades_of(frames: Iterable[Array], film: Film) -> Array:
    """Whole frames uint8 (size, size, 3), all of a film's -> uint8 (N, CELLS, CELLS)."""
    place = _Place(film.plate)
    return np.stack([place.shade(rgb, film, row) for row, rgb in enumerate(frames)])


def kept_shades(into: Path, frames: Iterable[Array], film: Film) -> Array:
    """What was kept in `into`, else what is found and kept there."""
    if not into.exists():
        found = shades_of(tqdm(frames, total=len(film), desc="shadows"), film)
        with write_whole(into) as part, part.open("wb") as file:
            np.savez_compressed(file, shades=found)
    with np.load(into) as kept:
        return kept["shades"]


class _Place:
    def __init__(self, plate: Array) -> None:
        self._plate = _grey(plate)
        side = 2 * max(1, round(_EDGE * len(plate))) + 1
        self._around = np.ones((side, side), np.uint8)

    def shade(self, rgb: Array, film: Film, row: int) -> Array:
        """uint8 (CELLS, CELLS) of one frame."""
        import cv2

        piece = film.piece(row)
        free = np.ones(rgb.shape[:2], np.float32)
        free[piece.area] = 1 - cv2.dilate(piece.coverage, self._around).astype(np.float32) / 255
        share, seen, lit = (_cells(each) for each in (free, free * _grey(rgb), free * self._plate))
        known = (share > _FREE) & (lit > share * _DARKEST)
        left = seen / np.maximum(lit, 1e-6)
        if known.any():  # a cloud, or a camera that sets itself, is no shadow
            left = left / np.median(left[known])
        dark = np.where(1 - left < _LEAST, 0, 1 - left)
        return np.where(known, (254 * dark.clip(0, 1)).round(), UNKNOWN).astype(np.uint8)


def _grey(rgb: Array) -> Array:
    import cv2

    return cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)


def _cells(picture: Array) -> Array:
    import cv2

    return cv2.resize(picture, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
