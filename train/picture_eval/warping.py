"""How steady what moves is painted: each picture against the one before it, laid on it.

Pairs of consecutive pictures in, ours and true, added up; the warping error (Lai 2018) of both out.
They are laid on each other by the optical flow of the true video (DIS, Kroeger 2016), which no
painter can choose. Counted is what of the person is seen in both.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from models.types import Array
from train.person.mask import person_pixels
from train.picture_eval.measures import roomy_box

# Both are softened first: errors of finest detail are the flow's and the codec's, so that whoever
# paints softly would be steadier than the truth.
_SOFT, _LEAST_SOFT = 1 / 512, 1.0  # of the picture's side; px
_MISSED, _MISSED_SHARE = 0.5, 0.01  # px squared, by which there and back may differ (Sundaram 2010)
_MOSTLY = 0.5


@dataclass(frozen=True)
class WarpingError:
    """Means over what was counted."""

    ours: float  # grey levels
    truth: float
    ours_step: float  # grey levels between neighbouring pixels of ours, in the same places
    truth_step: float
    share: float  # of the person

    @property
    def slips(self) -> tuple[float, float] | None:
        """Ours and true in px: as if all slipped by so much. None of pictures without detail."""
        if not (self.ours_step and self.truth_step):
            return None
        return self.ours / self.ours_step, self.truth / self.truth_step

    @property
    def ratio(self) -> float | None:
        """Of the slips, ours over true: with less detail an error is smaller, but no less seen."""
        return self.slips[0] / self.slips[1] if self.slips and self.slips[1] else None


class Flow(NamedTuple):
    """Where each pixel of a picture was in the one before it."""

    columns: Array  # float32 (h, w), px
    rows: Array
    is_seen: Array  # bool (h, w): before, too

    def laid(self, before: Array) -> Array:
        """The picture before, float32 (h, w) or (h, w, 3), as it lies now."""
        import cv2

        # Linear would soften it, which adds to the error of whatever is sharp.
        return cv2.remap(
            before, self.columns, self.rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )


def flow_of(before: Array, after: Array) -> Flow:
    """The optical flow of two pictures uint8 (h, w, 3) of at least 16 px a side."""
    import cv2

    first, second = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (before, after))
    dis: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    forth: Array = dis.calc(first, second, None)
    back: Array = dis.calc(second, first, None)
    height, width = first.shape
    columns = back[..., 0] + np.arange(width, dtype=np.float32)
    rows = back[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    there = cv2.remap(forth, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    far = (there**2).sum(-1) + (back**2).sum(-1)
    meets = ((there + back) ** 2).sum(-1) <= _MISSED_SHARE * far + _MISSED
    inside = (columns >= 0) & (columns <= width - 1) & (rows >= 0) & (rows <= height - 1)
    return Flow(columns, rows, meets & inside)


def steps(picture: Array) -> Array:
    """Mean step from each pixel of (h, w, 3) to the next ones right and below, (h, w)."""
    across = np.abs(np.diff(picture, axis=1, append=picture[:, -1:])).mean(-1)
    down = np.abs(np.diff(picture, axis=0, append=picture[-1:])).mean(-1)
    return (across + down) / 2


class Warping:
    """Adds up pairs of consecutive pictures; `plate` uint8 (H, W, 3) is the empty place."""

    def __init__(self, plate: Array) -> None:
        self._plate = plate
        self._sums = np.zeros(4)  # errors and steps, ours and true
        self._counted = self._person = self.pairs = 0

    def add(self, ours: Array, truth: Array, joints: Array) -> None:
        """Pictures (2, H, W, 3) and the joints (2, 18, 2) they show, 0..1."""
        box = roomy_box(joints.reshape(-1, 2), len(self._plate))
        ours, truth = ours[:, *box], truth[:, *box]
        flow = flow_of(*np.ascontiguousarray(truth))
        was, is_person = person_pixels(truth, self._plate[box])
        counted = is_person & flow.is_seen & (flow.laid(was.astype(np.float32)) > _MOSTLY)
        errors, detail = list[float](), list[float]()
        for pictures in (ours, truth):
            before, after = (self._softened(picture) for picture in pictures)
            errors.append(np.abs(after - flow.laid(before)).mean(-1)[counted].sum())
            detail.append(steps(after)[counted].sum())
        self._sums += [*errors, *detail]
        self._counted += int(counted.sum())
        self._person += int(is_person.sum())
        self.pairs += 1

    def _softened(self, picture: Array) -> Array:
        import cv2

        sigma = max(_LEAST_SOFT, _SOFT * len(self._plate))
        return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), sigma)

    def error(self) -> WarpingError | None:
        """None where nothing could be counted."""
        if not self._counted:
            return None
        ours, truth, ours_step, truth_step = (float(mean) for mean in self._sums / self._counted)
        share = self._counted / self._person
        return WarpingError(ours, truth, ours_step, truth_step, share)

    def summary(self) -> dict[str, Any]:
        """As JSON takes it; slips in px."""
        found = self.error()
        told: dict[str, Any] = {"pairs": self.pairs}
        if found is None:
            return told
        slips = found.slips or (None, None)
        figures = {"ours": slips[0], "true": slips[1], "ratio": found.ratio}
        figures |= {"ours_levels": found.ours, "true_levels": found.truth, "share": found.share}
        return told | {name: value and round(value, 3) for name, value in figures.items()}
