"""Where a person may be in a picture: the answers of the detector network, and what they mean."""

from collections.abc import Callable

import numpy as np

from models.types import Array
from train.readers.blazepose.region import Region, around, whole
from train.readers.blazepose.sigmoid import sigmoid

SIDE = 224  # px of the network's picture
STRIDES = (8, 16, 32, 32, 32)  # px between the places of each layer
A_LAYER = 2  # answers at a place
SURE = 0.5  # below it nothing is seen
SAME = 0.3  # boxes that share more of their union are one person


def anchors() -> Array:
    """(2254, 2): the place of each answer, 0..1. Layers with one stride take turns at a place."""
    made: list[Array] = []
    for stride in dict.fromkeys(STRIDES):
        count = SIDE // stride
        middles = (np.arange(count) + 0.5) / count
        y, x = np.meshgrid(middles, middles, indexing="ij")
        answers = A_LAYER * STRIDES.count(stride)
        made.append(np.repeat(np.stack([x.ravel(), y.ravel()], -1), answers, axis=0))
    return np.concatenate(made)


def decode(boxes: Array, scores: Array, places: Array) -> tuple[Array, Array]:
    """What is sure enough -> (N, 6, 2) places 0..1 and (N,) how sure, 0..1.

    `boxes` (2254, 12): middle and size of the face's box and four points, px from their anchor.
    The six are the box's corners, then the points: the hips' middle, one on the circle around the
    body, and the same of the upper body.
    """
    sure = sigmoid(scores.ravel())
    kept = sure >= SURE
    found = boxes[kept].reshape(-1, 6, 2) / SIDE
    middle, size = found[:, 0] + places[kept], found[:, 1]
    points = found[:, 2:] + places[kept][:, None]
    corners = np.stack([middle - size / 2, middle + size / 2], 1)
    is_box = (size >= 0).all(-1)
    return np.concatenate([corners, points], 1)[is_box], sure[kept][is_box]


def suppress(found: Array, sure: Array) -> Array:
    """The surest person, (6, 2): the mean of all answers that mean this box, by their weight."""
    best = found[np.argmax(sure)]
    same = _shared(found[:, :2], best[:2]) > SAME
    same[np.argmax(sure)] = True  # even if its box has no size
    return np.average(found[same], axis=0, weights=sure[same])


def _shared(boxes: Array, box: Array) -> Array:
    """Of boxes (N, 2, 2), corner and corner, with one: the part of the union that is in both."""
    sides = np.minimum(boxes[:, 1], box[1]) - np.maximum(boxes[:, 0], box[0])
    inside = np.prod(np.maximum(sides, 0), -1)
    union = np.prod(boxes[:, 1] - boxes[:, 0], -1) + np.prod(box[1] - box[0]) - inside
    return np.divide(inside, union, out=np.zeros_like(inside), where=union > 0)


class Detector:
    """Looks at a whole picture, without any memory."""

    def __init__(self, run: Callable[[Array], list[Array]]) -> None:
        """`run` is the network: float32 (1, 3, SIDE, SIDE), -1..1 -> its boxes and scores."""
        self._run, self._anchors = run, anchors()

    def look(self, rgb: Array) -> Region | None:
        """uint8 (H, W, 3) -> where the surest person is."""
        square = whole(rgb.shape)
        picture = square.cut(rgb, SIDE, extends=False).astype(np.float32) / 127.5 - 1
        boxes, scores = self._run(picture.transpose(2, 0, 1)[None])
        found, sure = decode(boxes[0], scores[0], self._anchors)
        if not len(found):
            return None
        hips, rim = square.to_picture(suppress(found, sure)[2:4])
        region = around(hips, rim)
        return region if region.is_sound() else None
