"""A square picture's edges drawn outwards until they fill the stage screen. Pure; no threads."""

import numpy as np

from live.picture.placement import Placement
from models.types import Array

SMOOTH_PX = 96  # from the picture's edge, until the extended background is fully smooth


def extended(plate: Array, placement: Placement) -> Array:
    """The empty place, uint8 (S, S, 3), and what goes on around it -> uint8 (H, W, 3).

    The edges become smoother and smoother outwards.
    """
    width, height = placement.output
    rows, columns = placement.area
    scaled = placement.scale(plate)
    across = _stretch(scaled.astype(np.float32), columns.start, width, axis=1)
    whole = _stretch(across, rows.start, height, axis=0)
    dither = np.random.default_rng(0).random(whole.shape[:2], np.float32)[..., None]
    screen = np.clip(whole + dither, 0, 255).astype(np.uint8)
    screen[placement.area] = scaled
    return screen


def _stretch(picture: Array, before: int, length: int, axis: int) -> Array:
    """Extend (h, w, 3) to `length` along `axis`, `before` of it in front."""
    picture = np.moveaxis(picture, axis, 1)
    after = length - before - picture.shape[1]
    parts = [picture]
    if before > 0:
        parts.insert(0, _outwards(picture[:, 0], picture[:, :8].mean(1), before)[:, ::-1])
    if after > 0:
        parts.append(_outwards(picture[:, -1], picture[:, -8:].mean(1), after))
    return np.moveaxis(np.concatenate(parts, 1), 1, axis)


def _outwards(edge: Array, near: Array, n: int) -> Array:
    """(h, 3) at the edge -> (h, n, 3): exact at the edge, blurred along it further out."""
    radius = max(2, len(edge) // 24)
    kernel = np.hanning(2 * radius + 3)[1:-1].astype(np.float32)
    padded = np.pad(near, ((radius, radius), (0, 0)), mode="edge")
    smooth = np.stack(
        [np.convolve(padded[:, c], kernel / kernel.sum(), "valid") for c in range(3)], 1
    )
    away = np.clip((np.arange(n, dtype=np.float32) + 1) / SMOOTH_PX, 0, 1)
    mix = (away * away * (3 - 2 * away))[None, :, None]
    return edge[:, None] * (1 - mix) + smooth[:, None] * mix
