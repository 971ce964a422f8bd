"""A puppet's views as training changes them: in one piece of memory, their gradients beside them.

A step looks at few of the pixels of a sixth of the views. Their gradients and their optimizer are
therefore not torch's: nothing is copied, and one pass does what takes ten operators.
"""

from collections.abc import Iterable
from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor

from models.nets.picture.puppet import Puppet

f32 = np.float32
COLOURS = "colours"  # of a group of views: the share of its rate at which colours learn
_BETAS = 0.9, 0.98
_LEAST = 1e-8


class ViewBank:
    """The memory of all views of one puppet."""

    def __init__(self, puppet: Puppet) -> None:
        """From now on the puppet's views lie in `texels`, one after the other."""
        self.views = list(puppet.views)
        self.sizes = np.array([view.shape[:2] for view in self.views], np.int64)
        ends = np.cumsum([view.numel() for view in self.views])
        self.starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        self.texels = np.empty(int(ends[-1]), np.float32)
        self.gradients = np.zeros_like(self.texels)
        self._used: set[int] = set()
        for view, start, end in zip(self.views, self.starts, ends, strict=True):
            own = torch.from_numpy(self.texels[start:end]).view(view.shape)
            view.data = own.copy_(view.data)

    def use(self, which: Iterable[int]) -> None:
        """These have gradients now."""
        self._used.update(which)

    def forget(self) -> None:
        """Take all gradients back."""
        for number in self._used:
            self._own(self.gradients, number)[:] = 0
        self._used.clear()

    def gradient(self, number: int) -> Tensor:
        """Of one view, (rows, columns, 4)."""
        own = torch.from_numpy(self._own(self.gradients, number))
        return own.view(self.views[number].shape)

    def _own(self, values: np.ndarray, number: int) -> np.ndarray:
        start = self.starts[number]
        return values[start : start + self.views[number].numel()]

    def descend(
        self, number: int, mean: Tensor, square: Tensor, step: int, rate: float, colours: float
    ) -> None:
        """One step of Adam for one view, its colours at that share of the rate.

        It stays within what 8 bits hold, its edges bare.
        """
        rows, columns = self.sizes[number]
        _adam(
            self._own(self.texels, number), self._own(self.gradients, number),
            mean.view(-1).numpy(), square.view(-1).numpy(), rows, columns, step, f32(rate),
            f32(colours),
        )  # fmt: skip

    def used(self) -> list[int]:
        """Views that have gradients."""
        return sorted(self._used)


class PuppetOptimizer(torch.optim.AdamW):
    """AdamW for the networks; Adam for the views that a step used, in place."""

    def __init__(self, groups: list[dict[str, Any]], bank: ViewBank) -> None:
        """The groups after the first are of views."""
        super().__init__(groups, betas=_BETAS)
        self._bank = bank

    def step(self, closure: Any = None) -> None:
        """One step down."""
        super().step(closure)  # views have no gradients that torch knows of
        groups = {id(p): group for group in self.param_groups[1:] for p in group["params"]}
        for number in self._bank.used():
            view = self._bank.views[number]
            state = self.state[view]
            if not state:
                state["step"] = torch.tensor(0.0)
                state["exp_avg"] = torch.zeros_like(view)
                state["exp_avg_sq"] = torch.zeros_like(view)
            state["step"] += 1
            group = groups[id(view)]
            self._bank.descend(
                number, state["exp_avg"], state["exp_avg_sq"], int(state["step"]), group["lr"],
                group[COLOURS],
            )  # fmt: skip
        self._bank.forget()


@numba.njit(fastmath=True, cache=True, boundscheck=False)
def _adam(texels, gradients, means, squares, rows, columns, step, rate, colours):
    keep, keep_square = f32(_BETAS[0]), f32(_BETAS[1])
    rate = rate / f32(1 - _BETAS[0] ** step)
    usual = f32(1 / (1 - _BETAS[1] ** step))
    for pixel in range(rows * columns):
        row, column = pixel // columns, pixel % columns
        is_edge = row == 0 or row == rows - 1 or column == 0 or column == columns - 1
        for n in range(4 * pixel, 4 * pixel + 4):
            g = gradients[n]
            means[n] = keep * means[n] + (f32(1) - keep) * g
            squares[n] = keep_square * squares[n] + (f32(1) - keep_square) * g * g
            own = rate if n == 4 * pixel + 3 else rate * colours
            moved = texels[n] - own * means[n] / (np.sqrt(squares[n] * usual) + f32(_LEAST))
            least = f32(-1) if n == 4 * pixel + 3 else f32(0)
            texels[n] = min(max(moved, least), f32(1))
        if is_edge:
            texels[4 * pixel + 3] = f32(-1)
