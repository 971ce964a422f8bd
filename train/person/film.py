"""The frames of a person's video at full size, kept small: each as the packed part around them.

Colours are nearly lossless JPEG, the coverage is PNG; a minute of 1024 px takes about 0.2 GB. Given
as an array of whole frames (N, size, size, 3), the plate around what is kept, so that whatever
measures pictures takes it like decoded ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from models.files import write_whole
from models.types import Array
from train.person.data import MARGIN, TargetDataError
from train.person.square import Square

AROUND = 0.06  # of the picture, around the person's box: their shadow, hair and hands
_JPEG = 96
_SEEN_WHOLE = 120  # frames kept whole while decoding: the plate is found in them


class Piece(NamedTuple):
    """The part of one frame around the person."""

    rgb: Array  # uint8 (h, w, 3)
    coverage: Array  # uint8 (h, w), how much of each pixel is person
    x: int  # px, first column and row in the whole frame
    y: int

    @property
    def area(self) -> tuple[slice, slice]:
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


class Decoded(NamedTuple):
    """What was packed, and some whole frames to find the plate in."""

    packed: Path
    facts: Path
    some: Array  # uint8 (n, size, size, 3)
    rows: Array  # int (n,), which frames they are


def coverage_beside(video: Path) -> Path:
    """Where the true coverage of a rendered person is looked for."""
    return video.with_name(f"{video.stem}.alpha.mp4")


def boxes(joints: Array, size: int) -> Array:
    """Columns and rows (N, 4) = left, top, right, bottom of what is kept; joints are 0..1."""
    low, high = joints.min(1), joints.max(1)
    around = MARGIN * (high[:, 1:] - low[:, 1:]) + AROUND
    found = np.concatenate([np.floor((low - around) * size), np.ceil((high + around) * size)], 1)
    found = found.clip(0, size).astype(np.int64)
    found[:, :2] = np.minimum(found[:, :2], size - 16)
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 16)
    return found


def decode(
    video: Path, mask: Path, square: Square, joints: Array, size: int, into: Path
) -> Decoded:
    """Pack every frame of a video and its coverage into `into`.bin; raises TargetDataError."""
    keep = boxes(joints, size)
    every = max(1, len(joints) // _SEEN_WHOLE)
    starts, some, at = [], [], 0
    packed, index = into.with_suffix(".bin"), into.with_suffix(".npz")
    with write_whole(packed) as part, part.open("wb") as file:
        pairs = _both(video, mask, square, size)
        for row, (rgb, coverage) in enumerate(tqdm(pairs, total=len(joints), desc="frames")):
            if row >= len(joints):
                raise TargetDataError(f"{video} has more frames than its {len(joints)} poses.")
            colours, alpha = _packed(rgb, coverage, keep[row])
            starts.append((at, at + len(colours), at + len(colours) + len(alpha)))
            at = starts[-1][2]
            file.write(colours + alpha)
            if row % every == 0:
                some.append(rgb)
    if len(starts) != len(joints):
        raise TargetDataError(
            f"{video} has {len(starts)} frames, but its pose file has {len(joints)}."
        )
    rows = np.arange(0, len(joints), every)
    with write_whole(index) as part, part.open("wb") as file:
        np.savez(file, starts=np.array(starts, np.int64), corners=keep[:, :2])
    return Decoded(packed, index, np.stack(some), rows)


def of_pictures(frames: Array, coverage: Array, joints: Array, plate: Array) -> Film:
    """Whole frames (N, size, size, 3) and coverage (N, size, size), packed in memory."""
    keep = boxes(joints, len(plate))
    packed = [_packed(*each) for each in zip(frames, coverage, keep, strict=True)]
    lengths = np.array([[len(colours), len(alpha)] for colours, alpha in packed], np.int64)
    ends = np.cumsum(lengths.sum(1))
    starts = np.stack([ends - lengths.sum(1), ends - lengths[:, 1], ends], 1)
    content = b"".join(colours + alpha for colours, alpha in packed)
    return Film(np.frombuffer(content, np.uint8), starts, keep[:, :2], plate)


def _packed(rgb: Array, coverage: Array, box: Array) -> tuple[bytes, bytes]:
    """The part of a frame inside (left, top, right, bottom): colours and coverage."""
    import cv2

    left, top, right, bottom = box
    flags = [
        cv2.IMWRITE_JPEG_QUALITY, _JPEG,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]  # fmt: skip
    inside = np.ascontiguousarray(rgb[top:bottom, left:right, ::-1])
    colours = cv2.imencode(".jpg", inside, flags)[1]
    alpha = cv2.imencode(".png", np.ascontiguousarray(coverage[top:bottom, left:right]))[1]
    return colours.tobytes(), alpha.tobytes()


def _both(video: Path, mask: Path, square: Square, size: int) -> Iterator[tuple[Array, Array]]:
    """Colours (size, size, 3) and coverage (size, size) of each frame."""
    import cv2

    from train.readers.video import VideoError, pictures

    def fitted(picture: Array) -> Array:
        cut = square.cut(picture)
        if cut.shape[0] == size:
            return cut
        return cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA)

    try:
        for seen, covered in zip(pictures(video), pictures(mask), strict=False):
            yield fitted(seen.rgb), fitted(covered.rgb)[..., 1]
    except VideoError as error:
        raise TargetDataError(str(error)) from error


def opened(packed: Path, facts: Path, plate: Array) -> Film:
    """What `decode` kept."""
    with np.load(facts) as kept:
        return Film(np.memmap(packed, np.uint8, "r"), kept["starts"], kept["corners"], plate)
