"""A moving test picture with transparency, by which one sees whether an output is right. Pure."""

import math

import cv2
import numpy as np

from live.core.cutout import Cutout, PictureOnStage
from live.core.messages import Frame, Pose
from models.runtime.painter import Picture, share
from models.skeleton import STANDING

IN_WORDS = (
    "at the top a red, a green and a blue square from left to right, below them the word UP, "
    "upright, and a yellow bar that is half transparent; a white disc with a soft edge, light to "
    "its rim, goes round once in 4 s; all else is transparent"
)
ROUND_S = 4.0
_GREY = 60  # behind it all, where there is no transparency
_RED, _GREEN, _BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
_WHITE, _YELLOW = (255, 255, 255), (255, 220, 0)


class Chart:
    """The test picture at one size."""

    def __init__(self, size: tuple[int, int]) -> None:
        """`size` (W, H) px."""
        width, height = self._size = size
        self._unit = unit = min(size) / 18
        self._colour = np.zeros((height, width, 3), np.uint8)
        self._alpha = np.zeros((height, width), np.uint8)
        self._plate = np.zeros_like(self._colour)  # not seen
        for place, colour in enumerate((_RED, _GREEN, _BLUE)):
            self._fill(1 + 3 * place, 1, 2, 2, colour, 255)
        self._fill(1, 8, 8, 1, _YELLOW, 128)
        self._fill(0, 3.5, 9, 4, _WHITE, 0)
        at = (round(unit), round(6.5 * unit))
        thick = max(1, round(unit / 4))
        cv2.putText(self._alpha, "UP", at, 0, unit / 10, 255, thick, cv2.LINE_AA)

    def frame(self, time: float, due_at: float) -> Frame:
        """As it is at a media time, due at a host time."""
        picture = self._picture(time)
        width, height = self._size
        ground = share(np.full_like(picture.image, _GREY), 255 - picture.alpha[..., None])
        lies = PictureOnStage((width, height), (0, 0), (1, 1))
        cutout = Cutout(picture, self._plate, lies)
        pose = Pose(time, STANDING, time)
        return Frame(time, due_at, picture.image + ground, pose, due_at, cutout)

    def _fill(
        self, x: float, y: float, across: float, down: float, colour: tuple[int, ...], alpha: int
    ) -> None:
        rows, columns = (
            slice(round(at * self._unit), round((at + length) * self._unit))
            for at, length in ((y, down), (x, across))
        )
        self._colour[rows, columns] = colour
        self._alpha[rows, columns] = alpha

    def _picture(self, time: float) -> Picture:
        """With the disc, over black."""
        colour, alpha = self._colour.copy(), self._alpha.copy()
        angle = 2 * math.pi * time / ROUND_S
        width, height = self._size
        far, radius = 4 * self._unit, 2.5 * self._unit
        x, y = width - 8 * self._unit + far * math.sin(angle), height / 2 - far * math.cos(angle)
        bits = 4  # of the fraction of a pixel
        disc = (round(x * 2**bits), round(y * 2**bits))
        whole = round((radius + 2) * 2**bits)
        cv2.circle(colour, disc, whole, _WHITE, -1, cv2.LINE_8, bits)
        soft = np.zeros_like(alpha)
        cv2.circle(soft, disc, round(radius * 2**bits), 255, -1, cv2.LINE_AA, bits)
        np.maximum(alpha, soft, out=alpha)
        return Picture(share(colour, alpha[..., None]), alpha, np.zeros_like(alpha), 0, 0)
