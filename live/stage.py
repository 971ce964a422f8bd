"""A square picture of the dancer -> the stage screen of any size and shape. Pure; no threads.

The background is extended from the plate's edges once; a frame is then scaled and placed.
"""

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from live.messages import Array

FITS = ("contain", "cover")
# Of the picture's height: what `cover` never crops, so that head and feet stay on the screen.
KEEP = (0.03, 0.98)
SMOOTH_PX = 96  # from the picture's edge, until the extended background is fully smooth
FEATHER = 0.04  # of the picture's side: how wide it fades into the extended background
MAX_SHIFT = 16  # grey levels by which a picture's own background may differ from the plate


class Stage:
    """Where the picture lies on the screen, and what is around it.

    `plate` uint8 (S, S, 3) is the scene without the dancer; without one the first picture's edges
    are extended. `keep` is the part of the picture's height (top, bottom) that is always shown.
    """

    def __init__(
        self,
        picture_size: int,
        output: tuple[int, int],
        fit: str = "contain",
        plate: Array | None = None,
        keep: tuple[float, float] = KEEP,
    ) -> None:
        """Raises ValueError for an unknown fit or an empty screen."""
        if fit not in FITS:
            raise ValueError(f"Fit {fit!r} is not one of: {', '.join(FITS)}.")
        width, height = output
        if min(width, height) < 16 or picture_size < 1:
            raise ValueError(f"A stage screen of {width}x{height} is too small.")
        self.picture_size, self.output, self.fit = picture_size, output, fit
        side = min(width, height)
        if fit == "cover":
            side = max(side, min(max(width, height), int(height / (keep[1] - keep[0]))))
        self.side = side  # px of the whole scaled picture
        left = (width - side) // 2
        if side <= height:
            top = (height - side) // 2
        else:
            top = round(height / 2 - side * (keep[0] + keep[1]) / 2)
            top = min(0, max(height - side, top))
        self.origin = (left, top)  # of the scaled picture on the screen, px; may be negative

        # The part of the picture that is seen, in whole picture pixels, and where it goes.
        scale = side / picture_size
        rows = _visible(top, height, picture_size, scale)
        columns = _visible(left, width, picture_size, scale)
        self._source = (slice(*rows), slice(*columns))
        y, x = round(top + rows[0] * scale), round(left + columns[0] * scale)
        self._scaled = (
            round((rows[1] - rows[0]) * scale),
            round((columns[1] - columns[0]) * scale),
        )
        self._cut = (slice(max(0, -y), max(0, -y) + height), slice(max(0, -x), max(0, -x) + width))
        self._at = (max(0, y), max(0, x))
        self._scalers = [VideoReformatter() for _ in range(3)]
        self._is_whole = (
            self._at == (0, 0) and self._scaled[0] >= height and self._scaled[1] >= width
        )
        self._plate = None if plate is None else self._scale(plate)
        self._background: Array | None = None
        self._feathers = self._plan_feathers()

    def compose(self, image: Array) -> Array:
        """Picture uint8 (S, S, 3) -> screen uint8 (H, W, 3), a new array."""
        scaled = self._scale(image)
        if self._is_whole:
            return scaled.copy()
        if self._background is None:
            self._background = self._extend(self._matched(scaled))
        screen = self._background.copy()
        y, x = self._at
        screen[y : y + scaled.shape[0], x : x + scaled.shape[1]] = scaled
        for area, weight in self._feathers:
            here = screen[area].astype(np.int16)
            behind = self._background[area].astype(np.int16)
            screen[area] = behind + (((here - behind) * weight) >> 8)
        return screen

    def to_stage(self, joints: Array) -> Array:
        """Joints (..., 2), 0..1 of the picture -> 0..1 of the stage screen."""
        size = np.array(self.output, np.float32)
        return ((joints * self.side + np.array(self.origin, np.float32)) / size).astype(np.float32)

    def _scale(self, image: Array) -> Array:
        """The visible part at screen scale, bicubic.

        Three grey planes are four to six times faster in libswscale than packed RGB (0.8 instead of
        3.8 ms from 256 to 512) and are not taken through YUV.
        """
        if image.shape != (self.picture_size, self.picture_size, 3):
            raise ValueError(
                f"The picture is {image.shape}, the stage expects {self.picture_size}."
            )
        part = image[self._source]
        height, width = self._scaled
        if part.shape[:2] == (height, width):
            return part[self._cut]
        screen = np.empty((height, width, 3), np.uint8)
        for channel, scaler in enumerate(self._scalers):
            plane = av.VideoFrame.from_ndarray(np.ascontiguousarray(part[..., channel]), "gray")
            scaled = scaler.reformat(
                plane, width=width, height=height, interpolation="BICUBIC", threads=1
            )
            screen[..., channel] = scaled.to_ndarray()
        return screen[self._cut]

    def _matched(self, scaled: Array) -> Array:
        """The plate in the tone of this picture (a network's ground can be some levels off)."""
        if self._plate is None:
            return scaled
        off = scaled.astype(np.int16) - self._plate
        border = np.concatenate([off[:, :4], off[:, -4:]], 1).reshape(-1, 3)
        shift = np.clip(np.median(border, 0), -MAX_SHIFT, MAX_SHIFT).astype(np.int16)
        return np.clip(self._plate + shift, 0, 255).astype(np.uint8)

    def _plan_feathers(self) -> list[tuple[tuple[slice, slice], Array]]:
        """Areas of the screen next to the extension, with the picture's weight (0..256)."""
        width, height = self.output
        y, x = self._at
        bottom, right = min(height, y + self._scaled[0]), min(width, x + self._scaled[1])
        n = max(4, round(self.side * FEATHER))
        ramp = np.arange(1, n + 1)
        ramp = np.round(256 * np.sin(ramp / (n + 1) * np.pi / 2) ** 2).astype(np.int16)
        rows, columns = slice(y, bottom), slice(x, right)
        feathers: list[tuple[tuple[slice, slice], Array]] = []
        if x > 0:
            feathers.append(((rows, slice(x, x + n)), ramp[None, :, None]))
        if right < width:
            feathers.append(((rows, slice(right - n, right)), ramp[::-1][None, :, None]))
        if y > 0:
            feathers.append(((slice(y, y + n), columns), ramp[:, None, None]))
        if bottom < height:
            feathers.append(((slice(bottom - n, bottom), columns), ramp[::-1][:, None, None]))
        return feathers

    def _extend(self, scaled: Array) -> Array:
        """The screen without the dancer: the edges drawn outwards, smoother and smoother."""
        width, height = self.output
        y, x = self._at
        across = _stretch(scaled.astype(np.float32), x, width, axis=1)
        whole = _stretch(across, y, height, axis=0)
        dither = np.random.default_rng(0).random(whole.shape[:2], np.float32)[..., None]
        screen = np.clip(whole + dither, 0, 255).astype(np.uint8)
        screen[y : y + scaled.shape[0], x : x + scaled.shape[1]] = scaled
        return screen


