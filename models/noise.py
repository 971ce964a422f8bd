"""The seeded noise a dance plays with: the same numbers on stage, exported and judged. Numpy."""

from dataclasses import dataclass

import numpy as np

from models.spec import GeneratorSpec, PaperSpec
from models.types import Array


@dataclass(frozen=True)
class Noise:
    """What the noise input of a dance holds."""

    size: int  # numbers a chunk
    is_choice: bool  # Gumbel noise on the logits of plans; else white noise that is danced with
    scale: float = 1.0

    @staticmethod
    def of(sizes: GeneratorSpec | PaperSpec) -> "Noise":
        """That of the network with these sizes."""
        if isinstance(sizes, GeneratorSpec):
            return Noise(sizes.n_plans, True)
        return Noise(sizes.noise_width, False, sizes.noise_scale)

    def draw(self, rng: np.random.Generator, n_chunks: int, temperature: float = 1.0) -> Array:
        """(n_chunks, size) float32; with temperature 1 as it was trained, with 0 none."""
        shape = (n_chunks, self.size)
        drawn = rng.gumbel(size=shape) if self.is_choice else rng.normal(0, self.scale, shape)
        return (drawn * temperature).astype(np.float32)
