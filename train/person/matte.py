"""What of each pixel is person: the coarse mask of a network, made fine by the known empty place.

Where the place shows through nobody is, however sure the network may be, unless its colour alone
would tear a hole into the person; a shadow is the place with less light; at the person's edge a
pixel is mixed of the colours on both sides. Pure; OpenCV and numpy.
"""

import numpy as np

from models.types import Array
from train.person.fill import spread

# Lengths are px of a picture of 1024.
_REACH = 22  # beyond the network's mask that a finger or hair may reach
_INNER, _OUTER = 4, 10  # of the edge, where pixels are mixed
_BARE = 3  # beyond the edge nothing of the person is left, to learn the place's light
_SHARPEST = 2  # px of any picture: an edge is as wide at least
_ISLAND = 0.004  # of the largest piece; smaller ones are no part of the person
_SPECK = 60  # px2; smaller holes are none
_SURELY_NOBODY = -2.5  # logit
# Light changes and a codec smears what is beside a person: what is left there unexplained is no
# sign of anybody. So much of it, and by so much it must be surpassed.
_USUAL, _WORSE = 85, 1.2
_SURE = 4.0  # logit of the network's mask, at most
_SAME_PLACE = -3.5  # what is added to it where the place is seen
_SHADOW = -0.5  # where the place with less light is seen
_OTHER_THING = 5.0  # where neither is, at most
_DARKEST, _BRIGHTEST = 0.45, 1.02  # light that is left to the place
_NOTHING, _ALL = 0.04, 0.96  # coverage below and above which noise is seen


def logit(mask: Array) -> Array:
    """A network's mask, 0..1, as what can be added to and averaged over time."""
    return np.log((mask + 0.01) / (1.01 - mask)).clip(-_SURE, _SURE)


def coverage(rgb: Array, plate: Array, told: Array, core: Array, noise: float, size: int) -> Array:
    """How much of each pixel is person, uint8 (h, w).

    Colours `rgb` and of the empty place `plate`, uint8 (h, w, 3), are of a part of a picture of
    `size` px; `told` (h, w) is the `logit` of the network's mask, `core` bool (h, w) what is person
    for sure, `noise` how much a still pixel trembles, grey levels.
    """
    import cv2

    px = size / 1024
    seen, place = rgb.astype(np.float32), plate.astype(np.float32)
    light, left = _explained(seen, place)
    near = _grown(told > -1, _REACH * px)
    beside = left[near & (told < _SURELY_NOBODY)]
    step = 3 * noise + 1.5
    if beside.size:
        step = max(step, _WORSE * float(np.percentile(beside, _USUAL)))
    same = cv2.blur(np.abs(cv2.GaussianBlur(seen, (0, 0), 0.8) - place).max(-1), (5, 5))
    odds = told + ((left / step - 1) * 2).clip(0, _OTHER_THING)
    odds += np.where(left < step, np.where(same < 0.6 * step, _SAME_PLACE, _SHADOW), 0)
    person = (cv2.GaussianBlur(odds.astype(np.float32), (0, 0), max(px, 0.5)) > 0) | core
    person &= near
    person = _tidied(person, _SPECK * px**2)
    return _mixed(seen, place, person, light, left < step, step, px)


def _explained(seen: Array, place: Array) -> tuple[Array, Array]:
    """How much light there is if a pixel is the place (h, w), and what that leaves unexplained."""
    import cv2

    seen = cv2.GaussianBlur(seen, (0, 0), 0.8)
    light = (seen * place).sum(-1) / np.maximum((place * place).sum(-1), 1)
    light = light.clip(_DARKEST, _BRIGHTEST)
    return light, np.abs(seen - light[..., None] * place).max(-1)


def _disk(radius: float) -> Array:
    import cv2

    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _grown(mask: Array, by: float) -> Array:
    """By some px, or less where that is negative."""
    import cv2

    change = cv2.dilate if by > 0 else cv2.erode
    return change(mask.astype(np.uint8), _disk(abs(by))) > 0


def _tidied(person: Array, speck: float) -> Array:
    """Without hairs of one px, islands and specks of the place inside."""
    import cv2

    whole = cv2.morphologyEx(person.astype(np.uint8), cv2.MORPH_OPEN, _disk(1))
    _, number, facts, _ = cv2.connectedComponentsWithStats(whole, connectivity=8)
    area = facts[:, cv2.CC_STAT_AREA]
    kept = area >= _ISLAND * area[1:].max(initial=0)
    kept[0] = False
    whole = kept[number]
    _, number, facts, _ = cv2.connectedComponentsWithStats(
        (~whole).astype(np.uint8), connectivity=4
    )
    filled = facts[:, cv2.CC_STAT_AREA] < speck
    filled[0] = False
    edges = number[[0, -1]].ravel(), number[:, [0, -1]].ravel()
    filled[np.concatenate(edges)] = False  # what reaches the edge is no hole
    return whole | filled[number]


def _mixed(
    seen: Array, place: Array, person: Array, light: Array, is_place: Array, step: float, px: float
) -> Array:
    """At the edge: where the colour lies between those of the person and of the place (h, w)."""
    import cv2

    inside = _grown(person, -max(_INNER * px, _SHARPEST))
    bare = ~_grown(person, max(_BARE * px, _SHARPEST)) & is_place
    own = spread(seen, ~inside)
    behind = spread(light[..., None].astype(np.float32), ~bare) * place
    apart = own - behind
    square = (apart * apart).sum(-1)
    share = ((seen - behind) * apart).sum(-1) / np.maximum(square, 1)
    share = ((share - _NOTHING) / (_ALL - _NOTHING)).clip(0, 1)
    told_apart = square / (square + (6 * step) ** 2)  # alike on both sides: a soft edge will do
    soft = cv2.GaussianBlur(person.astype(np.float32), (0, 0), max(px, 0.5))
    share = told_apart * share + (1 - told_apart) * soft
    edge = _grown(person, max(_OUTER * px, _SHARPEST)) & ~inside
    return (np.where(edge, share, person) * 255).round().astype(np.uint8)
