"""A square picture's edges drawn outwards until they fill the stage screen. Pure; no threads."""

import numpy as np

from live.picture.placement import Placement
from models.types import Array

_TILE_PX = 256  # of the noise, which is laid side by side: random numbers take their time
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
    whole += _dither(height, width)[..., None]
    screen = np.clip(whole, 0, 255, out=whole).astype(np.uint8)
    screen[placement.area] = scaled
    return screen


def carried(screen: Array, before: Placement, now: Placement) -> Array:
    """What was extended for one place, uint8 (H, W, 3), as it is where the picture lies now.

    To whole pixels, as the edges of the picture fade into it; what is beyond goes on as its edge.
    """
    import cv2  # only who moves needs it

    times = now.side / before.side
    source: list[slice] = []
    beside: list[tuple[int, int]] = []  # px of the stage that the old one does not reach
    for length, old, new in zip(now.output, before.origin, now.origin, strict=True):
        begin, end = new - times * old, new + times * (length - old)  # of the old one, on the stage
        first, last = max(0, round(begin)), min(length, round(end))
        if last <= first:  # all of it is beyond
            first, last = (0, 1) if end <= 0 else (length - 1, length)
        from_px = int(np.clip((first - begin) / times, 0, length - 1))
        to_px = int(np.clip(np.ceil((last - begin) / times), from_px + 1, length))
        source.append(slice(from_px, to_px))
        beside.append((first, length - last))
    columns, rows = beside
    width, height = now.output
    inner = (width - sum(columns), height - sum(rows))
    scaled = cv2.resize(screen[source[1], source[0]], inner, interpolation=cv2.INTER_LINEAR)
    if not (any(columns) or any(rows)):
        return np.asarray(scaled)
    return np.asarray(cv2.copyMakeBorder(scaled, *rows, *columns, cv2.BORDER_REPLICATE))


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
    near_n = min(n, SMOOTH_PX)
    away = (np.arange(near_n, dtype=np.float32) + 1) / SMOOTH_PX
    mix = (away * away * (3 - 2 * away))[None, :, None]
    whole = np.empty((len(edge), n, 3), np.float32)
    whole[:, :near_n] = edge[:, None] * (1 - mix) + smooth[:, None] * mix
    whole[:, near_n:] = smooth[:, None]
    return whole


def _dither(height: int, width: int) -> Array:
    """(H, W), 0..1: noise that hides the steps between two levels."""
    tile = np.random.default_rng(0).random((_TILE_PX, _TILE_PX), np.float32)
    return np.tile(tile, (height // _TILE_PX + 1, width // _TILE_PX + 1))[:height, :width]
