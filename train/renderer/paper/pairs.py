"""Frames of a person's video in pairs, as the paper's painter learns from them."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from train.person.data import TargetData


class Pair(NamedTuple):
    """Two frames in a row."""

    joints: Tensor  # (2, 18, 2), 0..1
    pictures: Tensor  # (2, 3, size, size), -1..1


class Pairs:
    """Draws two frames in a row of one excerpt, none of them held out.

    Never mirrored: the limbs are named left and right.
    """

    def __init__(self, data: TargetData, device: torch.device) -> None:
        """Raises ValueError when no two frames follow each other."""
        self.data, self._device = data, device
        free = ~data.held_out
        together = free[:-1] & free[1:] & (data.clip[:-1] == data.clip[1:])
        self.first = np.flatnonzero(together)  # rows that have a next one
        if not len(self.first):
            raise ValueError("No two frames of the video follow each other in one excerpt.")

    def draw(self, rng: np.random.Generator) -> Pair:
        """One pair; all randomness comes from `rng`."""
        row = int(rng.choice(self.first))
        joints = torch.from_numpy(self.data.joints[row : row + 2].astype(np.float32))
        pictures = torch.from_numpy(np.array(self.data.frames[row : row + 2]))
        pictures = pictures.to(self._device).permute(0, 3, 1, 2).float()
        return Pair(joints.to(self._device), pictures / 127.5 - 1)
