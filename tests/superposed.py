"""What a gradient is made of: the share of each known part in it, by least squares.

A loss that is not descended has the share 0, one that counts twice has 2; what is no part of any
loss is left over.
"""

from collections.abc import Mapping

import numpy as np
from torch import Tensor

FLOATS = 1e-3  # of rounding in single precision, and of the sums of many parts


def shares_of(found: Tensor, parts: Mapping[str, Tensor]) -> tuple[dict[str, float], float]:
    """The share of each part, and the size of what is left over beside that of the gradient."""
    sizes = {name: float(part.norm()) for name, part in parts.items()}
    assert all(sizes.values()), f"a loss without a gradient tells nothing: {sizes}"
    columns = [part.flatten().double().numpy() / sizes[name] for name, part in parts.items()]
    goal = found.flatten().double().numpy()
    solved = np.linalg.lstsq(np.stack(columns, 1), goal, rcond=None)[0]
    over = np.linalg.norm(goal - np.stack(columns, 1) @ solved)
    shares = {name: float(x) / sizes[name] for name, x in zip(parts, solved, strict=True)}
    return shares, float(over / (np.linalg.norm(goal) + 1e-30))
