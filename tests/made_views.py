"""A puppet that nobody trained: soft spots of colour for its parts, moved at random. No torch."""

from typing import NamedTuple

import cv2
import numpy as np

from models.puppet.parts import N_PARTS
from models.puppet.placing import Moves
from models.puppet.rig import Frames, Rig
from models.skeleton import STANDING, Framing

TRAINED = 1024  # px of the picture whose pixels its views hold
N_VIEWS, GRID, CELLS = 3, (19, 13), 64
_FRAMING = Framing(0.34, 0.5, 0.55)


class Made(NamedTuple):
    """As a compositor takes it."""

    views: list[np.ndarray]
    plate: np.ndarray
    rig: Rig

    def frames(self, rng: np.random.Generator, shift: float = 0.0) -> Frames:
        """A pose, `shift` of the picture to the right."""
        sway = rng.normal(0, 0.06, STANDING.shape)
        joints = _FRAMING.to_picture((STANDING + sway)[None].astype(np.float32))
        joints[..., 0] += shift
        return self.rig.pose(joints.astype(np.float32)).frames


def made(size: int, rng: np.random.Generator) -> Made:
    """For a picture of so many px."""
    sway = rng.normal(0, 0.06, (50, *STANDING.shape))
    rig = Rig.measured(_FRAMING.to_picture((STANDING + sway).astype(np.float32)))
    sizes = rig.view_sizes(min(size, TRAINED))
    views = [np.stack([_view(*shape, rng) for _ in range(N_VIEWS)]) for shape in sizes]
    return Made(views, _clouds(size, size, 3, rng), rig)


def moves(rng: np.random.Generator, darkest: float = 0.5) -> Moves:
    """Of one pose: bends that end at a grid's edge, as the network's do."""
    warp = np.zeros((N_PARTS, 4, *GRID), np.float32)
    warp[:, :2, 1:-1, 1:-1] = rng.uniform(-0.05, 0.05, (N_PARTS, 2, GRID[0] - 2, GRID[1] - 2))
    warp[:, 2] = np.exp(rng.normal(0, 2, (N_PARTS, *GRID)))
    warp[:, 3] = rng.uniform(0.7, 1.3, (N_PARTS, *GRID))
    chances = rng.dirichlet(np.ones(N_VIEWS), N_PARTS).astype(np.float32)
    shadow = np.zeros((CELLS, CELLS), np.float32)
    shadow[-20:-4, 10:50] = cv2.GaussianBlur(rng.uniform(0, darkest, (16, 40)), (5, 5), 0)
    return Moves(warp, chances, shadow)


def _view(rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Bare at its edge, covered in the middle, with an edge of some pixels between."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    edge = rng.uniform(0.5, 0.8)
    code = 128 + (edge - np.hypot(x, y)) * min(rows, columns) * rng.uniform(10, 40)
    code[[0, -1]] = code[:, [0, -1]] = 0
    return np.dstack([_clouds(rows, columns, 3, rng), code.clip(0, 255).astype(np.uint8)])


def _clouds(rows: int, columns: int, channels: int, rng: np.random.Generator) -> np.ndarray:
    noise = rng.uniform(0, 255, (max(2, rows // 6), max(2, columns // 6), channels))
    clouds = cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_CUBIC)
    return clouds.clip(0, 255).astype(np.uint8)
