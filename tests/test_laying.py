"""Boxes brought to where they lie on a screen: place, size and colours of what is enlarged."""

import cv2
import numpy as np
import pytest

from live.core.cutout import Box
from live.core.laying import on_screen

SCREEN = (slice(0, 320), slice(0, 240))


def made_box(rows, columns, x, y, seed=0):
    """Soft shapes, colours multiplied by alpha."""
    rng = np.random.default_rng(seed)
    noise = [
        cv2.GaussianBlur(rng.integers(0, 256, (rows, columns), np.uint8), (0, 0), 2)
        for _ in range(4)
    ]
    alpha = np.where(noise[3] > 128, 255, noise[3]).astype(np.uint8)
    return Box(x, y, np.dstack([*(np.minimum(part, alpha) for part in noise[:3]), alpha]))


def warped(box, corner, scale):
    """The whole screen as one bicubic warp of OpenCV makes it, no colour more than its alpha."""
    back = np.zeros((2, 3))
    for axis, at in enumerate((box.x, box.y)):
        back[axis, axis] = 1 / scale[axis]
        back[axis, 2] = (0.5 - corner[axis]) / scale[axis] - 0.5 - at
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_CUBIC
    screen = cv2.warpAffine(box.rgba, back, (320, 240), flags=flags, borderMode=cv2.BORDER_CONSTANT)
    return np.minimum(screen, screen[..., 3:])


@pytest.mark.parametrize("corner", [(0, 0), (-35, 12), (150, -40), (7.25, 3.5), (0.3, 0.7)])
@pytest.mark.parametrize(
    "scale",
    [(720 / 512,) * 2, (1080 / 1024,) * 2, (1.5, 1.51), (2.0, 2.0), (1.0001, 1.0001), (3.37, 3.37)],
)
def test_what_is_enlarged_lies_where_a_warp_lays_it(scale, corner):
    box = made_box(90, 60, 20, 15)
    laid = on_screen(box, corner, scale, SCREEN)
    height, width = laid.rgba.shape[:2]
    screen = np.zeros((240, 320, 4), np.uint8)
    screen[laid.y : laid.y + height, laid.x : laid.x + width] = laid.rgba
    assert screen.any()
    differs = np.abs(screen.astype(int) - warped(box, corner, scale))
    assert differs.max() <= 8 and differs.mean() < 0.5
    assert (laid.rgba[..., :3] <= laid.rgba[..., 3:]).all()


def test_only_what_the_screen_shows_is_made():
    box = made_box(200, 200, 0, 0)
    laid = on_screen(box, (-300.0, -200.0), (4.5, 4.5), SCREEN)
    assert (laid.x, laid.y, laid.rgba.shape) == (0, 0, (240, 320, 4))
