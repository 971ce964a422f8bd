"""A painter that is told its joints as a detector finds them: with noise."""

import numpy as np

from models.types import Array
from train.picture_eval.painters import Keyed, Painter


class NoisyJoints:
    """Gives a painter joints (18, 2) with Gaussian noise, drawn anew for every picture."""

    def __init__(self, painter: Painter, spread: float, seed: int = 0) -> None:
        """`spread` in picture heights."""
        self._painter, self._spread = painter, spread
        self._rng = np.random.default_rng(seed)

    def __call__(self, joints: Array) -> Array:
        """uint8 (H, W, 3)."""
        return self._painter(self._noisy(joints))

    def coverage(self, joints: Array) -> Array:
        """uint8 (H, W), of a painter that says what is person."""
        assert isinstance(self._painter, Keyed)
        return self._painter.coverage(self._noisy(joints))

    def _noisy(self, joints: Array) -> Array:
        return (joints + self._rng.normal(0, self._spread, joints.shape)).astype(np.float32)
