"""Truth beside what painters make of it, as one picture."""

from pathlib import Path

import numpy as np

from models.types import Array
from train.person.data import TargetData
from train.picture_eval.painters import Painter

_ROWS, _COLUMNS = 2, 8  # of the sheet


def save_sheet(path: Path, painters: list[Painter], data: TargetData, rows: Array) -> None:
    """Truth (above), ours and the others' below it, the person alone, spread over the rows."""
    import cv2

    from models.image_similarity import person_box

    chosen = rows[np.linspace(0, len(rows) - 1, _ROWS * _COLUMNS).astype(int)]
    boxes = [person_box(data.joints[r], data.size) for r in chosen]
    height, width = (max(part[axis].stop - part[axis].start for part in boxes) for axis in (0, 1))
    stacks: list[Array] = []
    for row, box in zip(chosen, boxes, strict=True):
        pictures = [np.asarray(data.frames[row]), *(paint(data.joints[row]) for paint in painters)]
        top, left = (
            int(np.clip((part.start + part.stop - n) // 2, 0, data.size - n))
            for part, n in zip(box, (height, width), strict=True)
        )
        area = slice(top, top + height), slice(left, left + width)
        stacks.append(np.concatenate([picture[area] for picture in pictures]))
    lines = [np.concatenate(stacks[i * _COLUMNS : (i + 1) * _COLUMNS], 1) for i in range(_ROWS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.concatenate(lines)[..., ::-1])
