"""Truth above, ours below: what a training shows of itself."""

from pathlib import Path
from typing import TYPE_CHECKING

from models.files import write_whole

if TYPE_CHECKING:
    from models.nets.renderer import PoseRenderer
    from train.person.data import TargetData

_SHOWN = 8  # pairs in the preview


def save_preview(path: Path, painter: "PoseRenderer", data: "TargetData") -> None:
    """Truth above, ours below, for frames spread over the held-out excerpts (or all, if none)."""
    import cv2
    import numpy as np
    import torch

    from models.nets.renderer import paint_whole

    rows = np.flatnonzero(data.held_out)
    rows = rows if len(rows) else data.training
    rows = rows[np.linspace(0, len(rows) - 1, min(_SHOWN, len(rows))).astype(int)]
    joints = torch.from_numpy(data.joints[rows]).to(painter.plate.device)
    ours = paint_whole(painter, joints).cpu().numpy()
    truth = np.concatenate(list(data.frames[rows]), 1)
    painted = np.concatenate(list(ours), 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(path) as part:
        cv2.imwrite(str(part), np.concatenate([truth, painted])[..., ::-1])
