"""A hole in a picture filled from the rest of it: nobody should see where it was.

Wexler, Shechtman, Irani, Space-Time Completion of Video (PAMI 2007), coarse to fine: each patch
that reaches into the hole takes the likest whole one, and they vote for colours, and for steps
from pixel to pixel, as in Darabi et al., Image Melding (SIGGRAPH 2012), so that no seam is left
where the light changes.
"""

from typing import Any, NamedTuple

import numpy as np

from models.types import Array

_MOST, _LEAST = 256, 24  # px, the longer side of the finest picture that is searched, the coarsest
_FINER = 1.6  # from one size to the next
_REACH = 3  # px of a patch around its middle
_ROUNDS, _FEWER_ROUNDS = 5, 2  # of searching and voting: at small sizes, at the two finest
_GRAIN = 12  # grey levels of the finest detail that is copied: edges could lie beside their place
_AXES = 12  # principal ones of a patch, by which it is compared
_LEARNED_FROM = 4000  # patches
_LEAST_WEIGHT = 1e-3  # of a patch that is like none
_HELD = 1e-3  # how much colours count beside steps
_SEAM = 3  # grey levels: a larger step between two pixels is a thing's edge
_OTHER_LIGHT = 12  # grey levels that what is copied may be too bright or dark


class _Found(NamedTuple):
    """For places around the hole, the middle of the likest patch and how much it counts."""

    places: Array  # int (n, 2), row and column
    sources: Array  # int (n, 2)
    weights: Array  # (n,)


def filled(picture: Array, hole: Array) -> Array:
    """uint8 (H, W, 3), bool (H, W) -> the same picture with the hole filled.

    A picture that is nearly all hole is continued smoothly, or left as it is.
    """
    if not hole.any() or hole.all():
        return picture
    guess, found = None, None
    small, gap = picture.astype(np.float32), hole
    for size in _sizes((picture.shape[0], picture.shape[1])):
        small, gap = _shrunk(picture, hole, size)
        guess = spread(small, gap) if guess is None else _over(small, gap, _resized(guess, size))
        for again in range(_ROUNDS if max(size) < _MOST / _FINER else _FEWER_ROUNDS):
            found = _likest(guess, gap)
            if found is None:  # no whole patch is left, or so small a hole is lost at this size
                break
            voted = _voted(guess, found)
            guess = _melded(guess, gap, voted) if again else _over(guess, gap, voted[..., :3])
    assert guess is not None
    return _with_detail(picture, hole, guess, gap, found)


def spread(picture: Array, hole: Array) -> Array:
    """float32 (H, W, C) with what lies in the hole continued smoothly from its edge (push-pull)."""
    known = (~hole).astype(np.float32)
    return _pulled(picture * known[..., None], known)


def _pulled(sums: Array, weights: Array) -> Array:
    if weights.min() >= 1 or weights.size == 1:
        return sums / np.maximum(weights, 1e-6)[..., None]
    half = ((weights.shape[0] + 1) // 2, (weights.shape[1] + 1) // 2)
    fewer, lower = _resized(weights, half), _resized(sums, half)
    more = np.minimum(1, 4 * fewer) / np.maximum(fewer, 1e-6)  # any that is known is enough
    below = _pulled(lower * more[..., None], fewer * more)
    size = (weights.shape[0], weights.shape[1])
    return sums + (1 - weights)[..., None] * _resized(below, size)


def _sizes(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """(rows, columns), the coarsest first."""
    scale, sizes = min(1.0, _MOST / max(shape)), list[tuple[int, int]]()
    while not sizes or scale * min(shape) >= _LEAST:
        sizes.insert(0, (max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))))
        scale /= _FINER
    return sizes


def _resized(picture: Array, size: tuple[int, int]) -> Array:
    """To (rows, columns); channels stay."""
    import cv2

    smaller = size[0] < picture.shape[0]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    resized = cv2.resize(picture.astype(np.float32), size[::-1], interpolation=how)
    return resized.reshape(*size, *picture.shape[2:])


def _shrunk(picture: Array, hole: Array, size: tuple[int, int]) -> tuple[Array, Array]:
    """Without what lies in the hole: float32 (rows, columns, 3), and the hole there."""
    known = (~hole).astype(np.float32)
    share = _resized(known, size)
    small = _resized(picture * known[..., None], size) / np.maximum(share, 1e-3)[..., None]
    return small, share < 0.5


def _over(small: Array, gap: Array, guess: Array) -> Array:
    return np.where(gap[..., None], guess, small)


