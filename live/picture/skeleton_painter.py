"""The target `skeleton`: 18 joints -> a picture, without a network. Pure; no threads."""

import colorsys
import math
from functools import lru_cache

import cv2
import numpy as np

from models.runtime.painter import Picture
from models.skeleton import L_HIP, LIMBS, NECK, PLAIN_BODY, R_HIP
from models.types import Array

# A hue for every limb, around the circle as the OpenPose authors draw them.
_HUES = [n / len(LIMBS) for n in range(len(LIMBS))]
COLOURS = np.array([colorsys.hsv_to_rgb(hue, 0.78, 1.0) for hue in _HUES], np.float32) * 255
SKELETON_SIZE = 512  # px, where no other is asked for
GROUND = (8, 9, 12)
GLOW = 0.30  # of a limb's colour, just outside it
GLOW_REACH = 2.6  # radii
_FIELD_PX = 32  # the reach of a limb, in its field of distances
_STEPS = 32  # of the reach, in which limbs grow: a quarter px at 512
_KEPT_STEPS = 512  # longer fields are not kept: no body has such limbs
_FACE = 13  # limbs from this one on are in the face, and thinner


class SkeletonPainter:
    """The target `skeleton`: drawn without a network, always works."""

    name = "skeleton"
    engine = "none"
    precision = "none"
    has_mask = True

    def __init__(self, size: int = 0, is_cut_out: bool = False) -> None:
        self.size = size or SKELETON_SIZE
        self._is_cut_out = is_cut_out
        self.body = PLAIN_BODY
        self.plate = np.full((self.size, self.size, 3), GROUND, np.uint8)

    def place(self, joints: Array) -> Array:
        return self.body.place(joints)

    def paint(self, placed: Array) -> Picture:
        return paint_skeleton(placed, (self.size, self.size), is_cut_out=self._is_cut_out)


def draw_skeleton(
    joints: Array,
    size: tuple[int, int],
    ground: tuple[int, int, int] = GROUND,
    thickness: float = 1.0,
) -> Array:
    """The whole picture, uint8 (H, W, 3) RGB: what `paint_skeleton` paints, on its ground."""
    return paint_skeleton(joints, size, ground, thickness).whole(_empty_picture(size, ground))


def paint_skeleton(
    joints: Array,
    size: tuple[int, int],
    ground: tuple[int, int, int] = GROUND,
    thickness: float = 1.0,
    is_cut_out: bool = False,
) -> Picture:
    """Joints (18, 2), 0..1 of the picture -> the box around the limbs; `size` is (W, H) px.

    With `is_cut_out` alpha tells limbs and glow from the ground, else all of the box counts as
    limbs. Thickness follows the body: 1.0 = a twelfth of neck to hip. Limbs outside the picture
    are cut, joints that are not finite leave their limbs out.
    """
    width, height = size
    points = np.asarray(joints, np.float32) * np.array(size, np.float32)
    torso = float(np.linalg.norm(points[[R_HIP, L_HIP]].mean(0) - points[NECK]))
    if not np.isfinite(torso):
        torso = height / 4
    radius = max(1.0, torso / 12 * thickness)

    seen = points[np.isfinite(points).all(1)]
    if not len(seen):
        seen = np.zeros((1, 2), np.float32)
    left, top, right, bottom = _box(seen, GLOW_REACH * radius + 1, width, height)
    empty = np.array([*ground, 0], np.uint8).view(np.uint32)
    canvas = np.full((bottom - top, right - left), empty).view(np.uint8)
    canvas = canvas.reshape(bottom - top, right - left, 4)
    points -= np.array([left, top], np.float32)
    for number, (start, end) in enumerate(LIMBS):
        thin = 0.5 if number >= _FACE else 1.0
        _add_capsule(canvas, points[[start, end]], radius * thin, number)
    image, alpha = canvas[..., :3], canvas[..., 3]
    if canvas.size:  # OpenCV takes no empty picture
        image, alpha = cv2.cvtColor(canvas, cv2.COLOR_RGBA2RGB), cv2.extractChannel(canvas, 3)
    if not is_cut_out:
        alpha = np.full_like(alpha, 255)
    return Picture(np.asarray(image), np.asarray(alpha), np.zeros_like(alpha), left, top)


@lru_cache(maxsize=4)
def _empty_picture(size: tuple[int, int], ground: tuple[int, int, int]) -> Array:
    return np.full((size[1], size[0], 3), ground, np.uint8)


