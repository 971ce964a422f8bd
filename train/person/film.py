"""The frames of a person's video at full size, kept small: each as the packed part around them.

Colours are nearly lossless JPEG, the coverage is PNG; a minute of 1024 px takes about 0.2 GB. Given
as an array of whole frames (N, size, size, 3), the plate around what is kept, so that whatever
measures pictures takes it like decoded ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from models.files import write_whole
from models.types import Array
from train.person.data import MARGIN
from train.person.square import Square

AROUND = 0.06  # of the picture, around the person's box: their shadow, hair and hands
_JPEG = 96
_BYTES_PX = 0.35  # that a pixel takes; measured on rendered persons and a real one

Box = tuple[slice, slice]  # rows and columns


class Piece(NamedTuple):
    """The part of one frame around the person."""

    rgb: Array  # uint8 (h, w, 3)
    coverage: Array  # uint8 (h, w), how much of each pixel is person
    x: int  # px, first column and row in the whole frame
    y: int

    @property
    def area(self) -> Box:
        """Rows and columns of the whole frame."""
        height, width = self.coverage.shape
        return slice(self.y, self.y + height), slice(self.x, self.x + width)


@dataclass(frozen=True)
class Film:
    """Packed pieces of all frames of a video."""

    packed: Array  # uint8 (bytes,), mapped from disk
    starts: Array  # int64 (N, 3): where colours and coverage of each begin, and where they end
    corners: Array  # int64 (N, 2), px
    plate: Array  # uint8 (size, size, 3)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """As of the array of whole frames."""
        return (len(self), *self.plate.shape)  # pyright: ignore[reportReturnType]

    def piece(self, row: int) -> Piece:
        """The part around the person, unpacked."""
        import cv2

        begin, middle, end = self.starts[row]
        colours = cv2.imdecode(self.packed[begin:middle], cv2.IMREAD_COLOR)
        coverage = cv2.imdecode(self.packed[middle:end], cv2.IMREAD_GRAYSCALE)
        assert colours is not None and coverage is not None
        rgb = cv2.cvtColor(colours, cv2.COLOR_BGR2RGB)
        return Piece(rgb, coverage, int(self.corners[row, 0]), int(self.corners[row, 1]))

    def coverage(self, row: int) -> Array:
        """How much of each pixel of a whole frame is person, uint8 (size, size)."""
        piece = self.piece(row)
        whole = np.zeros(self.plate.shape[:2], np.uint8)
        whole[piece.area] = piece.coverage
        return whole

    def __getitem__(self, rows: Any) -> Array:
        """Whole frames, by a number, a slice, or an array of numbers or truths."""
        if isinstance(rows, int | np.integer):
            piece = self.piece(int(rows))
            whole = self.plate.copy()
            whole[piece.area] = piece.rgb
            return whole
        chosen = np.arange(len(self))[rows]
        return np.stack([self[int(row)] for row in chosen])


Cover = Callable[[int, Array, Box], Array]
"""Row, whole frame and (rows, columns) -> the coverage of that part, uint8 (h, w)."""


def boxes(joints: Array, size: int) -> Array:
    """Columns and rows (N, 4) = left, top, right, bottom of what is kept; joints are 0..1."""
    low, high = joints.min(1), joints.max(1)
    around = MARGIN * (high[:, 1:] - low[:, 1:]) + AROUND
    found = np.concatenate([np.floor((low - around) * size), np.ceil((high + around) * size)], 1)
    found = found.clip(0, size).astype(np.int64)
    found[:, :2] = np.minimum(found[:, :2], size - 16)
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 16)
    return found


def area_of(box: Array) -> Box:
    """Of one of `boxes`."""
    left, top, right, bottom = (int(edge) for edge in box)
    return slice(top, bottom), slice(left, right)


def decode(video: Path, square: Square, joints: Array, size: int, cover: Cover, into: Path) -> None:
    """Pack every frame of a video and its coverage into `into`.bin; raises TargetDataError.

    Frames are covered in their order, each once.
    """
    keep = boxes(joints, size)
    starts, at = list[tuple[int, int, int]](), 0
    packed, index = files(into)
    with write_whole(packed) as part, part.open("wb") as file:
        frames = tqdm(square.frames(video, size, len(joints)), total=len(joints), desc="frames")
        for row, rgb in enumerate(frames):
            area = area_of(keep[row])
            colours, alpha = _packed(rgb[area], cover(row, rgb, area))
            starts.append((at, at + len(colours), at + len(colours) + len(alpha)))
            at = starts[-1][2]
            file.write(colours + alpha)
    with write_whole(index) as part, part.open("wb") as file:
        np.savez(file, starts=np.array(starts, np.int64), corners=keep[:, :2])


def files(kept: Path) -> tuple[Path, Path]:
    """Where `decode` writes pixels and facts."""
    return kept.with_suffix(".bin"), kept.with_suffix(".npz")


def bytes_of(joints: Array, size: int) -> int:
    """About how many bytes `decode` writes."""
    left, top, right, bottom = boxes(joints, size).T
    return round(float(((right - left) * (bottom - top)).sum()) * _BYTES_PX)


def of_pictures(frames: Array, coverage: Array, joints: Array, plate: Array) -> Film:
    """Whole frames (N, size, size, 3) and coverage (N, size, size), packed in memory."""
    keep = boxes(joints, len(plate))
    packed: list[tuple[bytes, bytes]] = []
    for rgb, covered, box in zip(frames, coverage, keep, strict=True):
        area = area_of(box)
        packed.append(_packed(rgb[area], covered[area]))
    lengths = np.array([[len(colours), len(alpha)] for colours, alpha in packed], np.int64)
    ends = np.cumsum(lengths.sum(1))
    starts = np.stack([ends - lengths.sum(1), ends - lengths[:, 1], ends], 1)
    content = b"".join(colours + alpha for colours, alpha in packed)
    return Film(np.frombuffer(content, np.uint8), starts, keep[:, :2], plate)


def _packed(rgb: Array, coverage: Array) -> tuple[bytes, bytes]:
    """Colours and coverage of a part of a frame."""
    import cv2

    flags = [
        cv2.IMWRITE_JPEG_QUALITY, _JPEG,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]  # fmt: skip
    colours = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), flags)[1]
    alpha = cv2.imencode(".png", np.ascontiguousarray(coverage))[1]
    return colours.tobytes(), alpha.tobytes()


def opened(kept: Path, plate: Array) -> Film:
    """What `decode` wrote."""
    packed, index = files(kept)
    with np.load(index) as facts:
        return Film(np.memmap(packed, np.uint8, "r"), facts["starts"], facts["corners"], plate)
