"""`puppet_layers.lay` and its gradient in one compiled pass a pixel, for processors.

Autograd keeps some twenty pictures a part and passes over each several times; this does not.
"""

from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor

from models.nets.picture.puppet import Puppet
from models.nets.picture.puppet_layers import Laid, Window
from models.types import Array

f32 = np.float32
_LOGITS = f32(Puppet.LOGITS)


def lay_fused(views: list[Tensor], warp: Tensor, parts: Laid, window: Window) -> Tensor:
    """As `puppet_layers.lay`, with gradients for views and warp."""
    if not len(parts.parts):
        height, width = window.shape
        return torch.cat([torch.zeros(height, width, 4), torch.ones(height, width, 1)], -1)
    sizes = np.array([view.shape[:2] for view in views], np.int64)
    flat = torch.cat([view.reshape(-1) for view in views])
    return _Lay.apply(flat, warp.contiguous(), sizes, parts, window)  # pyright: ignore[reportReturnType]


def align_fused(view: Tensor, shift: Tensor) -> Tensor:
    """As `puppet_layers.align`."""
    return _Align.apply(view, shift.contiguous())  # pyright: ignore[reportReturnType]


class _Align(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, view: Tensor, shift: Tensor) -> Tensor:
        ctx.kept = view.numpy(), shift.numpy()
        aligned = np.empty_like(ctx.kept[0])
        _align(ctx.kept[0], ctx.kept[1], aligned)
        return torch.from_numpy(aligned)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:  # pyright: ignore[reportIncompatibleMethodOverride]
        ours, shift = ctx.kept
        of_view, of_shift = np.zeros_like(ours), np.zeros_like(shift)
        _align_backward(ours, shift, gradient.contiguous().numpy(), of_view, of_shift)
        return torch.from_numpy(of_view), torch.from_numpy(of_shift)


class _Lay(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, flat: Tensor, warp: Tensor, sizes: Array, parts: Laid, window: Window
    ) -> Tensor:
        starts = np.concatenate([[0], np.cumsum(4 * sizes.prod(1))]).astype(np.int64)
        sums = np.zeros((*window.shape, 5), np.float32)
        sums[..., 4] = 1
        given = (parts.geometry, parts.boxes, starts, sizes, warp.numpy(), flat.numpy())
        corner = np.array([window.left, window.top])
        geometry, boxes, starts, sizes, grids, texels = given
        _forward(geometry, boxes, starts, sizes, grids, texels, sums, corner)
        ctx.kept = (given, sums, corner)
        return torch.from_numpy(sums)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        given, sums, corner = ctx.kept
        of_sums = gradient.numpy().copy()
        of_sums[..., 4] *= sums[..., 4]  # of the logarithm of what stays bare
        of_warp, of_views = np.zeros_like(given[4]), np.zeros_like(given[5])
        geometry, boxes, starts, sizes, grids, texels = given
        _backward(geometry, boxes, starts, sizes, grids, texels, of_sums, of_warp, of_views, corner)
        return torch.from_numpy(of_views), torch.from_numpy(of_warp), None, None, None


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


@numba.njit(fastmath=True, cache=True, boundscheck=False)
def _forward(geometry, boxes, starts, sizes, warp, views, sums, corner):
    rows, columns = warp.shape[2:]
    for p in range(len(boxes)):
        height, width, start = sizes[p, 0], sizes[p, 1], starts[p]
        for y in range(boxes[p, 1], boxes[p, 3]):
            for x in range(boxes[p, 0], boxes[p, 2]):
                along, across = _place(geometry[p], x, y)
                if along <= -1 or along >= 1 or across <= -1 or across >= 1:
                    continue
                r, fy = _cell(along, rows)
                c, fx = _cell(across, columns)
                w11 = fy * fx
                w10, w01, w00 = fy - w11, fx - w11, f32(1) - fy - fx + w11
                shift_x = _mix(warp[p, 0], r, c, w00, w01, w10, w11)
                shift_y = _mix(warp[p, 1], r, c, w00, w01, w10, w11)
                j, ty = _cell(along + shift_y, height)
                i, tx = _cell(across + shift_x, width)
                t11 = ty * tx
                t10, t01, t00 = ty - t11, tx - t11, f32(1) - ty - tx + t11
                k = start + (j * width + i) * 4
                m = k + width * 4
                logit = _LOGITS * (
                    t00 * views[k + 3]
                    + t01 * views[k + 7]
                    + t10 * views[m + 3]
                    + t11 * views[m + 7]
                )
                if logit < f32(-7):
                    continue
                a = f32(1) / (f32(1) + np.exp(-logit))
                near = _mix(warp[p, 2], r, c, w00, w01, w10, w11)
                light = _mix(warp[p, 3], r, c, w00, w01, w10, w11)
                weight = a * a * a * near
                line, column = y - corner[1], x - corner[0]
                for n in range(3):
                    colour = (
                        t00 * views[k + n] + t01 * views[k + 4 + n]
                        + t10 * views[m + n] + t11 * views[m + 4 + n]
                    )  # fmt: skip
                    sums[line, column, n] += weight * light * colour
                sums[line, column, 3] += weight
                sums[line, column, 4] *= f32(1) - a