def _likest(guess: Array, gap: Array) -> _Found | None:
    """For each patch that reaches into the gap the likest that does not; None if there is none."""
    import cv2
    from scipy.spatial import KDTree

    side = 2 * _REACH + 1
    near = cv2.dilate(gap.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    padded = np.pad(guess, ((_REACH, _REACH), (_REACH, _REACH), (0, 0)), mode="reflect")
    patches = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))  # pyright: ignore
    known, asked = (patches[where].reshape(-1, side * side * 3) for where in (~near, near))
    if len(known) <= _AXES or not len(asked):
        return None
    some = known[:: max(1, len(known) // _LEARNED_FROM)]
    mean = some.mean(0)
    axes = np.linalg.eigh((some - mean).T @ (some - mean))[1][:, -_AXES:]
    tree: Any = KDTree((known - mean) @ axes)
    far, which = tree.query((asked - mean) @ axes, eps=0.5)
    spread_of = np.percentile(far, 75) ** 2 + 1e-6
    weights = np.exp(-(far**2) / 2 / spread_of) + _LEAST_WEIGHT
    return _Found(np.argwhere(near), np.argwhere(~near)[which], weights)


def _voted(guess: Array, found: _Found) -> Array:
    """What the patches say: colours, and steps downwards and to the right, (H, W, 9)."""
    height, width = guess.shape[:2]
    told = np.zeros((height, width, 9), np.float32)
    told[..., :3] = guess
    told[:-1, :, 3:6] = np.diff(guess, axis=0)
    told[:, :-1, 6:] = np.diff(guess, axis=1)
    sums, weights = np.zeros((height * width, 9)), np.zeros(height * width)
    most = np.array([height - 1, width - 1])
    for down in range(-_REACH, _REACH + 1):
        for right in range(-_REACH, _REACH + 1):
            beside = np.array([down, right])
            at, source = found.places + beside, found.sources + beside
            inside = ((at >= 0) & (at <= most) & (source >= 0) & (source <= most)).all(1)
            (rows, columns), weight = source[inside].T, found.weights[inside]
            flat = at[inside] @ np.array([width, 1])
            # One patch votes once for each place: no index occurs twice.
            sums[flat] += told[rows, columns] * weight[:, None]
            weights[flat] += weight
    mean = (sums / np.maximum(weights, 1e-9)[:, None]).reshape(told.shape)
    return np.where((weights > 0).reshape(height, width, 1), mean, told)


def _melded(guess: Array, gap: Array, voted: Array) -> Array:
    """What was voted for without its seams: brighter or darker by what changes as little as it can.

    Around the gap it is known by how much; inside, steps that were voted for say it (screened
    Poisson equation).
    """
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import spsolve

    colours = voted[..., :3]
    known = guess - colours
    count = int(gap.sum())
    number = np.full(gap.shape, -1)
    number[gap] = np.arange(count)
    is_sure = gap | (np.abs(known).max(-1) < _OTHER_LIGHT)
    diagonal, wanted = np.full(count, _HELD), np.zeros((count, 3))
    rows, columns = list[Array](), list[Array]()
    for axis, channel in ((0, 3), (1, 6)):
        low = tuple(slice(None, -1) if a == axis else slice(None) for a in (0, 1))
        high = tuple(slice(1, None) if a == axis else slice(None) for a in (0, 1))
        seam = voted[low][..., channel : channel + 3] - np.diff(colours, axis=axis)
        seam[np.abs(seam).max(-1) > _SEAM] = 0
        for here, there, sign in ((low, high, -1.0), (high, low, 1.0)):
            is_link = gap[here] & is_sure[there]
            own, other = number[here][is_link], number[there][is_link]
            is_edge = other < 0
            np.add.at(diagonal, own, 1)
            np.add.at(wanted, own[~is_edge], sign * seam[is_link][~is_edge])
            np.add.at(wanted, own[is_edge], known[there][is_link][is_edge])
            rows.append(own[~is_edge])
            columns.append(other[~is_edge])
    places = np.concatenate(rows), np.concatenate(columns)
    links: Any = coo_matrix((np.ones(len(places[0])), places), (count, count))
    solved: Any = spsolve((diags(diagonal) - links).tocsc(), wanted)
    done = guess.copy()
    done[gap] = colours[gap] + solved.clip(-_OTHER_LIGHT, _OTHER_LIGHT)
    return done


def _with_detail(
    picture: Array, hole: Array, guess: Array, gap: Array, found: _Found | None
) -> Array:
    """The fill at the picture's own size, with the finest detail of where each patch is from."""
    height, width = hole.shape
    size = (gap.shape[0], gap.shape[1])
    known = (~hole)[..., None]
    coarse = _resized(guess, (height, width))
    if found is not None and size != (height, width):
        detail = np.where(known, picture - coarse, 0).clip(-_GRAIN, _GRAIN)
        away = np.zeros((*size, 2), np.float32)
        away[tuple(found.places.T)] = found.sources - found.places
        rows, columns = np.mgrid[:height, :width]
        small = (rows * size[0] // height, columns * size[1] // width)
        moved = away[small] * (height / size[0], width / size[1])
        at = [
            (grid + moved[..., axis].round().astype(int)).clip(0, most - 1)
            for axis, (grid, most) in enumerate(((rows, height), (columns, width)))
        ]
        coarse = coarse + detail[at[0], at[1]]
    return np.where(known, picture, coarse.round().clip(0, 255)).astype(np.uint8)
