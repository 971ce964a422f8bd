"""The chance in tests: `DANCELIVE_TEST_SEED=1 pytest ...` draws all of it anew; 0 is the default.

What a test says must hold for any of them.
"""

import os

import numpy as np

OTHER = 1000 * int(os.environ.get("DANCELIVE_TEST_SEED", "0"))


def seed_of(number: int = 0) -> int:
    """For whatever draws by itself: a training, torch, a song."""
    return number + OTHER


def rng_of(number: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed_of(number))
