"""Whether what was exported is what was trained: clips to judge it on, and the comparison."""

from collections.abc import Callable

import numpy as np

from models import spec
from models.band import songs
from models.types import Array

TOLERANCE = 1e-4  # of poses in body units, of probabilities
CLIP_CHUNKS = 200


class ParityError(Exception):
    """The exported network differs from the trained one by more than is allowed."""


def parity_clips(n_chunks: int) -> dict[str, Array]:
    """What parity is judged on, (T, S) each: noise in bursts with silence between, and music."""
    rng = np.random.default_rng(5)
    bursts = rng.normal(0, 0.1, (n_chunks, spec.CHUNK_SAMPLES)).astype(np.float32)
    bursts *= (np.arange(n_chunks) % 50 < 35)[:, None]
    seconds = n_chunks * spec.CHUNK_SECONDS
    music = songs.make_song(3, seconds=seconds, rate=spec.SAMPLE_RATE).mono
    music = music[: n_chunks * spec.CHUNK_SAMPLES].reshape(n_chunks, -1).astype(np.float32)
    return {"bursts": bursts, "music": music}


def compare_stepped(
    what: str, output: str, run: Callable[[int, Array], tuple[Array, Array]], unit: str = ""
) -> dict[str, float]:
    """The exported file stepped against torch on whole clips: largest difference, by clip.

    `run` takes the number of a clip and its chunks (T, S) and gives what torch says of the whole
    and what the file said step by step, of equal shape. Raises ParityError when they differ by more
    than TOLERANCE, as another choice on the way makes them.
    """
    differences: dict[str, float] = {}
    for number, (name, clip) in enumerate(parity_clips(CLIP_CHUNKS).items()):
        whole, stepped = run(number, clip)
        difference = float(np.abs(stepped - whole).max())
        if not difference <= TOLERANCE:
            raise ParityError(
                f"The exported {what} differs from the trained one by {difference:.1e}{unit} "
                f"on {name} (allowed: {TOLERANCE:.0e}): the bundle is not written."
            )
        differences[f"{output}_{name}"] = float(f"{difference:.2e}")
    return differences
