"""How well a painter tells the person from their place, against the true coverage of each pixel.

In: a painter that says its coverage, and a film. Out: the mean error in the person's box, and
holes: pieces inside the person where the background would shine through.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.image_similarity import person_box
from models.types import Array
from train.person.data import TargetData
from train.person.film import Film

_INSIDE = 4 / 1024  # of the picture's side, from the person's edge
_SHINES_THROUGH = 0.9
LARGE_HOLE = 4  # px, of a picture of 1024: larger ones are seen


@dataclass(frozen=True)
class CoverageMetrics:
    """Of some frames."""

    error: float  # mean difference in the box, 0..1
    holes: int  # frames with a large hole
    largest_hole: int  # px
    worst_frame: int  # where it is
    frames: int

    def summary(self) -> dict[str, float]:
        """As JSON takes it."""
        return {**vars(self), "error": round(self.error, 4)}


def measure_coverage(
    coverage: Callable[[Array], Array], data: TargetData, rows: Array
) -> CoverageMetrics | None:
    """`coverage` gives uint8 (size, size) of joints (18, 2); None without the true one."""
    film = data.frames
    if not isinstance(film, Film) or not len(rows):
        return None
    found = [
        _frame(coverage(data.joints[row]), film.coverage(int(row)), data.joints[row])
        for row in rows
    ]
    errors, holes = (np.array(values) for values in zip(*found, strict=True))
    worst = int(holes.argmax())
    return CoverageMetrics(
        float(errors.mean()), int((holes > LARGE_HOLE).sum()), int(holes[worst]), int(rows[worst]),
        len(rows),
    )  # fmt: skip


def _frame(ours: Array, truth: Array, joints: Array) -> tuple[float, int]:
    box = person_box(joints, len(truth))
    error = np.abs(ours[box].astype(np.float32) - truth[box]).mean() / 255
    return float(error), largest_hole(ours, truth)


def largest_hole(ours: Array, truth: Array) -> int:
    """Px of the largest piece inside the true person that is not opaque; uint8 (size, size)."""
    import cv2

    margin = max(1, round(_INSIDE * len(truth)))
    inside = cv2.erode((truth > 250).astype(np.uint8), np.ones((2 * margin + 1,) * 2, np.uint8))
    bare = ((ours < 255 * _SHINES_THROUGH) & (inside > 0)).astype(np.uint8)
    sizes = cv2.connectedComponentsWithStats(bare, connectivity=4)[2][1:, cv2.CC_STAT_AREA]
    return int(sizes.max(initial=0))
