"""The window and patches of a renderer that suit one person."""

from dataclasses import replace

import numpy as np

from models.skeleton import NOSE, R_ANKLE, R_WRIST
from models.spec import RendererSpec
from models.types import Array
from train.person.data import TargetData, TargetDataError

# Sides of what is painted again, of the lengths of a bone: neck to nose, forearm, shin.
_PATCH_SIDES = ((NOSE, 1.9), (R_WRIST, 1.25), (R_ANKLE, 0.7))
_SEEN = 24  # grey levels: a change that shows, of the person or the dark part of their shadow


def fitted(spec: RendererSpec, data: TargetData) -> RendererSpec:
    """The same network with a window and patches that suit this person.

    The window holds all that the person and their shadow change, beside the middle of the joints'
    box, in all but a thousandth of the training frames.
    """
    extents: list[Array] = []
    plate = data.plate.astype(np.int16)
    for row in data.training[:: max(1, len(data.training) // 1000)]:
        joints = data.joints[row] * data.size
        middle = (joints.min(0) + joints.max(0)) / 2
        changed = np.abs(np.asarray(data.frames[row]) - plate).max(-1) > _SEEN
        columns, rows = (np.flatnonzero(changed.sum(axis) > 1) for axis in (0, 1))
        if len(rows) and len(columns):
            ends = [columns[0], rows[0], columns[-1], rows[-1]]
            extents.append(np.array(ends) - np.tile(middle, 2))
    grid = spec.step
    spare = grid / 2 + data.size / 128  # it moves in steps
    if not extents:
        raise TargetDataError("Nobody is to be seen: the pictures are as empty as the background.")
    low = np.percentile([e[:2] for e in extents], 0.1, axis=0) - spare
    high = np.percentile([e[2:] for e in extents], 99.9, axis=0) + spare
    window = np.minimum(np.ceil((high - low) / grid) * grid, data.size)
    before = np.clip(-low + (window - (high - low)) / 2, 0, window)
    bones = data.body.lengths * data.body.framing.scale * data.size / 4  # cells of 4 px
    most = int(min(window)) // 4
    sides = [
        2 * round(np.clip(times * bones[bone] / 2, 2, most / 4)) for bone, times in _PATCH_SIDES
    ]
    return replace(
        spec,
        window=(int(window[0]), int(window[1])),
        window_before=(round(before[0]), round(before[1])),
        patch_cells=(sides[0], sides[1], sides[2]),
    )