def _box(points: Array, reach: float, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what of the picture lies within `reach` of the points."""
    (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
    return (
        min(max(math.floor(x0 - reach), 0), width),
        min(max(math.floor(y0 - reach), 0), height),
        min(max(math.ceil(x1 + reach), 0), width),
        min(max(math.ceil(y1 + reach), 0), height),
    )


@lru_cache(maxsize=64)
def _profile(radius: float) -> tuple[Array, Array]:
    """How a limb looks at each of 256 distances from its middle line, 0 to its reach.

    uint32 (n limbs, 256), its light as RGBA; uint32 (256,), what it lets through of R, G and B.
    """
    distance = np.linspace(0, GLOW_REACH * radius + 1, 256, dtype=np.float32)
    cover = np.clip(radius + 0.5 - distance, 0, 1)
    reach = distance[-1]
    glow = np.minimum(GLOW * ((reach - distance) / (reach - radius)) ** 2, GLOW) * (1 - cover)
    # A limb brightens towards its middle line, so that crossing limbs stay apart to the eye.
    light = np.maximum(cover * (1 - 0.35 / radius * distance), glow)
    opaque = np.maximum(cover, glow)
    lights = np.empty((len(LIMBS), 256, 4), np.uint8)
    lights[..., :3] = light[:, None] * COLOURS[:, None] + 0.5
    lights[..., 3] = opaque * 255 + 0.5
    through = np.full((256, 4), 255, np.uint8)
    through[:, :3] = ((1 - cover) * 255 + 0.5)[:, None]
    return lights.view(np.uint32)[..., 0], through.view(np.uint32)[..., 0]


def _field(length: int) -> Array:
    """Distance from a line `length` steps long, around it.

    uint8: 0 on the line, 255 as far away as its reach, which is `_FIELD_PX` px.
    """
    half = length * _FIELD_PX / _STEPS / 2
    far = math.ceil(half) + _FIELD_PX
    beyond = np.maximum(np.abs(np.arange(-far, far + 1, dtype=np.float32)) - half, 0)
    distance = np.hypot(beyond, np.arange(-_FIELD_PX, _FIELD_PX + 1, dtype=np.float32)[:, None])
    return np.minimum(np.rint(distance * (255 / _FIELD_PX)), 255).astype(np.uint8)


_kept_field = lru_cache(maxsize=256)(_field)  # 4 MB


def _add_capsule(canvas: Array, ends: Array, radius: float, number: int) -> None:
    """Draw one limb, a thick line with round ends and a glow, within its own bounding box.

    `canvas` uint8 (h, w, 4): red, green, blue, and how opaque it is.
    """
    if not np.isfinite(ends).all():
        return
    reach = GLOW_REACH * radius + 1
    left, top, right, bottom = _box(ends, reach, canvas.shape[1], canvas.shape[0])
    if left >= right or top >= bottom:
        return
    # From each pixel of the box to the field of distances, turned and scaled to the line: few
    # calls, each of which lets other threads go on, and must wait for them to come back.
    (x0, y0), (x1, y1) = ends.tolist()
    along = math.hypot(x1 - x0, y1 - y0)
    ux, uy = ((x1 - x0) / along, (y1 - y0) / along) if along else (1.0, 0.0)
    # What of the line can be seen at all; joints may be anywhere.
    dx, dy = (left + right) / 2 - x0, (top + bottom) / 2 - y0
    middle, far = dx * ux + dy * uy, math.hypot(right - left, bottom - top) / 2 + reach
    begin, end = max(0.0, middle - far), min(along, middle + far)
    if begin > end:
        return
    length, scale = round(_STEPS * (end - begin) / reach), _FIELD_PX / reach
    field = _kept_field(length) if length <= _KEPT_STEPS else _field(length)
    dx, dy = left + 0.5 - x0, top + 0.5 - y0
    along_field = (dx * ux + dy * uy - (begin + end) / 2) * scale + (field.shape[1] - 1) / 2
    across_field = (dy * ux - dx * uy) * scale + (field.shape[0] - 1) / 2
    ux, uy = ux * scale, uy * scale
    to_field = np.array([[ux, uy, along_field], [-uy, ux, across_field]])
    distance: Array = np.asarray(
        cv2.warpAffine(
            field,
            to_field,
            (right - left, bottom - top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=255,
        )
    )
    lights, through = _profile(round(8 * radius) / 8)
    shape = (*distance.shape, 4)
    light = lights[number].take(distance).view(np.uint8).reshape(shape)
    behind = through.take(distance).view(np.uint8).reshape(shape)
    area = canvas[top:bottom, left:right]
    cv2.max(cv2.multiply(area, behind, scale=1 / 255), light, dst=area)
