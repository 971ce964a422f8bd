"""What the networks leave to whoever reads them."""

import numpy as np

from models.types import Array


def sigmoid(values: Array) -> Array:
    """0..1; what is far beyond stays a number in 32 bits, too."""
    return 1 / (1 + np.exp(-np.clip(values, -80, 80)))
