"""`puppet_layers.lay` and its gradient in one compiled pass a pixel, for processors.

Autograd keeps some twenty pictures a part and passes over each several times; this does not.
"""

from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor

from models.nets.picture.puppet import Puppet
from models.nets.picture.puppet_layers import Laid
from models.puppet.placing import Window
from models.types import Array
from train.renderer.puppet.bank import ViewBank

f32 = np.float32
_LOGITS = f32(Puppet.LOGITS)
_NOTHING = f32(-7)  # logit of coverage below which a pixel is not looked at


def lay_fused(
    bank: ViewBank, which: Array, shares: Tensor, shifts: Tensor, warp: Tensor, parts: Laid,
    window: Window,
) -> Tensor:  # fmt: skip
    """As `puppet_layers.lay`; gradients of views are added up in the bank.

    Of each of n parts: `which` int (n, 2) two views of the bank, `shares` (n, 2), `shifts`
    (n, 2, 2, rows, columns), `warp` (n, GRIDS, rows, columns).
    """
    if not len(parts.parts):
        height, width = window.shape
        return torch.cat([torch.zeros(height, width, 4), torch.ones(height, width, 1)], -1)
    return _Lay.apply(  # pyright: ignore[reportReturnType]
        shares.contiguous(), shifts.contiguous(), warp.contiguous(), bank, which, parts, window
    )


class _Lay(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, shares: Tensor, shifts: Tensor, warp: Tensor, bank: ViewBank, which: Array,
        parts: Laid, window: Window,
    ) -> Tensor:  # fmt: skip
        sums = np.zeros((*window.shape, 5), np.float32)
        sums[..., 4] = 1
        given = (
            parts.geometry, parts.boxes, np.array([window.left, window.top]),
            bank.starts[which], bank.sizes[which], bank.texels,
            shares.numpy(), shifts.numpy(), warp.numpy(),
        )  # fmt: skip
        _forward(*given, sums)
        ctx.kept = given, sums, bank, which
        return torch.from_numpy(sums)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        given, sums, bank, which = ctx.kept
        of_sums = gradient.numpy().copy()
        of_sums[..., 4] *= sums[..., 4]  # of the logarithm of what stays bare
        found = [np.zeros_like(each) for each in given[-3:]]
        arguments: list[Any] = [*given, of_sums, bank.gradients, *found]
        _backward(*arguments)
        bank.use(which.ravel().tolist())
        return *(torch.from_numpy(each) for each in found), None, None, None, None


@numba.njit(fastmath=True, cache=True, inline="always")
def _cell(place, count):
    """The cell of a place -1..1 in a line of numbers, and how far into it."""
    at = min(max((place + f32(1)) * f32(0.5) * f32(count - 1), f32(0)), f32(count - 1))
    cell = min(int(at), count - 2)
    return cell, at - f32(cell)


@numba.njit(fastmath=True, cache=True, inline="always")
def _place(geometry, x, y):
    """Where the middle of a pixel lies in a part: along and across, -1..1 inside."""
    dx = f32(x) + f32(0.5) - geometry[0]
    dy = f32(y) + f32(0.5) - geometry[1]
    u = (dx * geometry[2] + dy * geometry[3]) / geometry[4]
    v = (dy * geometry[2] - dx * geometry[3]) / geometry[5]
    along = (u - geometry[6]) * (f32(2) / (geometry[7] - geometry[6])) - f32(1)
    across = (v - geometry[8]) * (f32(2) / (geometry[9] - geometry[8])) - f32(1)
    return along, across


@numba.njit(fastmath=True, cache=True, inline="always")
def _mix(grid, r, c, w00, w01, w10, w11):
    return w00 * grid[r, c] + w01 * grid[r, c + 1] + w10 * grid[r + 1, c] + w11 * grid[r + 1, c + 1]


@numba.njit(fastmath=True, cache=True, inline="always")
def _weights(fy, fx):
    w11 = fy * fx
    return f32(1) - fy - fx + w11, fx - w11, fy - w11, w11


@numba.njit(fastmath=True, cache=True, inline="always")
def _slope(grid, r, c, fy, fx):
    """How a grid changes to the right and downwards, a cell."""
    g00, g01, g10, g11 = grid[r, c], grid[r, c + 1], grid[r + 1, c], grid[r + 1, c + 1]
    across = g01 - g00 + fy * (g11 - g10 - g01 + g00)
    return across, g10 - g00 + fx * (g11 - g10 - g01 + g00)


