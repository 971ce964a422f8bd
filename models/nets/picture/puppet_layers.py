"""Parts of a puppet laid over each other: the definition, in plain torch operators.

What trains (train/renderer/puppet/fused.py) and what performs (models/puppet/collage.py,
models/puppet/chip/compose.wgsl) are other ways to the same numbers.

Each part p covers a pixel with a_p, is as near as n_p and has the colour c_p there. Nearer parts
count more, without an order that could flip: w_p = a_p^3 n_p, colour = sum w c / sum w,
alpha = 1 - prod (1 - a_p).
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.nets.picture.puppet import Puppet
from models.puppet.coverage import LEAST_WEIGHT
from models.puppet.parts import ranges
from models.puppet.placing import Window
from models.puppet.rig import Frames
from models.types import Array

_RANGES = ranges()


class Laid(NamedTuple):
    """Where parts lie in a window, px: one row for each part that reaches into it."""

    parts: Array  # int64 (n,)
    # origin x, y, axis x, y, length, scale, and the part's ranges along from, to, across from, to
    geometry: Array  # float32 (n, 10)
    boxes: Array  # int64 (n, 4): left, top, right, bottom, inside the window


def laid(frames: Frames, row: int, size: int, window: Window) -> Laid:
    """The parts of pose `row` that reach into a window of a picture of `size` px."""
    origin, axis = frames.origin[row] * size, frames.axis[row]
    length, scale = frames.length[row] * size, float(frames.scale[row]) * size
    across = np.stack([-axis[:, 1], axis[:, 0]], -1)
    u = _RANGES[:, [0, 0, 1, 1], None] * length[:, None, None]
    v = _RANGES[:, [2, 3, 2, 3], None] * scale
    corners = origin[:, None] + u * axis[:, None] + v * across[:, None]
    low, high = np.floor(corners.min(1)).astype(int), np.ceil(corners.max(1)).astype(int)
    boxes = np.concatenate(
        [np.maximum(low, window[:2]), np.minimum(high, window[2:])], 1, dtype=np.int64
    )
    inside = np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(1))
    geometry = np.concatenate(
        [origin, axis, length[:, None], np.full_like(length, scale)[:, None], _RANGES], 1
    )
    return Laid(inside, geometry[inside].astype(np.float32), boxes[inside])


class Mixed(NamedTuple):
    """The views of one part that are shown together."""

    views: list[Tensor]  # (rows, columns, 4) each
    shifts: Tensor  # (n, 2, rows, columns), how each is laid on the others of its part
    shares: Tensor  # (n,), sum 1


def mixed(puppet: Puppet, part: int, shares: Tensor, numbers: Tensor) -> Mixed:
    """What `chosen` said of one part."""
    which = [int(number) for number in numbers]
    return Mixed([puppet.view(part, n) for n in which], puppet.shifts(part, which), shares)


def align(view: Tensor, shift: Tensor) -> Tensor:
    """A view (rows, columns, 4) bent by its shifts (2, rows, columns), so that it needs none.

    Cubic, because what performs samples it once more.
    """
    rows, columns = (torch.linspace(-1, 1, n, device=view.device) for n in view.shape[:2])
    at = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)
    bent = at + _sampled(shift, at).permute(1, 2, 0)
    return F.grid_sample(
        view.permute(2, 0, 1)[None], bent[None], mode="bicubic", padding_mode="border",
        align_corners=True,
    )[0].permute(1, 2, 0)  # fmt: skip


def place_in_part(geometry: Tensor, left: int, top: int, shape: tuple[int, int]) -> Tensor:
    """Where pixels lie in a part's rectangle, (h, w, 2) = across, along, -1..1 inside."""
    x0, y0, dx, dy, length, scale, *span = geometry.unbind()
    x = torch.arange(shape[1], device=geometry.device) + (left + 0.5) - x0
    y = (torch.arange(shape[0], device=geometry.device) + (top + 0.5) - y0)[:, None]
    u, v = (x * dx + y * dy) / length, (y * dx - x * dy) / scale
    along = (u - span[0]) * (2 / (span[1] - span[0])) - 1
    across = (v - span[2]) * (2 / (span[3] - span[2])) - 1
    return torch.stack([across, along], -1)


def lay(views: list[Mixed], warp: Tensor, parts: Laid, window: Window) -> Tensor:
    """Weighted colours, weights and what stays bare of a window, (h, w, 5).

    `views` and `warp` (n, GRIDS, rows, columns) are of the parts in `parts`.
    """
    weighted = torch.zeros(*window.shape, 4, device=warp.device)
    bare = torch.ones(window.shape, device=warp.device)
    for mix, grid, geometry, box in zip(
        views, warp, torch.from_numpy(parts.geometry).to(warp.device), parts.boxes, strict=True
    ):
        left, top, right, bottom = (int(edge) for edge in box)
        at = place_in_part(geometry, left, top, (bottom - top, right - left))
        bent = _sampled(grid, at)
        seen = _seen(mix, at + bent[:2].permute(1, 2, 0))
        inside = (at.abs() < 1).all(-1)
        a = torch.sigmoid(Puppet.LOGITS * seen[3]) * inside
        weight = a**3 * bent[2]
        colours = torch.cat([seen[:3] * bent[3], torch.ones_like(a)[None]]) * weight
        around = (
            left - window.left, window.right - right, top - window.top, window.bottom - bottom
        )  # fmt: skip
        weighted = weighted + F.pad(colours, around).permute(1, 2, 0)
        bare = bare * (1 - F.pad(a, around))
    return torch.cat([weighted, bare[..., None]], -1)


def _seen(mix: Mixed, at: Tensor) -> Tensor:
    """The mixed views (4, h, w) at places (h, w, 2)."""
    each = [
        share * _sampled(view.permute(2, 0, 1), at + _sampled(shift, at).permute(1, 2, 0))
        for view, shift, share in zip(*mix, strict=True)
    ]
    return torch.stack(each).sum(0)


def _sampled(picture: Tensor, at: Tensor) -> Tensor:
    """(C, rows, columns) at (h, w, 2) -> (C, h, w)."""
    return F.grid_sample(
        picture[None], at[None], mode="bilinear", padding_mode="border", align_corners=True
    )[0]


def person_of(sums: Tensor) -> tuple[Tensor, Tensor]:
    """What `lay` gives -> colours (h, w, 3) and alpha (h, w) of the person."""
    return sums[..., :3] / (sums[..., 3:4] + LEAST_WEIGHT), 1 - sums[..., 4]


def before_plate(
    colours: Tensor, alpha: Tensor, shadow: Tensor, plate: Tensor, window: Window, size: int
) -> Tensor:
    """The person (h, w, 3), (h, w) before a window's plate (h, w, 3) and shadow (cells, cells)."""
    x = (torch.arange(window.left, window.right, device=alpha.device) + 0.5) * (2 / size) - 1
    y = (torch.arange(window.top, window.bottom, device=alpha.device) + 0.5) * (2 / size) - 1
    at = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)
    darker = F.grid_sample(
        shadow[None, None], at[None], mode="bilinear", padding_mode="border", align_corners=False
    )[0, 0]
    shares = alpha[..., None]
    return shares * colours + (1 - shares) * (1 - darker[..., None]) * plate
