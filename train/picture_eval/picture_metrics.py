"""Metrics of a painter, frame by frame against the true video: every picture measure, gathered.

In: a function from joints to a picture, the person's video, the rows to measure. Out: the figures
of each frame, of each excerpt and in all. Which way is better: see docs/metrics.md.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.types import Array
from train.person.data import TargetData
from train.picture_eval.brisque import NotMeasurable, brisque
from train.picture_eval.flicker import REGIONS, Flicker
from train.picture_eval.heading import LEAST_FRAMES, Seen, by_heading, heading, least
from train.picture_eval.identity import APART_S, Faces, elsewhen
from train.picture_eval.painters import Painter
from train.picture_eval.warping import Warping

# Figures of a frame and the digits that mean something. `brisque*` need no truth; the true
# pictures' own stand beside ours because they are the only scale there is. So does what other
# moments do to the true face.
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
    "identity": 3,
    "identity_true": 3,
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
    heading: Array  # degrees (N,)
    flicker: Flicker
    warping: Warping
    not_measured: dict[str, str]  # figure -> one sentence why

    def mean(self, name: str, clip: int | None = None) -> float | None:
        """Mean over all frames, or over one excerpt; None if no frame could be measured."""
        values = self.figures[name] if clip is None else self.figures[name][self.clip == clip]
        values = values[~np.isnan(values)]
        return round(float(values.mean()), DIGITS[name]) if len(values) else None

    def by_similarity(self) -> Array:
        """Places in `rows`, the least similar frame first."""
        return np.argsort(self.figures["ssim"], kind="stable")

    def faces(self) -> dict[int, Seen]:
        """The figure `face` of each direction of the head that was seen."""
        return by_heading(self.heading, self.figures["face"])

    @property
    def worst_face(self) -> float | None:
        """Of the least direction; None where too few frames face any."""
        found = least(self.faces())
        return None if found is None else round(found, DIGITS["face"])

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
            "worst_face": self.worst_face,
            "face_by_heading": {
                str(middle): {"face": round(seen.mean, DIGITS["face"]), "frames": seen.frames}
                for middle, seen in self.faces().items()
            },
            "worst_ssim": round(float(similarity.min()), 4),
            "worst_frame": int(self.rows[similarity.argmin()]),
            "flicker": flicker,
            "warping": self.warping.summary(),
            "excerpts": {
                self.clip_names[number]: {name: self.mean(name, number) for name in DIGITS}
                for number in np.unique(self.clip)
            },
            "not_measured": self.not_measured,
        }


def _frame(ours: Array, truth: Array, joints: Array, reasons: dict[str, str]) -> dict[str, float]:
    from models.image_similarity import likeness, person_box
    from train.picture_eval import measures
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
    """Paint the rows, and for what changes in time the two frames after each, and measure."""
    flicker, warping, reasons = Flicker(data.plate), Warping(data.plate), dict[str, str]()
    found: list[dict[str, float]] = []
    degrees, faces = heading(data.joints[rows]), Faces()
    for row in rows:
        ours, truth, joints = paint(data.joints[row]), data.frames[row], data.joints[row]
        found.append(_frame(ours, truth, joints, reasons))
        try:
            found[-1]["identity"] = faces.add(ours, truth, joints)
        except NotMeasurable as error:
            found[-1]["identity"], reasons["identity"] = float("nan"), str(error)
        three = slice(row, row + 3)
        if len(data.clip[three]) == 3 and (data.clip[three] == data.clip[row]).all():
            after = [paint(joints) for joints in data.joints[row + 1 : row + 3]]
            shown, true = np.stack([ours, *after]), np.asarray(data.frames[three])
            flicker.add(shown, true, data.joints[three])
            warping.add(shown[:2], true[:2], data.joints[three][:2])
    if not flicker.triples:
        why = "No three of the measured frames follow each other in one excerpt."
        reasons |= {"flicker": why, "warping": why}
    figures = {name: np.array([frame[name] for frame in found]) for name in found[0]}
    clip = data.clip[rows]
    figures["identity_true"] = elsewhen(faces.true, rows, clip, degrees, APART_S * data.fps)
    metrics = PictureMetrics(
        rows, clip, data.clip_names, figures, degrees, flicker, warping, reasons
    )
    if metrics.worst_face is None:
        reasons["worst_face"] = (
            f"No {LEAST_FRAMES} of the measured frames show the face from one direction."
        )
    return metrics