@numba.njit(fastmath=True, cache=True, boundscheck=False)
def _backward(geometry, boxes, starts, sizes, warp, views, of_sums, of_warp, of_views, corner):
    rows, columns = warp.shape[2:]
    for p in range(len(boxes)):
        height, width, start = sizes[p, 0], sizes[p, 1], starts[p]
        for y in range(boxes[p, 1], boxes[p, 3]):
            for x in range(boxes[p, 0], boxes[p, 2]):
                along, across = _place(geometry[p], x, y)
                if along <= -1 or along >= 1 or across <= -1 or across >= 1:
                    continue
                r, fy = _cell(along, rows)
                c, fx = _cell(across, columns)
                w11 = fy * fx
                w10, w01, w00 = fy - w11, fx - w11, f32(1) - fy - fx + w11
                to_x = across + _mix(warp[p, 0], r, c, w00, w01, w10, w11)
                to_y = along + _mix(warp[p, 1], r, c, w00, w01, w10, w11)
                j, ty = _cell(to_y, height)
                i, tx = _cell(to_x, width)
                t11 = ty * tx
                t10, t01, t00 = ty - t11, tx - t11, f32(1) - ty - tx + t11
                k = start + (j * width + i) * 4
                m = k + width * 4
                logit = _LOGITS * (
                    t00 * views[k + 3]
                    + t01 * views[k + 7]
                    + t10 * views[m + 3]
                    + t11 * views[m + 7]
                )
                if logit < f32(-7):
                    continue
                a = f32(1) / (f32(1) + np.exp(-logit))
                near = _mix(warp[p, 2], r, c, w00, w01, w10, w11)
                light = _mix(warp[p, 3], r, c, w00, w01, w10, w11)
                weight = a * a * a * near
                line, column = y - corner[1], x - corner[0]
                of_weight = of_sums[line, column, 3]
                of_light, of_tx, of_ty = f32(0), f32(0), f32(0)
                for n in range(3):
                    c00, c01 = views[k + n], views[k + 4 + n]
                    c10, c11 = views[m + n], views[m + 4 + n]
                    colour = t00 * c00 + t01 * c01 + t10 * c10 + t11 * c11
                    g = of_sums[line, column, n]
                    of_weight += g * light * colour
                    of_light += g * weight * colour
                    g *= weight * light
                    of_tx += g * ((f32(1) - ty) * (c01 - c00) + ty * (c11 - c10))
                    of_ty += g * ((f32(1) - tx) * (c10 - c00) + tx * (c11 - c01))
                    of_views[k + n] += g * t00
                    of_views[k + 4 + n] += g * t01
                    of_views[m + n] += g * t10
                    of_views[m + 4 + n] += g * t11
                # d log(1 - a) / d logit = -a
                g = of_weight * f32(3) * weight * (f32(1) - a) - of_sums[line, column, 4] * a
                g *= _LOGITS
                c00, c01, c10, c11 = views[k + 3], views[k + 7], views[m + 3], views[m + 7]
                of_tx += g * ((f32(1) - ty) * (c01 - c00) + ty * (c11 - c10))
                of_ty += g * ((f32(1) - tx) * (c10 - c00) + tx * (c11 - c01))
                of_views[k + 3] += g * t00
                of_views[k + 7] += g * t01
                of_views[m + 3] += g * t10
                of_views[m + 7] += g * t11
                # A place beyond the view's edge stays on it.
                of_tx *= f32(0.5) * f32(width - 1) if -1 < to_x < 1 else f32(0)
                of_ty *= f32(0.5) * f32(height - 1) if -1 < to_y < 1 else f32(0)
                of_near = of_weight * a * a * a
                for n in range(4):
                    g = of_tx
                    if n == 1:
                        g = of_ty
                    elif n == 2:
                        g = of_near
                    elif n == 3:
                        g = of_light
                    of_warp[p, n, r, c] += w00 * g
                    of_warp[p, n, r, c + 1] += w01 * g
                    of_warp[p, n, r + 1, c] += w10 * g
                    of_warp[p, n, r + 1, c + 1] += w11 * g