@numba.njit(fastmath=True, cache=True, inline="always")
def _add(grid, r, c, w00, w01, w10, w11, value):
    grid[r, c] += w00 * value
    grid[r, c + 1] += w01 * value
    grid[r + 1, c] += w10 * value
    grid[r + 1, c + 1] += w11 * value


@numba.njit(fastmath=True, cache=True, boundscheck=False)
def _forward(geometry, boxes, corner, starts, sizes, texels, shares, shifts, warp, sums):
    rows, columns = warp.shape[2:]
    seen = np.empty(4, np.float32)
    for p in range(len(boxes)):
        for y in range(boxes[p, 1], boxes[p, 3]):
            for x in range(boxes[p, 0], boxes[p, 2]):
                along, across = _place(geometry[p], x, y)
                if along <= -1 or along >= 1 or across <= -1 or across >= 1:
                    continue
                r, fy = _cell(along, rows)
                c, fx = _cell(across, columns)
                w00, w01, w10, w11 = _weights(fy, fx)
                to_x = across + _mix(warp[p, 0], r, c, w00, w01, w10, w11)
                to_y = along + _mix(warp[p, 1], r, c, w00, w01, w10, w11)
                i, gy = _cell(to_y, rows)
                j, gx = _cell(to_x, columns)
                v00, v01, v10, v11 = _weights(gy, gx)
                seen[:] = 0
                for k in range(2):
                    view_x = to_x + _mix(shifts[p, k, 0], i, j, v00, v01, v10, v11)
                    view_y = to_y + _mix(shifts[p, k, 1], i, j, v00, v01, v10, v11)
                    line, ty = _cell(view_y, sizes[p, k, 0])
                    column, tx = _cell(view_x, sizes[p, k, 1])
                    t00, t01, t10, t11 = _weights(ty, tx)
                    upper = starts[p, k] + (line * sizes[p, k, 1] + column) * 4
                    lower = upper + 4 * sizes[p, k, 1]
                    for n in range(4):
                        seen[n] += shares[p, k] * (
                            t00 * texels[upper + n] + t01 * texels[upper + 4 + n]
                            + t10 * texels[lower + n] + t11 * texels[lower + 4 + n]
                        )  # fmt: skip
                logit = _LOGITS * seen[3]
                if logit < _NOTHING:
                    continue
                a = f32(1) / (f32(1) + np.exp(-logit))
                near = _mix(warp[p, 2], r, c, w00, w01, w10, w11)
                light = _mix(warp[p, 3], r, c, w00, w01, w10, w11)
                weight = a * a * a * near
                own = sums[y - corner[1], x - corner[0]]
                for n in range(3):
                    own[n] += weight * light * seen[n]
                own[3] += weight
                own[4] *= f32(1) - a


