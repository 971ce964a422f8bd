"""Where several dancers stand on the stage screen: a row, the middle of it nearest, or their own
places. Pure.

Every second one stands a little behind: a dance travels, and neighbours that dance in the mirror
or later pass behind one another instead of through one another.
"""

from collections.abc import Sequence

import numpy as np

from live.core.places import Own
from live.core.row import place_in_row
from live.picture.placement import Placement

# Shares of a picture's side.
WIDE = 0.6  # a dancer and their steps: half of it is left beside the middles at the ends
APART = 0.5  # from one to the next, where there is room
CLOSEST = 0.25  # before they come closer, all are made smaller
EYES = 0.5  # height of the camera: whoever is farther away is smaller, and nearer to it
FARTHER = 0.03  # so much smaller with each step from the middle
BEHIND = 0.06  # and those that stand behind


def size_in_row(stage: tuple[int, int], fitting: int, n: int) -> float:
    """How much of their usual size each of `n` has; `fitting` px is the side of a picture alone."""
    return min(1.0, stage[0] / fitting / (CLOSEST * (n - 1) + WIDE)) if n > 1 else 1.0


def row_of(first: Placement, n: int, feet: float) -> tuple[Placement, ...]:
    """A place for each dancer, where the only one would be at `first`; `feet` 0..1 of its height.

    The first is in the middle, or left of it where there is no middle. All stand on one floor.
    """
    if n == 1:
        return (first,)
    wide = first.output[0]
    near = first.beside(0.0, size_in_row(first.output, first.fitting, n), feet)
    apart = np.clip((wide - WIDE * near.side) / (n - 1), near.side / 10, near.side * APART)
    places = np.array([place_in_row(dancer) for dancer in range(n)])
    steps = places - places.mean()
    sizes = 1 - FARTHER * np.maximum(0.0, np.abs(steps) - 0.5) - BEHIND * (places % 2)
    return tuple(
        near.beside(step * apart, size, EYES) for step, size in zip(steps, sizes, strict=True)
    )


def standing(at: Placement, own: Own, alone: Placement, feet: float) -> Placement:
    """Who stands at `at` in the row, in a place of their own; `alone` as for the only one.

    `own` says where the middle of the picture, and the floor under `feet` (0..1 of its height),
    are from those of `alone`, and how large it is. What it leaves out is as in the row.
    """
    (width, height), side = alone.output, alone.side
    of_size = at.side / side if own.size is None else own.size
    right = own.x if own.x is None else own.x * width
    down = own.y if own.y is None else own.y * height
    if right is None:
        right = at.origin[0] + at.side / 2 - alone.origin[0] - side / 2
    if down is None:
        down = at.origin[1] + feet * at.side - alone.origin[1] - feet * side
    return alone.beside(right, of_size, feet, down)


def farthest_first(places: Sequence[Placement], feet: Sequence[float]) -> list[int]:
    """The dancers in the order in which they are painted: who stands lower is nearer.

    `feet` 0..1 of the height of each picture. Of two that stand as low the first one is nearer.
    """
    low = [at.origin[1] + stands * at.side for at, stands in zip(places, feet, strict=True)]
    return sorted(range(len(places)), key=lambda dancer: (low[dancer], -dancer))
