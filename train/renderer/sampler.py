"""Batches for a stage renderer: what it will see on stage, cut from the video as on stage."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from models.nets.picture.renderer import PoseRenderer
from models.types import Array
from train.person.data import TargetData, rarity
from train.renderer.config import TargetTraining


class Samples(NamedTuple):
    """B windows of the video and, behind them, D poses of dances that have no picture."""

    joints_px: Tensor  # (B + D, 18, 2), px of the window
    picture: Tensor  # (B, 3, H, W) 0..1
    plate: Tensor  # (B + D, 3, H, W) 0..1


class Sampler:
    """Draws training frames, rare poses more often, and places the window as the stage does."""

    def __init__(
        self,
        data: TargetData,
        painter: PoseRenderer,
        settings: TargetTraining,
        danced: Array | None = None,
    ) -> None:
        """`danced` are canonical poses (N, 18, 2)."""
        self.data, self.settings, self._painter = data, settings, painter
        self.rows = data.training
        weight = rarity(data.joints[self.rows], data.clip[self.rows], settings.rarity)
        self._share = weight / weight.sum()
        self._danced = None if danced is None else data.body.place(danced).astype(np.float32)
        device = painter.plate.device
        self._frames = torch.from_numpy(np.asarray(data.frames)).to(device)
        self._plate = painter.plate.permute(1, 2, 0)
        width, height = settings.spec.shown
        self._across = torch.arange(width, device=device)
        self._down = torch.arange(height, device=device)

    def draw(self, rng: np.random.Generator) -> Samples:
        """One batch; all randomness comes from `rng`."""
        settings, size = self.settings, self.data.size
        rows = rng.choice(self.rows, settings.batch, p=self._share)
        joints = self.data.joints[rows]
        noise = rng.normal(size=joints.shape) * (settings.joint_noise_px / 256)
        noise *= rng.random((len(rows), 1, 1)) < 0.5
        joints = joints + noise.astype(np.float32)
        if self._danced is not None and settings.danced:
            more = self._danced[rng.integers(len(self._danced), size=settings.danced)]
            joints = np.concatenate([joints, more])
        device = self._plate.device
        placed = torch.from_numpy(joints).to(device)
        corner = self._painter.corner(placed)
        across = (corner[:, :1] + self._across)[:, None, :]
        down = (corner[:, 1:] + self._down)[:, :, None]
        which = torch.from_numpy(rows).to(device)[:, None, None]
        n = len(rows)
        picture = self._frames[which, down[:n], across[:n]]
        return Samples(
            placed * size - corner[:, None],
            picture.permute(0, 3, 1, 2).float() / 255,
            self._plate[down, across].permute(0, 3, 1, 2).float() / 255,
        )
