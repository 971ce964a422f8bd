"""What every dance is compared with: the real dancer varied, and dancers that know no music. Pure.

All are (n, 18, 2) at 10 Hz in body units, as long as the song they stand beside.
"""

import numpy as np

from models import skeleton
from models.types import Array
from train.dance_eval.measures import HZ

STRETCH_S = 20.0  # of a training dance, before Rand Seq goes on with another
BLEND_S = 0.5
TREMBLE = 0.03  # body units, about 2 cm


def random_frames(known: list[Array], n: int, rng: np.random.Generator) -> Array:
    """Rand Frame: every pose drawn by itself from the training dances."""
    everything = np.concatenate(known)
    return everything[rng.integers(0, len(everything), n)]


def random_sequence(known: list[Array], n: int, rng: np.random.Generator) -> Array:
    """Rand Seq: stretches of training dances, whatever the music, one led over into the next."""
    length, blend = round(STRETCH_S * HZ), round(BLEND_S * HZ)
    share = (np.arange(1, blend + 1) / (blend + 1))[:, None, None]
    joined = _stretch(known, length, rng)
    while len(joined) < n:
        then = _stretch(known, length, rng)
        seam = joined[-blend:] * (1 - share) + then[:blend] * share
        joined = np.concatenate([joined[:-blend], seam, then[blend:]])
    return joined[:n].astype(np.float32)


def _stretch(known: list[Array], length: int, rng: np.random.Generator) -> Array:
    lasts = np.array([len(dance) for dance in known], float)
    dance = known[int(rng.choice(len(known), p=lasts / lasts.sum()))]
    start = int(rng.integers(0, max(1, len(dance) - length + 1)))
    return dance[start : start + length]


def still(n: int) -> Array:
    """A figure that stands."""
    return np.tile(skeleton.STANDING, (n, 1, 1))


def trembling(real: Array, rng: np.random.Generator) -> Array:
    """The real dance with every joint of every pose a little beside its place."""
    return (real + rng.normal(0, TREMBLE, real.shape)).astype(np.float32)
