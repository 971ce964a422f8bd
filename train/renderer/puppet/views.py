"""The views of a puppet's parts, cut out of the video: which frames show each part, and its pixels.

Cut once by the joints alone, and once more through what the network has learned to bend, so that
views of one part lie on each other.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.nets.picture.puppet import Puppet
from models.puppet.parts import N_PARTS, ranges
from models.puppet.rig import Pose, Rig
from models.types import Array
from train.person.data import TargetData, rarity
from train.person.film import Film
from train.renderer.puppet.ownership import nearness

_CANDIDATES = 8  # frames nearest to the middle of a group, of which the least hidden is taken
_COARSE = 4  # px between the places that are asked whether they are hidden
_HIDDEN_WITHIN = 0.01  # body scales
_DISTANCE_COUNTS = 0.3  # of a frame's distance from the middle, against the share that is hidden
# Steepness of coverage's logit at a view's edge, a px, and where another part begins, a px.
_EDGE, _SEAM = 1.5, 0.6
_SURE = 230  # coverage from which a colour is the person's alone
_RANGES = ranges()


@dataclass(frozen=True)
class Material:
    """Training frames of one person as a puppet sees them; row i of everything is `rows[i]`."""

    data: TargetData
    film: Film
    rows: Array  # int (N,), frames of the video
    rig: Rig
    pose: Pose
    weights: Array  # (N,), how seldom each pose is

    @staticmethod
    def of(data: TargetData, rig: Rig, rarity_power: float) -> "Material":
        """All frames that may be trained on."""
        assert isinstance(data.frames, Film)
        rows = data.training
        joints = data.joints[rows]
        weights = rarity(joints, data.clip[rows], rarity_power)
        return Material(data, data.frames, rows, rig, rig.pose(joints), weights)


def cut(puppet: Puppet, material: Material, seed: int, warp: Tensor | None = None) -> None:
    """Fill the puppet's views and say of which poses they are.

    `warp` (N, P, GRIDS, rows, columns) is what the network has learned so far.
    """
    with torch.no_grad():
        for part in range(N_PARTS):
            for number, row in enumerate(_frames_of(part, puppet.spec.views[part], material, seed)):
                grid = None if warp is None else warp[row, part]
                view = puppet.view(part, number)
                shape = (view.shape[0], view.shape[1])
                view.copy_(_view(part, row, shape, material, grid))
                puppet.heads.centres[part, number] = torch.from_numpy(
                    material.pose.choice[row, part]
                )


def _frames_of(part: int, count: int, material: Material, seed: int) -> list[int]:
    """Frames that show a part from all sides, each as little hidden as possible.

    No frame comes twice before all were taken: of two that are the same neither would be learned.
    """
    from sklearn.cluster import KMeans

    told = material.pose.choice[:, part]
    groups: Any = KMeans(min(count, len(told)), n_init=1, max_iter=30, random_state=seed)  # pyright: ignore[reportArgumentType]
    groups.fit(told, sample_weight=material.weights)
    middles = groups.cluster_centers_
    chosen: list[int] = []
    for number in range(count):
        far = ((told - middles[number % len(middles)]) ** 2).sum(1)
        far[chosen[len(chosen) // len(told) * len(told) :]] = np.inf
        nearest = np.argsort(far, kind="stable")[:_CANDIDATES]
        nearest = nearest[np.isfinite(far[nearest])]
        costs = [
            _hidden(part, row, material) + _DISTANCE_COUNTS * float(far[row]) for row in nearest
        ]
        chosen.append(int(nearest[int(np.argmin(costs))]))
    return chosen


def _hidden(part: int, row: int, material: Material) -> float:
    """The share of a part that others may hide in a frame."""
    height, width = material.rig.view_sizes(material.data.size)[part] // _COARSE
    places = _places(part, row, material.pose, _squares((height, width)))
    near = _near(part, row, places, material)
    own = near.own < 0
    return float((own & (near.others < _HIDDEN_WITHIN)).sum() / max(own.sum(), 1))


def _near(part: int, row: int, places: Array, material: Material):
    joints = material.data.joints[material.rows[row]]
    return nearness(part, places, joints, float(material.pose.frames.scale[row]))


def _squares(shape: tuple[int, int]) -> Array:
    """Places of a view's pixels in its rectangle, (rows, columns, 2) = across, along, -1..1."""
    along, across = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    return np.stack(np.meshgrid(across, along), -1)


def _places(part: int, row: int, pose: Pose, squares: Array) -> Array:
    """Places in a part's rectangle -> in the picture, 0..1."""
    frames, span = pose.frames, _RANGES[part]
    u = span[0] + (squares[..., 1:] + 1) / 2 * (span[1] - span[0])
    v = span[2] + (squares[..., :1] + 1) / 2 * (span[3] - span[2])
    axis = frames.axis[row, part]
    across = np.array([-axis[1], axis[0]])
    along = u * frames.length[row, part] * axis
    return frames.origin[row, part] + along + v * frames.scale[row] * across


def _unbent(squares: Array, grid: Tensor) -> tuple[Array, Array]:
    """The places from which a warp leads to `squares`, and the light there (rows, columns, 1)."""
    wanted = torch.from_numpy(squares)
    at = wanted
    bent = grid
    for _ in range(4):
        bent = F.grid_sample(grid[None], at[None], padding_mode="border", align_corners=True)[0]
        at = wanted - bent[:2].permute(1, 2, 0)
    return at.numpy(), bent[3, ..., None].numpy()


def _view(
    part: int, row: int, shape: tuple[int, int], material: Material, grid: Tensor | None
) -> Tensor:
    """The pixels of one part in one frame: (rows, columns, 4)."""
    import cv2

    squares, light = _squares(shape), np.ones((*shape, 1), np.float32)
    if grid is not None:
        squares, light = _unbent(squares, grid)
    places = _places(part, row, material.pose, squares)
    piece = material.film.piece(int(material.rows[row]))
    px = (places * material.data.size - 0.5 - [piece.x, piece.y]).astype(np.float32)
    seen = cv2.remap(
        np.dstack([piece.rgb, piece.coverage]), px[..., 0], px[..., 1], cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0),
    )  # fmt: skip
    scale = float(material.pose.frames.scale[row]) * material.data.size
    margin = _near(part, row, places, material).margin * scale  # px
    colours = _grown(seen[..., :3], seen[..., 3]) / 255 / light
    logit = np.clip(np.minimum(_EDGE * _inside(seen[..., 3]), _SEAM * margin), -8, 8)
    logit[[0, -1]] = -Puppet.LOGITS
    logit[:, [0, -1]] = -Puppet.LOGITS
    view = np.concatenate([colours.clip(0, 1), logit[..., None] / Puppet.LOGITS], -1)
    return torch.from_numpy(view.astype(np.float32))


def _inside(coverage: Array) -> Array:
    """How far inside the person each pixel is, px; negative outside."""
    import cv2

    person = (coverage > 127).astype(np.uint8)
    if person.all() or not person.any():  # there is no edge to be far from
        return np.full(coverage.shape, 1e3 if person.any() else -1e3, np.float32)
    within, without = (cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (person, 1 - person))
    return np.where(person, within - 0.5, 0.5 - without)


def _grown(colours: Array, coverage: Array) -> Array:
    """Colours of the person, continued over what is not surely person: the nearest sure colour."""
    from scipy.ndimage import distance_transform_edt

    sure = coverage >= _SURE
    if not sure.any():
        return np.full(colours.shape, 127.0, np.float32)
    nearest: Any = distance_transform_edt(~sure, return_distances=False, return_indices=True)
    return colours[nearest[0], nearest[1]].astype(np.float32)