def _visible(origin: int, length: int, picture: int, scale: float) -> tuple[int, int]:
    """First and last + 1 picture pixel that falls on the screen along one axis."""
    first = max(0, int(-origin / scale))
    last = min(picture, int(np.ceil((length - origin) / scale)))
    return first, last


def _stretch(picture: Array, before: int, length: int, axis: int) -> Array:
    """Extend (h, w, 3) to `length` along `axis`, `before` of it in front."""
    picture = np.moveaxis(picture, axis, 1)
    after = length - before - picture.shape[1]
    parts = [picture]
    if before > 0:
        parts.insert(0, _outwards(picture[:, 0], picture[:, :8].mean(1), before)[:, ::-1])
    if after > 0:
        parts.append(_outwards(picture[:, -1], picture[:, -8:].mean(1), after))
    return np.moveaxis(np.concatenate(parts, 1), 1, axis)


def _outwards(edge: Array, near: Array, n: int) -> Array:
    """(h, 3) at the edge -> (h, n, 3): exact at the edge, blurred along it further out."""
    radius = max(2, len(edge) // 24)
    kernel = np.hanning(2 * radius + 3)[1:-1].astype(np.float32)
    padded = np.pad(near, ((radius, radius), (0, 0)), mode="edge")
    smooth = np.stack(
        [np.convolve(padded[:, c], kernel / kernel.sum(), "valid") for c in range(3)], 1
    )
    away = np.clip((np.arange(n, dtype=np.float32) + 1) / SMOOTH_PX, 0, 1)
    mix = (away * away * (3 - 2 * away))[None, :, None]
    return edge[:, None] * (1 - mix) + smooth[:, None] * mix
