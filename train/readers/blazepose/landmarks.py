"""What the landmark network says of a person -> places in its picture, how sure, and the mask."""

from dataclasses import dataclass

import numpy as np

from models.types import Array
from train.readers.blazepose.sigmoid import sigmoid

SIDE = 256  # px of the network's picture
N_LANDMARKS, N_ALL = 33, 39  # of the body; with those that say where to look next
CENTRE, RIM = 33, 34  # the middle of the hips, and a point on the circle around the body
PRESENT = 0.5  # below it there is nobody
_REACH = 3  # cells of the heat map on each side of a landmark
_HOT = 0.5  # a heat map that is nowhere hotter around a landmark says nothing of it


@dataclass(frozen=True)
class Answer:
    """Of one picture."""

    places: Array  # (39, 2) in the picture, 0..1
    seen: Array  # (39,) 0..1, how sure it is in sight
    mask: Array  # float32 (SIDE, SIDE), 0..1


def read(outputs: list[Array]) -> Answer | None:
    """The network's outputs: landmarks, presence, mask, heat maps (the fifth is not used)."""
    if float(outputs[1].ravel()[0]) < PRESENT:
        return None
    marks = outputs[0].reshape(N_ALL, 5)  # x, y, z px; in sight; in the picture
    places = refined(marks[:, :2] / SIDE, outputs[3][0])
    return Answer(places, sigmoid(marks[:, 3]), sigmoid(outputs[2][0, 0]))


def refined(places: Array, heat: Array) -> Array:
    """Each place (N, 2), 0..1, moved to the middle of the heat around it.

    `heat` (N, h, w) before the sigmoid. A place outside the map stays, as does one without heat.
    """
    height, width = heat.shape[1:]
    moved = places.copy()
    for i, (x, y) in enumerate(places):
        if not (0 <= x < 1 and 0 <= y < 1):
            continue
        column, row = int(x * width), int(y * height)
        left, top = max(0, column - _REACH), max(0, row - _REACH)
        around = sigmoid(heat[i, top : row + _REACH + 1, left : column + _REACH + 1])
        if around.max() < _HOT:
            continue
        columns = left + np.arange(around.shape[1])
        rows = top + np.arange(around.shape[0])
        total = around.sum()
        moved[i] = (around.sum(0) @ columns / total / width, around.sum(1) @ rows / total / height)
    return moved
