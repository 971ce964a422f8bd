"""The empty place behind a person, from frames in which they stand elsewhere."""

import numpy as np

from models.types import Array
from train.person.data import TargetDataError
from train.person.fill import filled

_SAME_PLACE = 12  # grey levels between a picture of the empty place and the video
_SAME = 4  # grey levels, once its brightness is set right
_LEAST, _LEAST_SHARE = 5, 0.04  # frames, and of the frames, in which a pixel must be free
_LIT = 97  # percentile of a pixel's brightness: so bright it is where no shadow lies
_SPREAD = 3, 1.5  # of the camera's noise, and grey levels beside it: how far a pixel is itself
_DARKEST = 0.45  # of the light that a shadow leaves
_TINT = 0.06  # how much the colours of a shadow may differ from those of the light
_EDGE = 1 / 128  # of the side: around what nobody ever left, the person's edge still shows


def find_plate(frames: Array, people: Array, background: Array | None = None) -> Array:
    """The place without the person, uint8 (S, S, 3), from frames of a fixed camera.

    Frames uint8 (N, S, S, 3), people bool (N, S, S), where somebody or their shadow may be. Each
    pixel is what it is while it is free, out of shadows. What is never free is taken from a picture
    of the empty place, whose brightness is set right, or filled from what is around it.
    Raises TargetDataError for a picture of another place.
    """
    if background is not None:
        background = _as_bright(background, frames, people)
    spread = _SPREAD[0] * noise_of(frames, people) + _SPREAD[1]
    plate = np.zeros(frames.shape[1:], np.float32)
    known = np.zeros(frames.shape[1:3], bool)
    for y in range(frames.shape[1]):  # by rows, to keep the copies small
        free = ~people[:, y]
        if background is not None:
            free &= np.abs(frames[:, y] - background[y]).max(-1) <= _SAME
        plate[y], known[y] = _lit(frames[:, y], free, spread)
    if background is not None:
        return np.where(known[..., None], plate, background).round().astype(np.uint8)
    return filled(plate.round().astype(np.uint8), _grown(~known))


def _as_bright(background: Array, frames: Array, people: Array) -> Array:
    """A picture of the empty place as bright as the video, float (S, S, 3)."""
    some = slice(None, None, max(1, len(background) // 256))
    difference = frames[:, some, some].astype(np.int16) - background[some, some]
    near = (np.abs(difference).max(-1) < _SAME_PLACE) & ~people[:, some, some]
    if not near.any():
        raise TargetDataError("The picture of the empty place shows another place.")
    offset = np.array([np.median(difference[..., c][near]) for c in range(3)])
    return np.clip(background + offset, 0, 255)


def noise_of(frames: Array, people: Array) -> float:
    """How much a pixel trembles while it is free, grey levels (median over some of them).

    Frames uint8 (N, S, S, 3), people bool (N, S, S).
    """
    every = max(1, len(frames[0]) // 64)
    seen = frames[:, ::every, ::every].astype(np.float32).mean(-1)
    steps = np.abs(np.diff(seen, axis=0))[~(people[1:] | people[:-1])[:, ::every, ::every]]
    return float(np.median(steps)) / 0.954 if steps.size else 0.0  # of two normal numbers


def _lit(seen: Array, free: Array, spread: float) -> tuple[Array, Array]:
    """Pixels (N, W, 3) and when they are free (N, W) -> their colours (W, 3), bool (W,) known."""
    count = free.sum(0)
    bright = np.where(free, seen.sum(-1, dtype=np.int16), -1)
    ordered = np.sort(bright.T.copy(), axis=-1)  # what is not free comes first
    usual, lit = (_near(seen, bright, ordered, count, percent, spread) for percent in (50, _LIT))
    more = lit.mean(-1, keepdims=True) - usual.mean(-1, keepdims=True)
    # More light, not another thing: all colours grow alike.
    light = usual.sum(-1, keepdims=True) / np.maximum(lit.sum(-1, keepdims=True), 1)
    tint = np.abs(usual - light * lit).max(-1, keepdims=True)
    is_shadow = (light > _DARKEST) & (tint < _TINT * lit.max(-1, keepdims=True) + spread / 2)
    surely = ((more / spread - 1).clip(0, 1)) * is_shadow  # softly, so that no line is seen
    known = count >= max(_LEAST, _LEAST_SHARE * len(seen))
    return usual + surely * (lit - usual), known


def _near(
    seen: Array, bright: Array, ordered: Array, count: Array, percent: int, spread: float
) -> Array:
    """Mean colours (W, 3) of what is about as bright as that percentile of what is free."""
    n = len(seen)
    at = n - count + np.floor(np.maximum(count - 1, 0) * percent / 100).astype(int)
    middle = np.take_along_axis(ordered, at.clip(0, n - 1)[:, None], 1)[:, 0]
    kept = (np.abs(bright - middle) <= 3 * spread) & (bright >= 0)
    return np.einsum("nwc,nw->wc", seen, kept / np.maximum(kept.sum(0), 1).astype(np.float32))


def _grown(hole: Array) -> Array:
    import cv2

    side = 2 * round(_EDGE * len(hole)) + 1
    return cv2.dilate(hole.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
