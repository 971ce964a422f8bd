"""Truth above, ours below: what a renderer's training shows of itself."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from models.files import write_whole
from models.nets.picture.paper_painter import FedBackPainter
from models.nets.picture.renderer import PoseRenderer, paint_whole
from models.types import Array
from train.person.data import TargetData
from train.run.names import PREVIEW, SAMPLES

Paint = Callable[[Array], Array]  # rows (n,) of the video -> pictures (n, size, size, 3)

_SHOWN = 8  # columns
_LEAD = 5  # frames painted before each, by a painter that needs the picture before
_JPEG_QUALITY = 90  # of those that are kept


def save_preview(folder: Path, step: int, paint: Paint, data: TargetData) -> None:
    """Frames spread over the held-out excerpts (or all, if none), as PREVIEW and below SAMPLES."""
    import cv2

    rows = np.flatnonzero(data.held_out)
    rows = rows if len(rows) else data.training
    rows = rows[np.linspace(0, len(rows) - 1, min(_SHOWN, len(rows))).astype(int)]
    truth = np.concatenate(list(data.frames[rows]), 1)
    painted = np.concatenate(list(paint(rows)), 1)
    picture = np.concatenate([truth, painted])[..., ::-1]
    kept = folder / SAMPLES / f"step_{step:06d}.jpg"
    kept.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(kept), picture, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    with write_whole(folder / PREVIEW) as part:
        cv2.imwrite(str(part), picture)


def painted_by(painter: PoseRenderer, data: TargetData) -> Paint:
    """Each row by itself."""

    def paint(rows: Array) -> Array:
        joints = torch.from_numpy(data.joints[rows]).to(painter.plate.device)
        return paint_whole(painter, joints).cpu().numpy()

    return paint


def painted_after_others(painter: FedBackPainter, data: TargetData) -> Paint:
    """Each row after the few frames before it in its excerpt."""

    def paint(rows: Array) -> Array:
        return np.stack([paint_one(int(row)) for row in rows])

    def paint_one(row: int) -> Array:
        painter.reset()
        before = range(max(0, row - _LEAD), row + 1)
        return [painter(data.joints[r]) for r in before if data.clip[r] == data.clip[row]][-1]

    return paint
