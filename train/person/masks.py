"""Where the person is in every frame, roughly: by a segmentation network, checked by the joints."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.files import write_whole
from models.types import Array
from train.person import film
from train.person.outline import Outline
from train.person.square import Square
from train.readers.segmenter import Segmenter

SIDE = 384  # px; the network's own is 256 around the person
_SEEN = 0.5  # of the body's core that a mask must hold to be the person's
_GUESSED = 0.8  # what a mask says that is guessed by the joints


class PersonFinder:
    """Masks of one person, float32 (SIDE, SIDE), 0..1, of square frames of their video."""

    def __init__(self, outline: Outline, joints: Array) -> None:
        """Joints (N, 18, 2), 0..1. Raises NetworksError without the networks."""
        self._outline, self._joints = outline, joints
        self._segmenter = Segmenter()

    def following(self, row: int, rgb: Array) -> Array:
        """Of the frame after the last one."""
        found = self._checked(row, self._segmenter.mask(rgb))
        return self.alone(row, rgb) if found is None else found

    def alone(self, row: int, rgb: Array) -> Array:
        """Of any frame; guessed by the joints where the network finds somebody else or nobody."""
        box = film.boxes(self._joints[row : row + 1], len(rgb))[0]
        found = self._checked(row, self._segmenter.mask_of(rgb, film.area_of(box)))
        if found is None:
            return self._outline.person(row, SIDE) * np.float32(_GUESSED)
        return found

    def _checked(self, row: int, mask: Array | None) -> Array | None:
        """The mask at SIDE px if it is of the person whose joints are known."""
        import cv2

        if mask is None:
            return None
        small = cv2.resize(mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        core = self._outline.core(row, SIDE)
        return small if core.any() and small[core].mean() > _SEEN else None


class Masks:
    """The masks of all frames of a video, packed as PNG."""

    def __init__(self, packed: Array, ends: Array) -> None:
        self._packed, self._ends = packed, ends

    def __getitem__(self, row: int) -> Array:
        """float32 (SIDE, SIDE), 0..1."""
        import cv2

        begin = self._ends[row - 1] if row else 0
        found = cv2.imdecode(self._packed[begin : self._ends[row]], cv2.IMREAD_GRAYSCALE)
        assert found is not None
        return found.astype(np.float32) / 255


def find_masks(
    video: Path, square: Square, joints: Array, outline: Outline, size: int, into: Path
) -> Masks:
    """Of every frame, kept in `into`; raises TargetDataError or NetworksError."""
    import cv2

    if not into.exists():
        finder = PersonFinder(outline, joints)
        frames = tqdm(square.frames(video, size, len(joints)), total=len(joints), desc="masks")
        packed = [
            cv2.imencode(".png", (255 * finder.following(row, rgb)).round().astype(np.uint8))[1]
            for row, rgb in enumerate(frames)
        ]
        ends = np.cumsum([len(each) for each in packed])
        with write_whole(into) as part, part.open("wb") as file:
            np.savez(file, packed=np.concatenate(packed), ends=ends)
    with np.load(into) as kept:
        return Masks(kept["packed"], kept["ends"])
