"""The seeded chance a dance plays with: the same numbers on stage, exported and judged. Numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.types import Array


@dataclass(frozen=True)
class Noise:
    """What the noise input of a dance holds."""

    size: int  # numbers a chunk
    is_choice: bool  # Gumbel noise on the logits of plans; else white noise that is danced with
    scale: float = 1.0

    @staticmethod
    def of(sizes: Mapping[str, Any]) -> "Noise":
        """That of the network with these sizes (models/spec.py, as in a manifest)."""
        if "n_plans" in sizes:
            return Noise(int(sizes["n_plans"]), True)
        return Noise(int(sizes["noise_width"]), False, float(sizes["noise_scale"]))

    def draw(self, rng: np.random.Generator, n_chunks: int, temperature: float = 1.0) -> Array:
        """(n_chunks, size) float32; with temperature 1 as it was trained, with 0 none."""
        shape = (n_chunks, self.size)
        drawn = rng.gumbel(size=shape) if self.is_choice else rng.normal(0, self.scale, shape)
        return (drawn * temperature).astype(np.float32)
