"""Whole pictures of a puppet in torch, as it is defined: to judge what is trained and exported."""

import numpy as np
import torch

from models.nets.picture.puppet import Puppet, chosen
from models.nets.picture.puppet_layers import (
    before_plate,
    laid,
    lay,
    mixed,
    person_of,
)
from models.puppet.parts import N_PARTS
from models.puppet.placing import Window
from models.puppet.rig import rig_of
from models.types import Array


class TorchPuppet:
    """Paints whole pictures of one person, joints (18, 2) in 0..1 of the picture."""

    def __init__(self, puppet: Puppet) -> None:
        self._puppet, self._rig = puppet, rig_of(puppet.spec)

    def __call__(self, joints: Array) -> Array:
        """uint8 (size, size, 3)."""
        return self._both(joints)[0]

    def coverage(self, joints: Array) -> Array:
        """How much of each pixel is person, uint8 (size, size)."""
        return self._both(joints)[1]

    @torch.no_grad()
    def _both(self, joints: Array) -> tuple[Array, Array]:
        puppet, size = self._puppet, self._puppet.spec.size
        pose = self._rig.pose(joints[None].astype(np.float32))
        features, choice = (torch.from_numpy(given) for given in pose[1:])
        moves = puppet(torch.from_numpy(joints[None]).float(), features, choice)
        window = Window(0, 0, size, size)
        parts = laid(pose.frames, 0, size, window)
        shares, numbers = chosen(moves.chances[0], torch.arange(N_PARTS))
        views = [mixed(puppet, int(p), shares[p], numbers[p]) for p in parts.parts]
        sums = lay(views, moves.warp[0, torch.from_numpy(parts.parts)], parts, window)
        colours, alpha = person_of(sums)
        plate = puppet.plate.float() / 255
        picture = before_plate(colours, alpha, moves.shadow[0], plate, window, size)
        return _levels(picture), _levels(alpha)


def _levels(values: torch.Tensor) -> Array:
    return (values.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
