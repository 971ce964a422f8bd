"""Whole pictures of a puppet in torch, as it is defined: for training, and to judge what is exported."""

import numpy as np
import torch

from models.nets.picture.puppet import Puppet, chosen
from models.nets.picture.puppet_layers import (
    Window,
    before_plate,
    laid,
    lay,
    mixed_view,
    person_of,
)
from models.puppet.rig import Rig
from models.types import Array


@torch.no_grad()
def picture_of(puppet: Puppet, rig: Rig, joints: Array) -> Array:
    """Joints (18, 2), 0..1 of the picture -> uint8 (size, size, 3)."""
    size = puppet.spec.size
    pose = rig.pose(joints[None].astype(np.float32))
    features, choice = (torch.from_numpy(given) for given in pose[1:])
    moves = puppet(torch.from_numpy(joints[None]).float(), features, choice)
    window = Window(0, 0, size, size)
    parts = laid(pose.frames, 0, size, window)
    shares, numbers = chosen(moves.chances[0])
    views = [mixed_view(puppet, int(p), shares[p], numbers[p]) for p in parts.parts]
    sums = lay(views, moves.warp[0, torch.from_numpy(parts.parts)], parts, window)
    plate = puppet.plate.float() / 255
    picture = before_plate(*person_of(sums), moves.shadow[0], plate, window, size)
    return (picture.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
