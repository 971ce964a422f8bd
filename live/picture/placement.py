"""A square picture of the dancer -> the stage screen of any size and shape. Pure; no threads."""

import copy

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from live.core.cutout import PictureOnStage
from live.core.settings import FITS
from models.types import Array

# Of the picture's height: what `cover` never crops, so that head and feet stay on the screen.
KEEP = (0.03, 0.98)
FEATHER = 0.04  # of the picture's side: how wide it fades into what is around it
_QUICK = 0.75  # times as large as it is painted: below, the quicker scaler leaves pixels out


def side_of(output: tuple[int, int], fit: str = "contain", keep: tuple[float, float] = KEEP) -> int:
    """Px of a whole square picture on a stage screen (W, H), what is cropped of it included."""
    width, height = output
    if fit == "contain":
        return min(width, height)
    return max(min(width, height), min(max(width, height), int(height / (keep[1] - keep[0]))))


class Placement:
    """Where the picture lies on the screen.

    `keep` is the part of the picture's height (top, bottom) that is always shown. Used by one
    thread at a time.
    """

    def __init__(
        self,
        picture_size: int,
        output: tuple[int, int],
        fit: str = "contain",
        keep: tuple[float, float] = KEEP,
        scale: float = 1.0,
        shift: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """`scale` times as large as `fit` says, moved by `shift` (x, y) of the screen, y down.

        Raises ValueError for an unknown fit or an empty screen.
        """
        if fit not in FITS:
            raise ValueError(f"Fit {fit!r} is not one of: {', '.join(FITS)}.")
        width, height = output
        if min(width, height) < 16 or picture_size < 1:
            raise ValueError(f"A stage screen of {width}x{height} is too small.")
        self.picture_size, self.output = picture_size, output
        self.fit, self.times, self.shift = fit, scale, shift  # as they were asked for
        self._keep = keep
        self.fitting = fitting = side_of(output, fit, keep)  # px of its side at scale 1
        self.side = side = max(16, round(fitting * scale))  # px of the whole scaled picture
        left = (width - side) // 2
        if fitting <= height:
            top = (height - side) // 2
        else:
            top = round(height / 2 - side * (keep[0] + keep[1]) / 2)
            top = min(0, max(height - side, top)) if scale == 1 else top
        left, top = left + round(shift[0] * width), top + round(shift[1] * height)
        self.origin = (left, top)  # of the scaled picture on the screen, px; may be negative
        self._lie()

    def beside(self, right: float, size: float, still: float, down: float = 0.0) -> "Placement":
        """The same picture once more: `right` and `down` px from this one, `size` times as large.

        What is at `still` of its height, 0..1, is `down` px lower on the screen, else as high.
        """
        other = copy.copy(self)
        other.side = side = max(16, round(self.side * size))
        left, top = self.origin
        other.origin = (
            round(left + right + (self.side - side) / 2),
            round(top + down + still * (self.side - side)),
        )
        other._lie()
        return other

    @property
    def is_seen(self) -> bool:
        """Whether any of the picture is on the screen."""
        return min(self._scaled) > 0

    def _lie(self) -> None:
        """All that follows from side and origin."""
        picture_size, output, side = self.picture_size, self.output, self.side
        (width, height), (left, top) = output, self.origin
        # The part of the picture that is seen, in whole picture pixels, and where it goes.
        self.zoom = scale = side / picture_size
        rows = _visible(top, height, picture_size, scale)
        columns = _visible(left, width, picture_size, scale)
        self._source = (slice(*rows), slice(*columns))
        y, x = round(top + rows[0] * scale), round(left + columns[0] * scale)
        self._scaled = (
            round((rows[1] - rows[0]) * scale),
            round((columns[1] - columns[0]) * scale),
        )
        zoom = [to / max(1, last - first) for to, (first, last) in zip(
            reversed(self._scaled), (columns, rows), strict=True
        )]  # fmt: skip
        begins = (x - columns[0] * zoom[0], y - rows[0] * zoom[1])
        # What falls outside by the rounding to whole pixels is cut off.
        cut_y, cut_x = max(0, -y), max(0, -x)
        y, x = max(0, y), max(0, x)
        n_rows = min(height - y, self._scaled[0] - cut_y)
        n_columns = min(width - x, self._scaled[1] - cut_x)
        self._cut = slice(cut_y, cut_y + n_rows), slice(cut_x, cut_x + n_columns)
        self.area = slice(y, y + n_rows), slice(x, x + n_columns)  # of the screen: the picture
        self._scaler = VideoReformatter()
        self._feathers = self._plan_feathers()
        fades = [
            self._fading(self.area[1 - axis], output[axis], begins[axis], zoom[axis])
            for axis in (0, 1)
        ]
        self.lies = PictureOnStage(output, begins, (zoom[0], zoom[1]), *fades)

    def moved(self, times: float, shift: tuple[float, float]) -> "Placement":
        """The same picture at another size and place; for each picture of a show anew."""
        moved = Placement(
            self.picture_size, self.output, self.fit, self._keep, scale=times, shift=shift
        )
        moved._scaler = self._scaler  # which stays ready for the size that it has
        return moved

    def lay(self, picture: Array, screen: Array) -> Array:
        """Picture uint8 (S, S[, C]) over the screen (H, W[, C]) without it; a new array.

        At its edges the picture fades into what is around it.
        """
        scaled = self.scale(picture)
        if scaled.shape == screen.shape:
            return scaled.copy()
        laid = screen.copy()
        laid[self.area] = scaled
        self._fade(laid[self.area], screen[self.area])
        return laid

    def scale(self, picture: Array) -> Array:
        """What is seen of uint8 (S, S[, C]) at screen scale, bicubic: uint8 (h, w[, C])."""
        if picture.shape[:2] != (self.picture_size, self.picture_size):
            raise ValueError(
                f"The picture is {picture.shape}, the stage expects {self.picture_size}."
            )
        part = picture[self._source]
        if part.shape[:2] == self._scaled:
            return part[self._cut]
        if self.zoom > _QUICK:
            size = self._scaled[::-1]
            return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)[self._cut])
        if part.ndim == 2:
            return self._reduce(part)[self._cut]
        scaled = np.empty((*self._scaled, part.shape[2]), np.uint8)
        for channel in range(part.shape[2]):
            scaled[..., channel] = self._reduce(part[..., channel])
        return scaled[self._cut]

    def over_nothing(self, plane: Array) -> Array:
        """One plane, uint8 (S, S) -> uint8 (h, w) that fades to 0 at its edges, a new array."""
        scaled = self.scale(plane).copy()
        self._fade(scaled)
        return scaled

    def to_stage(self, joints: Array) -> Array:
        """Joints (..., 2), 0..1 of the picture -> 0..1 of the stage screen."""
        size = np.array(self.output, np.float32)
        return ((joints * self.side + np.array(self.origin, np.float32)) / size).astype(np.float32)

    def _reduce(self, plane: Array) -> Array:
        """Over all pixels; grey planes are four to six times faster here than packed RGB."""
        height, width = self._scaled
        frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(plane), "gray")
        return self._scaler.reformat(
            frame, width=width, height=height, interpolation="BICUBIC", threads=1
        ).to_ndarray()

    def _fade(self, part: Array, behind: Array | None = None) -> None:
        """Mix the edges of the scaled picture (h, w[, C]) with what is behind it, in place."""
        for area, weight in self._feathers:
            weight = weight if part.ndim == 2 else weight[..., None]
            here = part[area].astype(np.int16)
            if behind is None:
                part[area] = (here * weight) >> 8
            else:
                there = behind[area].astype(np.int16)
                part[area] = there + (((here - there) * weight) >> 8)

    @property
    def _feather_px(self) -> int:
        return max(4, round(self.side * FEATHER))

    def _fading(self, area: slice, length: int, origin: float, zoom: float) -> Array | None:
        """Weights 0..1 of the picture's own rows or columns, as `_plan_feathers` has them."""
        if area.start <= 0 and area.stop >= length:
            return None
        middles = (np.arange(self.picture_size) + 0.5) * zoom + origin  # on the stage
        weights = np.ones(self.picture_size, np.float32)
        if area.start > 0:
            weights *= _ramp(middles - area.start + 0.5, self._feather_px)
        if area.stop < length:
            weights *= _ramp(area.stop - middles + 0.5, self._feather_px)
        return weights

    def _plan_feathers(self) -> list[tuple[tuple[slice, slice], Array]]:
        """Parts of `area` at whose side the screen goes on, with the picture's weight (0..256)."""
        width, height = self.output
        rows, columns = self.area
        n = self._feather_px
        ramp = np.round(256 * _ramp(np.arange(1, n + 1), n)).astype(np.int16)
        n_rows, n_columns = rows.stop - rows.start, columns.stop - columns.start
        every = slice(None)
        feathers: list[tuple[tuple[slice, slice], Array]] = []
        if columns.start > 0:
            feathers.append(((every, slice(n)), ramp[None]))
        if columns.stop < width:
            feathers.append(((every, slice(n_columns - n, n_columns)), ramp[None, ::-1]))
        if rows.start > 0:
            feathers.append(((slice(n), every), ramp[:, None]))
        if rows.stop < height:
            feathers.append(((slice(n_rows - n, n_rows), every), ramp[::-1, None]))
        return feathers


def _ramp(n: Array, last: int) -> Array:
    """How much of the picture is seen in its outermost pixel (n = 1) to the `last` that fades."""
    return np.sin(np.clip(n / (last + 1), 0, 1) * np.pi / 2) ** 2


def _visible(origin: int, length: int, picture: int, scale: float) -> tuple[int, int]:
    """First and last + 1 picture pixel that falls on the screen along one axis."""
    first = max(0, int(-origin / scale))
    last = min(picture, int(np.ceil((length - origin) / scale)))
    return first, max(first, last)
