"""How far places are from each part of a person, by capsules around their bones."""

from typing import NamedTuple

import numpy as np

from models.puppet.parts import N_PARTS, NAMES, PARTS, POINTS, Part
from models.types import Array
from train.person.outline import line_of

NEIGHBOURS_OWN = 0.065  # body scales that a part may reach into those it grows together with
FARTHEST = 0.16  # body scales around its capsules beyond which nothing is a part's own


class Nearness(NamedTuple):
    """Of places to one part, body scales, negative inside its capsules."""

    own: Array  # to the part itself
    others: Array  # to the nearest part that it does not grow together with
    margin: Array  # how much more the place is the part's own than any other's


def nearness(part: int, places: Array, joints: Array, scale: float) -> Nearness:
    """Places (..., 2) and joints (18, 2) in the same units; `scale` is the body scale in them."""
    points = POINTS @ joints
    far = np.stack([_distance(each, places, points, scale) for each in PARTS])
    own = far[part]
    near = [name in PARTS[part].near for name in NAMES]
    strangers = [i for i in range(N_PARTS) if i != part and not near[i]]
    rivals = [far[i] + NEIGHBOURS_OWN * near[i] for i in range(N_PARTS) if i != part]
    margin = np.minimum(np.min(rivals, 0), FARTHEST) - own
    return Nearness(own, far[strangers].min(0), margin)


def _distance(part: Part, places: Array, points: Array, scale: float) -> Array:
    return np.min(
        [
            _to_line(places, *line_of(capsule, points, scale)) / scale - capsule.radius
            for capsule in part.capsules
        ],
        0,
    )


def _to_line(places: Array, start: Array, end: Array) -> Array:
    line = end - start
    share = ((places - start) @ line / max(float(line @ line), 1e-9)).clip(0, 1)
    return np.hypot(*np.moveaxis(places - start - share[..., None] * line, -1, 0))