@numba.njit(fastmath=True, cache=True, boundscheck=False)
def _backward(
    geometry, boxes, corner, starts, sizes, texels, shares, shifts, warp,
    of_sums, of_texels, of_shares, of_shifts, of_warp,
):  # fmt: skip
    rows, columns = warp.shape[2:]
    seen, of_seen = np.empty((2, 4), np.float32), np.empty(4, np.float32)
    inside = np.empty((2, 2), np.float32)  # how far into the texels of each view: across, along
    at = np.empty((2, 2), np.int64)  # their texel above and below
    is_in = np.empty((2, 2), np.float32)  # a place beyond a view's edge stays on it
    for p in range(len(boxes)):
        for y in range(boxes[p, 1], boxes[p, 3]):
            for x in range(boxes[p, 0], boxes[p, 2]):
                along, across = _place(geometry[p], x, y)
                if along <= -1 or along >= 1 or across <= -1 or across >= 1:
                    continue
                r, fy = _cell(along, rows)
                c, fx = _cell(across, columns)
                w00, w01, w10, w11 = _weights(fy, fx)
                to_x = across + _mix(warp[p, 0], r, c, w00, w01, w10, w11)
                to_y = along + _mix(warp[p, 1], r, c, w00, w01, w10, w11)
                i, gy = _cell(to_y, rows)
                j, gx = _cell(to_x, columns)
                v00, v01, v10, v11 = _weights(gy, gx)
                for k in range(2):
                    view_x = to_x + _mix(shifts[p, k, 0], i, j, v00, v01, v10, v11)
                    view_y = to_y + _mix(shifts[p, k, 1], i, j, v00, v01, v10, v11)
                    line, ty = _cell(view_y, sizes[p, k, 0])
                    column, tx = _cell(view_x, sizes[p, k, 1])
                    t00, t01, t10, t11 = _weights(ty, tx)
                    upper = starts[p, k] + (line * sizes[p, k, 1] + column) * 4
                    lower = upper + 4 * sizes[p, k, 1]
                    for n in range(4):
                        seen[k, n] = (
                            t00 * texels[upper + n] + t01 * texels[upper + 4 + n]
                            + t10 * texels[lower + n] + t11 * texels[lower + 4 + n]
                        )  # fmt: skip
                    inside[k, 0], inside[k, 1] = tx, ty
                    at[k, 0], at[k, 1] = upper, lower
                    is_in[k, 0] = f32(0.5) * f32(sizes[p, k, 1] - 1) * (-1 < view_x < 1)
                    is_in[k, 1] = f32(0.5) * f32(sizes[p, k, 0] - 1) * (-1 < view_y < 1)
                first, second = shares[p, 0], shares[p, 1]
                logit = _LOGITS * (first * seen[0, 3] + second * seen[1, 3])
                if logit < _NOTHING:
                    continue
                a = f32(1) / (f32(1) + np.exp(-logit))
                near = _mix(warp[p, 2], r, c, w00, w01, w10, w11)
                light = _mix(warp[p, 3], r, c, w00, w01, w10, w11)
                weight = a * a * a * near
                own = of_sums[y - corner[1], x - corner[0]]
                of_weight, of_light = own[3], f32(0)
                for n in range(3):
                    colour = first * seen[0, n] + second * seen[1, n]
                    of_weight += own[n] * light * colour
                    of_light += own[n] * weight * colour
                    of_seen[n] = own[n] * weight * light
                # d log(1 - a) / d logit = -a
                of_seen[3] = _LOGITS * (of_weight * f32(3) * weight * (f32(1) - a) - own[4] * a)
                of_x, of_y = f32(0), f32(0)
                for k in range(2):
                    tx, ty = inside[k, 0], inside[k, 1]
                    t00, t01, t10, t11 = _weights(ty, tx)
                    upper, lower = at[k, 0], at[k, 1]
                    of_tx, of_ty, of_share = f32(0), f32(0), f32(0)
                    for n in range(4):
                        of_share += of_seen[n] * seen[k, n]
                        g = of_seen[n] * shares[p, k]
                        c00, c01 = texels[upper + n], texels[upper + 4 + n]
                        c10, c11 = texels[lower + n], texels[lower + 4 + n]
                        of_tx += g * ((f32(1) - ty) * (c01 - c00) + ty * (c11 - c10))
                        of_ty += g * ((f32(1) - tx) * (c10 - c00) + tx * (c11 - c01))
                        of_texels[upper + n] += g * t00
                        of_texels[upper + 4 + n] += g * t01
                        of_texels[lower + n] += g * t10
                        of_texels[lower + 4 + n] += g * t11
                    of_shares[p, k] += of_share
                    of_tx *= is_in[k, 0]
                    of_ty *= is_in[k, 1]
                    _add(of_shifts[p, k, 0], i, j, v00, v01, v10, v11, of_tx)
                    _add(of_shifts[p, k, 1], i, j, v00, v01, v10, v11, of_ty)
                    # The shift of a view changes with the place as well.
                    x_across, x_along = _slope(shifts[p, k, 0], i, j, gy, gx)
                    y_across, y_along = _slope(shifts[p, k, 1], i, j, gy, gx)
                    of_x += of_tx + (of_tx * x_across + of_ty * y_across) * (
                        f32(0.5) * f32(columns - 1) * (-1 < to_x < 1)
                    )
                    of_y += of_ty + (of_tx * x_along + of_ty * y_along) * (
                        f32(0.5) * f32(rows - 1) * (-1 < to_y < 1)
                    )
                _add(of_warp[p, 0], r, c, w00, w01, w10, w11, of_x)
                _add(of_warp[p, 1], r, c, w00, w01, w10, w11, of_y)
                _add(of_warp[p, 2], r, c, w00, w01, w10, w11, of_weight * a * a * a)
                _add(of_warp[p, 3], r, c, w00, w01, w10, w11, of_light)
