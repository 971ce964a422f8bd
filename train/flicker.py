"""How much places change from frame to frame that stand still in the true video.

Pairs of consecutive pictures in, ours and true, added up; means in grey levels and their ratio out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, uniform_filter

from models.nets.likeness import person_box

Array = NDArray[Any]

STILL = 2.5  # grey levels: a place that changes less in the true video stands still
# Whether a place stands still is read off its neighbourhood: picking single pixels for changing
# little in the true video would make the true video look calmer than it is.
_MEAN_PX, _AROUND_PX = 3, 5
REGIONS = ("person", "around", "background")


@dataclass(frozen=True)
class Region:
    """Change of the still places of one region."""

    ours: float  # mean change from frame to frame, grey levels
    truth: float
    still_share: float  # of the region's pixels

    @property
    def ratio(self) -> float | None:
        """Ours over the true one; None where the true video does not change at all."""
        return self.ours / self.truth if self.truth > 0 else None


def change(pair: Array) -> Array:
    """Mean change of the colours between two pictures (2, H, W, 3), grey levels, (H, W)."""
    return np.abs(pair[1].astype(np.float32) - pair[0]).mean(-1)


def still_places(true_pair: Array) -> Array:
    """Where the true video stands still, bool (H, W): no mean over 3 x 3 px nearby is above."""
    return maximum_filter(uniform_filter(change(true_pair), _MEAN_PX), _AROUND_PX) < STILL


class Flicker:
    """Adds up pairs of consecutive pictures; `plate` uint8 (H, W, 3) is the empty place.

    Regions: the `person` (in both pictures), `around` them (the rest of the joints' boxes: shadow,
    seam, floor) and the `background` outside both boxes.
    """

    def __init__(self, plate: Array) -> None:
        shape = plate.shape[:2]
        self._plate = plate
        self._sums = {name: np.zeros(4) for name in REGIONS}  # ours, truth, still, all
        self._maps = np.zeros((2, *shape))
        self._still = np.zeros(shape)
        self.pairs = 0

    def add(self, ours: Array, truth: Array, joints: Array) -> None:
        """One pair: pictures (2, H, W, 3) and the joints (2, 18, 2) they show, 0..1."""
        changes = np.stack([change(ours), change(truth)])
        still = still_places(truth)
        for name, region in self._regions(truth, joints).items():
            taken = still & region
            self._sums[name] += [*changes[:, taken].sum(1), taken.sum(), region.sum()]
        self._maps += changes * still
        self._still += still
        self.pairs += 1

    def _regions(self, truth: Array, joints: Array) -> dict[str, Array]:
        import torch

        from train.target_losses import where_person

        pictures = torch.from_numpy(np.stack([*truth, self._plate])).permute(0, 3, 1, 2) / 255
        seen = where_person(pictures[:2], pictures[2:])[0].bool().all(0)[0].numpy()
        boxes = np.zeros(seen.shape, bool)
        for pose in joints:
            boxes[person_box(pose, len(seen))] = True
        person = seen & boxes
        return {"person": person, "around": boxes & ~person, "background": ~boxes}

    def region(self, name: str) -> Region | None:
        """What was found in a region; None where nothing in it ever stood still."""
        ours, truth, still, pixels = self._sums[name]
        if not still:
            return None
        return Region(float(ours / still), float(truth / still), float(still / pixels))

    def maps(self) -> tuple[Array, Array]:
        """Mean change of each pixel while it stood still, ours and true, grey levels, (H, W)."""
        ours, truth = self._maps / np.maximum(self._still, 1)
        return ours, truth
