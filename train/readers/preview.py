"""One picture of a recording: a dozen of its frames with the joints as they are used. OpenCV."""

from pathlib import Path

import numpy as np

from models import skeleton
from models.types import Array
from train.readers.cleaning import Track

TILES, ACROSS, HEIGHT = 12, 4, 240  # px
WIDEST = 960  # px of a tile; a picture with another shape than any film is cut
GOOD, POOR, RIGHT, LEFT = (90, 200, 90), (70, 70, 230), (60, 60, 220), (220, 120, 30)  # BGR


class Thumbnails:
    """Keeps small copies of frames, evenly spread, without knowing how many will come."""

    def __init__(self) -> None:
        self.kept: dict[int, Array] = {}
        self._every, self._n = 1, 0

    def add(self, rgb: Array) -> None:
        import cv2

        if self._n % self._every == 0:
            width = _width(rgb.shape[1], rgb.shape[0])
            self.kept[self._n] = cv2.resize(rgb, (width, HEIGHT), interpolation=cv2.INTER_AREA)
            if len(self.kept) > 4 * TILES:
                self._every *= 2
                self.kept = {i: p for i, p in self.kept.items() if i % self._every == 0}
        self._n += 1


def save(path: Path, track: Track, quality: Array, frames: dict[int, Array]) -> None:
    """Write the sheet; `frames` are pictures of HEIGHT by row, none = joints on grey."""
    import cv2

    rows = sorted(frames) or list(range(len(track.times)))
    if not rows:
        return
    chosen = [rows[i] for i in np.linspace(0, len(rows) - 1, TILES).astype(int)]
    scale = HEIGHT / track.size[1]
    width = _width(*track.size)
    tiles: list[Array] = []
    for row in chosen:
        tile = np.full((HEIGHT, width, 3), 60, np.uint8)
        if row in frames:
            tile = cv2.resize(frames[row][..., ::-1], (width, HEIGHT))
        _draw(tile, track.joints[row] * scale)
        said = f"{track.times[row]:.1f} s  {quality[row]:.2f}"
        colour = GOOD if quality[row] >= 0.5 else POOR
        cv2.putText(tile, said, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
        cv2.rectangle(tile, (0, 0), (width - 1, HEIGHT - 1), colour, 1)
        tiles.append(tile)
    lines = [np.hstack(tiles[i : i + ACROSS]) for i in range(0, len(tiles), ACROSS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.vstack(lines))


def _width(width: int, height: int) -> int:
    """Of a tile, px."""
    return min(WIDEST, max(1, round(width * HEIGHT / height)))


def _draw(tile: Array, joints: Array) -> None:
    import cv2

    for a, b in skeleton.LIMBS:
        if np.isfinite(joints[[a, b]]).all():
            # OpenCV draws no further than an int goes.
            ends = [tuple(int(v) for v in np.clip(joints[j], -9999, 9999)) for j in (a, b)]
            right = b in (2, 3, 4, 8, 9, 10, 14, 16)
            cv2.line(tile, ends[0], ends[1], RIGHT if right else LEFT, 2, cv2.LINE_AA)
