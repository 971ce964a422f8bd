"""Video of one person and their key points -> (pose, picture) pairs at the training size, as uint8.

The pictures are decoded once (PyAV), area-resized and cached in the run folder: restarts are quick.
"""

import ast
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from models.skeleton import L_HIP, R_HIP, Body
from models.types import Array

MARGIN = 0.12  # around the person, of their height


class TargetDataError(Exception):
    """Material that cannot be trained on, in one sentence."""


class Frames(Protocol):
    """Pictures by their numbers, as an array gives them."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Array: ...


@dataclass(frozen=True)
class TargetData:
    """One person's pictures: row i of everything is frame i of the video."""

    joints: Array  # float32 (N, 18, 2), 0..1 of the picture
    frames: Frames  # uint8 (N, size, size, 3) RGB, possibly mapped from disk
    clip: Array  # int (N,), number of the excerpt
    clip_names: tuple[str, ...]
    held_out: Array  # bool (N,), never trained on
    plate: Array  # uint8 (size, size, 3), the place without the person
    fps: float
    body: Body
    # uint8 (N, CELLS, CELLS) of train/person/shade.py, or None where nothing learns from it.
    shades: Array | None = None

    @property
    def size(self) -> int:
        return self.plate.shape[0]

    @property
    def training(self) -> Array:
        """Rows that may be trained on."""
        return np.flatnonzero(~self.held_out)

    def excerpt(self, name: str) -> Array:
        """Rows of the excerpts of that name."""
        wanted = [i for i, clip in enumerate(self.clip_names) if song_of(clip) == name]
        return np.flatnonzero(np.isin(self.clip, wanted))


def song_of(clip_name: str) -> str:
    """'DANCE_C_8' of "('DANCE_C_8', 550, 800)"; other names as they are."""
    try:
        fields = ast.literal_eval(clip_name)
    except (ValueError, SyntaxError):
        return clip_name
    return str(fields[0]) if isinstance(fields, tuple) and fields else clip_name


def rarity(joints: Array, clip: Array, power: float) -> Array:
    """How often to take each frame, (N,), mean 1: poses that occur seldom are taken more often.

    By the distance to the 20th nearest of up to 2000 frames, place in the picture left out.
    """
    if power == 0 or len(joints) < 40:
        return np.ones(len(joints))
    hips = joints[:, [R_HIP]] / 2, joints[:, [L_HIP]] / 2
    poses = (joints - hips[0] - hips[1]).reshape(len(joints), -1)
    some = poses[:: max(1, len(poses) // 2000)]
    distance = np.empty(len(poses))
    for rows in np.array_split(np.arange(len(poses)), max(1, len(poses) // 200)):
        square = (
            (poses[rows] ** 2).sum(1)[:, None] + (some**2).sum(1) - 2 * poses[rows] @ some.T
        ).clip(0)
        distance[rows] = np.sqrt(np.partition(square, min(20, len(some) - 1), axis=1)[:, 20])
    weight = np.clip(distance / np.median(distance), 0.3, 4.0) ** power
    return weight / weight.mean()
