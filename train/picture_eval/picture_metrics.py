"""Metrics of a painter, frame by frame against the true video: every picture measure, gathered.

In: a function from joints to a picture, the person's video, the rows to measure. Out: the figures
of each frame, of each excerpt and in all. Which way is better: see docs/metrics.md.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.types import Array
from train.person.data import TargetData
from train.picture_eval.flicker import REGIONS, Flicker
from train.picture_eval.painters import Painter

# Figures of a frame and the digits that mean something. `brisque*` need no truth; the true
# pictures' own stand beside ours because they are the only scale there is.
DIGITS = {
    "ssim": 4,
    "ms_ssim": 4,
    "psnr": 2,
    "gmsd": 4,
    "sharpness": 3,
    "face": 4,
    "hands": 4,
    "feet": 4,
    "perceptual": 4,
    "brisque": 2,
    "brisque_true": 2,
    "brisque_person": 2,
    "brisque_person_true": 2,
}


@dataclass(frozen=True)
class PictureMetrics:
    """What was measured of one painter."""

    rows: Array  # int (N,), frames of the video
    clip: Array  # int (N,), number of the excerpt
    clip_names: tuple[str, ...]
    figures: dict[str, Array]  # by the names in DIGITS, each (N,); nan where not measurable
    flicker: Flicker
    not_measured: dict[str, str]  # figure -> one sentence why

    def mean(self, name: str, clip: int | None = None) -> float | None:
        """Mean over all frames, or over one excerpt; None if no frame could be measured."""
        values = self.figures[name] if clip is None else self.figures[name][self.clip == clip]
        values = values[~np.isnan(values)]
        return round(float(values.mean()), DIGITS[name]) if len(values) else None

    def by_similarity(self) -> Array:
        """Places in `rows`, the least similar frame first."""
        return np.argsort(self.figures["ssim"], kind="stable")

    def summary(self) -> dict[str, Any]:
        """Everything as JSON takes it."""
        similarity = self.figures["ssim"]
        flicker: dict[str, Any] = {"triples": self.flicker.triples}
        for name in REGIONS:
            region = self.flicker.region(name)
            flicker[name] = region and {
                "ours": round(region.ours, 3),
                "true": round(region.truth, 3),
                "ratio": None if region.ratio is None else round(region.ratio, 3),
                "share": round(region.share, 3),
            }
        return {
            "frames": len(self.rows),
            **{name: self.mean(name) for name in DIGITS},
            "worst_ssim": round(float(similarity.min()), 4),
            "worst_frame": int(self.rows[similarity.argmin()]),
            "flicker": flicker,
            "excerpts": {
                self.clip_names[number]: {name: self.mean(name, number) for name in DIGITS}
                for number in np.unique(self.clip)
            },
            "not_measured": self.not_measured,
        }


def _frame(ours: Array, truth: Array, joints: Array, reasons: dict[str, str]) -> dict[str, float]:
    from models.image_similarity import likeness, person_box
    from train.picture_eval import measures
    from train.picture_eval.brisque import NotMeasurable, brisque
    from train.picture_eval.perceptual import perceptual

    box = person_box(joints, len(truth))
    roomy = measures.roomy_box(joints, len(truth))
    similarity, noise = likeness(ours, truth, joints)
    true_edges = measures.edges(truth[box])
    found = {
        "ssim": similarity,
        "ms_ssim": measures.ms_ssim(ours[roomy], truth[roomy]),
        "psnr": noise,
        "gmsd": measures.gmsd(ours[roomy], truth[roomy]),
        "sharpness": measures.edges(ours[box]) / true_edges if true_edges else float("nan"),
        **measures.part_ssim(ours, truth, joints),
    }
    for name, picture in {
        "brisque": ours,
        "brisque_true": truth,
        "brisque_person": ours[roomy],
        "brisque_person_true": truth[roomy],
    }.items():
        try:
            found[name] = brisque(picture)
        except NotMeasurable as error:
            found[name], reasons[name] = float("nan"), str(error)
    try:
        found["perceptual"] = perceptual(ours[roomy], truth[roomy])
    except NotMeasurable as error:
        found["perceptual"], reasons["perceptual"] = float("nan"), str(error)
    return found


def measure(paint: Painter, data: TargetData, rows: Array) -> PictureMetrics:
    """Paint the rows, and for flicker the two frames after each, and measure."""
    flicker, reasons = Flicker(data.plate), dict[str, str]()
    found: list[dict[str, float]] = []
    for row in rows:
        ours = paint(data.joints[row])
        found.append(_frame(ours, data.frames[row], data.joints[row], reasons))
        three = slice(row, row + 3)
        if len(data.clip[three]) == 3 and (data.clip[three] == data.clip[row]).all():
            after = [paint(joints) for joints in data.joints[row + 1 : row + 3]]
            flicker.add(
                np.stack([ours, *after]), np.asarray(data.frames[three]), data.joints[three]
            )
    if not flicker.triples:
        reasons["flicker"] = "No three of the measured frames follow each other in one excerpt."
    figures = {name: np.array([frame[name] for frame in found]) for name in DIGITS}
    return PictureMetrics(rows, data.clip[rows], data.clip_names, figures, flicker, reasons)
