"""How much a picture flickers beside the true video: the second difference in time.

Triples of consecutive pictures in, ours and true, added up; means in grey levels and their ratio
out. Steady motion has no second difference, so that a moving person does not hide flicker.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter, uniform_filter

from models.image_similarity import person_box
from models.types import Array

STILL = 2.5  # grey levels: a place that changes less in the true video stands still
# Whether a place stands still is read off its neighbourhood: picking single pixels for changing
# little in the true video would make the true video look calmer than it is.
_MEAN_PX, _AROUND_PX = 3, 5
REGIONS = ("box", "outside", "still")


@dataclass(frozen=True)
class Region:
    """Second difference of one region."""

    ours: float  # mean, grey levels
    truth: float
    share: float  # of the picture

    @property
    def ratio(self) -> float | None:
        """Ours over the true one; None where the true video does not change at all."""
        return self.ours / self.truth if self.truth > 0 else None


def trembling(triple: Array) -> Array:
    """Mean second difference of the colours of (3, H, W, 3), grey levels, (H, W)."""
    before, now, after = triple.astype(np.float32)
    return np.abs(before - 2 * now + after).mean(-1)


def still_places(true_triple: Array) -> Array:
    """Where the true video stands still, bool (H, W): no mean over 3 x 3 px nearby is above."""
    steps = np.abs(np.diff(true_triple.astype(np.float32), axis=0)).mean(-1).max(0)
    return maximum_filter(uniform_filter(steps, _MEAN_PX), _AROUND_PX) < STILL


class Flicker:
    """Adds up triples of consecutive pictures; `plate` uint8 (H, W, 3) is the empty place.

    Regions: the joints' `box`, all `outside` it, and what of the person stands `still` in all
    three.
    """

    def __init__(self, plate: Array) -> None:
        shape = plate.shape[:2]
        self._plate = plate
        self._sums = {name: np.zeros(3) for name in REGIONS}  # ours, truth, pixels
        self._maps = np.zeros((2, *shape))
        self._still = np.zeros(shape)
        self.triples = 0

    def add(self, ours: Array, truth: Array, joints: Array) -> None:
        """Pictures (3, H, W, 3) and the joints (3, 18, 2) they show, 0..1."""
        both = np.stack([trembling(ours), trembling(truth)])
        still = still_places(truth)
        for name, region in self._regions(truth, joints, still).items():
            self._sums[name] += [*both[:, region].sum(1), region.sum()]
        self._maps += both * still
        self._still += still
        self.triples += 1

    def _regions(self, truth: Array, joints: Array, still: Array) -> dict[str, Array]:
        from train.person.mask import person_pixels

        seen: Array = np.all(person_pixels(truth, self._plate), axis=0)
        boxes = np.zeros(seen.shape, bool)
        for pose in joints:
            boxes[person_box(pose, len(seen))] = True
        return {"box": boxes, "outside": ~boxes, "still": still & seen & boxes}

    def region(self, name: str) -> Region | None:
        """What was found in a region; None where there was nothing of it."""
        ours, truth, pixels = self._sums[name]
        if not pixels:
            return None
        whole = self.triples * self._still.size
        return Region(float(ours / pixels), float(truth / pixels), float(pixels / whole))

    def maps(self) -> tuple[Array, Array]:
        """Mean second difference of each pixel while it stood still, ours and true, (H, W)."""
        ours, truth = self._maps / np.maximum(self._still, 1)
        return ours, truth
