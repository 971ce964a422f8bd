"""The target `skeleton`: 18 joints -> a picture, with numpy alone. Pure; no threads."""

import colorsys
from functools import lru_cache

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

    With `is_cut_out` alpha tells limbs and glow from the ground (a tenth more time), else all of
    the box counts as limbs. Thickness follows the body: 1.0 = a twelfth of neck to hip. Limbs
    outside the picture are cut, joints that are not finite leave their limbs out. 2 ms at 512x512.
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
    # Planes of the dancer's own box: whole planes are three times faster than RGB triples.
    rows, columns = _box(seen, GLOW_REACH * radius + 1, width, height)
    box = (rows.stop - rows.start, columns.stop - columns.start)
    canvas = np.ones((3 + is_cut_out, *box), np.float32)
    canvas[:3] = np.array(ground, np.float32)[:, None, None]
    points -= np.array([columns.start, rows.start], np.float32)
    for number, (start, end) in enumerate(LIMBS):
        thin = 0.5 if number >= _FACE else 1.0
        _add_capsule(canvas, points[[start, end]], radius * thin, COLOURS[number])
    canvas[:3] += 0.5
    image = np.empty((*box, 3), np.uint8)
    for channel in range(3):
        image[..., channel] = canvas[channel]
    alpha = np.full(box, 255, np.uint8)
    if is_cut_out:
        alpha[:] = 255.5 - 255 * canvas[3]
    return Picture(image, alpha, np.zeros(box, np.uint8), columns.start, rows.start)


@lru_cache(maxsize=4)
def _empty_picture(size: tuple[int, int], ground: tuple[int, int, int]) -> Array:
    return np.full((size[1], size[0], 3), ground, np.uint8)


def _box(points: Array, reach: float, width: int, height: int) -> tuple[slice, slice]:
    """Rows and columns of the picture that lie within `reach` of the points."""
    x0, y0 = np.floor(points.min(0) - reach)
    x1, y1 = np.ceil(points.max(0) + reach)
    top, bottom = int(np.clip(y0, 0, height)), int(np.clip(y1, 0, height))
    left, right = int(np.clip(x0, 0, width)), int(np.clip(x1, 0, width))
    return slice(top, bottom), slice(left, right)


def _add_capsule(canvas: Array, ends: Array, radius: float, colour: Array) -> None:
    """Draw a thick line with round ends and a glow within its own bounding box.

    `canvas` (3 or 4, h, w): red, green, blue 0..255, and perhaps how much is seen through, 0..1.
    """
    if not np.isfinite(ends).all():
        return
    reach = GLOW_REACH * radius + 1
    rows, columns = _box(ends, reach, canvas.shape[2], canvas.shape[1])
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    # Distance of every pixel's centre from the segment.
    start, along = ends[0], ends[1] - ends[0]
    x = np.arange(columns.start, columns.stop, dtype=np.float32) + np.float32(0.5) - start[0]
    y = np.arange(rows.start, rows.stop, dtype=np.float32) + np.float32(0.5) - start[1]
    along_unit = along / np.float32(max(float(along @ along), 1e-6))
    across = (x * along_unit[0])[None] + (y * along_unit[1])[:, None]
    across.clip(0, 1, out=across)
    distance = across * -along[0]
    distance += x[None]
    across *= -along[1]
    across += y[:, None]
    across *= across
    distance *= distance
    distance += across
    np.sqrt(distance, out=distance)

    cover = np.float32(radius + 0.5) - distance
    cover.clip(0, 1, out=cover)
    strongest = GLOW**0.5
    glow = np.float32(reach) - distance
    glow *= np.float32(strongest / (reach - radius))
    glow.clip(0, strongest, out=glow)
    glow *= glow
    behind = 1 - cover
    glow *= behind
    # A limb brightens towards its middle line, so that crossing limbs stay apart to the eye.
    light = distance
    light *= np.float32(-0.35 / radius)
    light += 1
    light *= cover
    np.maximum(light, glow, out=light)
    area = canvas[:, rows, columns]
    if len(area) == 4:
        area[3] *= behind
        np.minimum(area[3], 1 - glow, out=area[3])
    for plane, full in zip(area[:3], colour, strict=True):
        plane *= behind
        np.multiply(light, full, out=glow)
        np.maximum(plane, glow, out=plane)