@numba.njit(fastmath=True, cache=True, boundscheck=False)
def _align(view, shift, aligned):
    height, width = view.shape[:2]
    rows, columns = shift.shape[1:]
    for y in range(height):
        along = f32(2) * f32(y) / f32(height - 1) - f32(1)
        r, fy = _cell(along, rows)
        for x in range(width):
            across = f32(2) * f32(x) / f32(width - 1) - f32(1)
            c, fx = _cell(across, columns)
            w11 = fy * fx
            w10, w01, w00 = fy - w11, fx - w11, f32(1) - fy - fx + w11
            j, ty = _cell(along + _mix(shift[1], r, c, w00, w01, w10, w11), height)
            i, tx = _cell(across + _mix(shift[0], r, c, w00, w01, w10, w11), width)
            t11 = ty * tx
            t10, t01, t00 = ty - t11, tx - t11, f32(1) - ty - tx + t11
            for n in range(4):
                aligned[y, x, n] = (
                    t00 * view[j, i, n]
                    + t01 * view[j, i + 1, n]
                    + t10 * view[j + 1, i, n]
                    + t11 * view[j + 1, i + 1, n]
                )


@numba.njit(fastmath=True, cache=True, boundscheck=False)
def _align_backward(view, shift, gradient, of_view, of_shift):
    height, width = view.shape[:2]
    rows, columns = shift.shape[1:]
    for y in range(height):
        along = f32(2) * f32(y) / f32(height - 1) - f32(1)
        r, fy = _cell(along, rows)
        for x in range(width):
            across = f32(2) * f32(x) / f32(width - 1) - f32(1)
            c, fx = _cell(across, columns)
            w11 = fy * fx
            w10, w01, w00 = fy - w11, fx - w11, f32(1) - fy - fx + w11
            to_y = along + _mix(shift[1], r, c, w00, w01, w10, w11)
            to_x = across + _mix(shift[0], r, c, w00, w01, w10, w11)
            j, ty = _cell(to_y, height)
            i, tx = _cell(to_x, width)
            t11 = ty * tx
            t10, t01, t00 = ty - t11, tx - t11, f32(1) - ty - tx + t11
            of_tx, of_ty = f32(0), f32(0)
            for n in range(4):
                g = gradient[y, x, n]
                c00, c01 = view[j, i, n], view[j, i + 1, n]
                c10, c11 = view[j + 1, i, n], view[j + 1, i + 1, n]
                of_tx += g * ((f32(1) - ty) * (c01 - c00) + ty * (c11 - c10))
                of_ty += g * ((f32(1) - tx) * (c10 - c00) + tx * (c11 - c01))
                of_view[j, i, n] += g * t00
                of_view[j, i + 1, n] += g * t01
                of_view[j + 1, i, n] += g * t10
                of_view[j + 1, i + 1, n] += g * t11
            of_tx *= f32(0.5) * f32(width - 1) if -1 < to_x < 1 else f32(0)
            of_ty *= f32(0.5) * f32(height - 1) if -1 < to_y < 1 else f32(0)
            for n in range(2):
                g = of_tx if n == 0 else of_ty
                of_shift[n, r, c] += w00 * g
                of_shift[n, r, c + 1] += w01 * g
                of_shift[n, r + 1, c] += w10 * g
                of_shift[n, r + 1, c + 1] += w11 * g
