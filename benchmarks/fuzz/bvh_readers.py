"""Who reads BVH: the preparation of dances."""

from pathlib import Path

import numpy as np

from benchmarks.fuzz.kind import Reader
from train.readers import bvh
from train.songs.song import DataError


def readers() -> list[Reader]:
    return [Reader("preparation", _read, (DataError,))]


def _read(path: Path) -> None:
    motion = bvh.read(path)
    assert motion.joints.shape[1:] == (18, 3) and np.isfinite(motion.joints).all()
    assert 1 <= motion.fps <= 2_000
    assert all("\n" not in note for note in motion.notes)
