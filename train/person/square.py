"""The square part of a video that is learned, decoded at the training size."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from models.files import write_whole
from models.types import Array
from train.person.data import MARGIN, TargetDataError


class Square(NamedTuple):
    """The part of the pictures that is learned, px; it may reach beyond their edges."""

    x: int
    y: int
    side: int

    def cut(self, picture: Array) -> Array:
        """(H, W, 3) -> (side, side, 3), the edge repeated where there is no picture.

        Raises TargetDataError when all of it is outside.
        """
        import cv2

        height, width = picture.shape[:2]
        left, top = max(0, -self.x), max(0, -self.y)
        right = max(0, self.x + self.side - width)
        bottom = max(0, self.y + self.side - height)
        inside = picture[max(0, self.y) : self.y + self.side, max(0, self.x) : self.x + self.side]
        if not inside.size:
            raise TargetDataError(
                "The person is outside of the picture: name the pose file of this video."
            )
        if not (left or top or right or bottom):
            return inside
        return cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_REPLICATE)

    def fitted(self, picture: Array, size: int) -> Array:
        """The part, `size` px a side. Raises TargetDataError as `cut` does."""
        import cv2

        part = self.cut(picture)
        if part.shape[0] == size:
            return part
        how = cv2.INTER_AREA if part.shape[0] > size else cv2.INTER_CUBIC
        return cv2.resize(part, (size, size), interpolation=how)

    def frames(self, video: Path, size: int, count: int) -> Iterator[Array]:
        """Every frame of the part, uint8 (size, size, 3); raises TargetDataError unless `count`."""
        from train.readers.video import VideoError, pictures

        seen = 0
        try:
            for picture in pictures(video):
                if seen == count:
                    raise TargetDataError(f"{video} has more frames than its {count} poses.")
                yield self.fitted(picture.rgb, size)
                seen += 1
        except VideoError as error:
            raise TargetDataError(str(error)) from error
        if seen != count:
            raise TargetDataError(f"{video} has {seen} frames, but its pose file has {count}.")

    def some(self, video: Path, size: int, rows: Array) -> Array:
        """Those frames, rising numbers, of the part: uint8 (n, size, size, 3).

        Raises TargetDataError.
        """
        from train.readers.video import VideoError, pictures

        wanted, found = set(rows.tolist()), list[Array]()
        try:
            for row, picture in enumerate(pictures(video)):
                if row in wanted:
                    found.append(self.fitted(picture.rgb, size))
                if len(found) == len(wanted):
                    return np.stack(found)
        except VideoError as error:
            raise TargetDataError(str(error)) from error
        raise TargetDataError(f"{video} has fewer frames than its pose file.")


def square_around(joints: Array, size: tuple[int, int]) -> Square:
    """The smaller side of the picture (width, height), or more where the person needs more.

    Joints (N, 18, 2) px; the person's usual place is in its middle as far as the picture goes.
    """
    low, high = np.percentile(joints.reshape(-1, 2), [0.5, 99.5], axis=0)
    spare = MARGIN * (high[1] - low[1])
    needed = float((high - low + 2 * spare).max())
    side = round(min(max(size), max(min(size), needed)))
    corner: list[int] = []
    for axis in (0, 1):
        begin = (low[axis] + high[axis]) / 2 - side / 2
        room = size[axis] - side
        corner.append(round(min(max(0.0, begin), room) if room >= 0 else room / 2))
    return Square(corner[0], corner[1], side)


def decode(video: Path, square: Square, size: int, count: int, into: Path) -> Array:
    """The square of every frame, uint8 (count, size, size, 3), written to `into` and mapped.

    Raises TargetDataError.
    """
    with write_whole(into) as part:
        frames = np.lib.format.open_memmap(part, "w+", np.uint8, (count, size, size, 3))
        pictures = tqdm(square.frames(video, size, count), total=count, desc="frames", unit="")
        for row, picture in enumerate(pictures):
            frames[row] = picture
        frames.flush()
        del frames  # an open file cannot be renamed everywhere
    return np.load(into, mmap_mode="c")
