"""What surely is person and what surely is background, by colour."""

import numpy as np
import torch
from torch import Tensor

from models.types import Array


def where_person(picture: Tensor, plate: Tensor) -> tuple[Tensor, Tensor]:
    """What surely is person and what surely is bare background, each (B, 1, H, W) of 0 or 1.

    A shadow darkens all colours alike, a person changes the colour or differs strongly.
    """
    difference = picture - plate
    size = difference.abs().amax(1, keepdim=True)
    colourful = difference.amax(1, keepdim=True) - difference.amin(1, keepdim=True)
    person = (colourful > 16 / 255) | (size > 70 / 255)
    return person.float(), (size < 4 / 255).float()


def person_pixels(pictures: Array, plate: Array) -> Array:
    """Where pictures uint8 (N, H, W, 3) surely show a person before the plate, bool (N, H, W)."""
    seen = torch.from_numpy(np.stack([*pictures, plate])).permute(0, 3, 1, 2) / 255
    return where_person(seen[:-1], seen[-1:])[0][:, 0].bool().numpy()
