"""What is behind the dancer: their own place, one colour, or a picture. Pure; no threads.

Each puts the painted window together with what is behind it, on the stage screen.
"""

from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from live.picture.edge_fill import extended
from live.picture.picture_file import read_picture
from live.picture.placement import Placement
from models.runtime.painter import Picture, share
from models.types import Array

OWN = "target"
# Pure green is what keying software looks for unasked, and what is farthest from skin and cloth
# where a recording halves the colours' resolution.
COLOURS = {"black": (0, 0, 0), "green": (0, 255, 0)}
_REACH = 3  # px of picture or screen, whichever are larger, that the bicubic scaling smears


class Shown(NamedTuple):
    """One picture of the stage screen."""

    image: Array  # uint8 (H, W, 3) RGB
    alpha: Array | None  # uint8 (H, W), the person; None in their own place


class Background(Protocol):
    """Puts the dancer in front of something."""

    def show(self, picture: Picture) -> Shown: ...


def open_background(name: str, placement: Placement, plate: Array) -> Background:
    """By what --background says: target, black, green, or a file.

    `plate` uint8 (S, S, 3) is the empty place. Raises PictureFileError.
    """
    if name == OWN:
        return OwnPlace(placement, plate)
    if name in COLOURS:
        return OneColour(placement, plate, COLOURS[name])
    return Scenery(placement, plate, read_picture(Path(name), placement.output))


class OwnPlace:
    """The place that the person was filmed in, with their shadow, extended to fill the screen."""

    def __init__(self, placement: Placement, plate: Array) -> None:
        self._placement, self._plate = placement, plate
        self._screen = extended(plate, placement)

    def show(self, picture: Picture) -> Shown:
        return Shown(self._placement.lay(picture.whole(self._plate), self._screen), None)


class OneColour:
    """The person alone, without shadow; on black their colour is already multiplied by alpha."""

    def __init__(self, placement: Placement, plate: Array, colour: tuple[int, int, int]) -> None:
        self._placement, self._plate = placement, plate
        self._colour = colour
        width, height = placement.output
        self._around = np.full_like(plate, colour)
        self._screen = np.full((height, width, 3), colour, np.uint8)

    def show(self, picture: Picture) -> Shown:
        seen = picture.trimmed()
        own = seen.person(self._plate)
        for channel, level in enumerate(self._colour):
            if level:
                own[channel] += share(255 - seen.alpha, np.array(level, np.uint8))
        # One colour may be put behind at the picture's own size: scaling changes nothing about it.
        whole = self._around.copy()
        whole[seen.area] = own.transpose(1, 2, 0)
        return Shown(self._placement.lay(whole, self._screen), _alpha(self._placement, seen))


class Scenery:
    """A picture that fills the screen, sharp, with the person's shadow on it."""

    def __init__(self, placement: Placement, plate: Array, screen: Array) -> None:
        """`screen` uint8 (H, W, 3)."""
        self._placement, self._plate, self._screen = placement, plate, screen
        # Planes are a third faster than RGB triples.
        self._behind = np.ascontiguousarray(screen[placement.area].transpose(2, 0, 1))

    def show(self, picture: Picture) -> Shown:
        seen, placement = picture.trimmed(), self._placement
        n = placement.picture_size
        own = np.zeros((3, n, n), np.uint8)
        hidden = np.zeros((n, n), np.uint8)
        own[:, *seen.area] = seen.person(self._plate)
        hidden[seen.area] = 255 - share(255 - seen.alpha, 255 - seen.shadow)
        screen = self._screen.copy()
        box = self._box(seen)
        part = screen[placement.area][box]
        left = 255 - placement.over_nothing(hidden)[box].astype(np.uint16)
        left += left >> 7  # 0..256, so that nothing is lost where nothing hides it
        for channel in range(3):
            mixed = self._behind[channel][box] * left
            mixed += 128
            mixed >>= 8
            mixed += placement.over_nothing(own[channel])[box]
            part[..., channel] = np.minimum(mixed, 255, out=mixed)
        return Shown(screen, _alpha(placement, seen))

    def _box(self, seen: Picture) -> tuple[slice, slice]:
        """Rows and columns of the scaled picture that the person or their shadow reaches."""
        placement = self._placement
        reach = _REACH * max(1.0, placement.zoom)
        at: list[slice] = []
        for area, part, origin in zip(
            seen.area, placement.area, reversed(placement.origin), strict=True
        ):
            first = area.start * placement.zoom + origin - part.start - reach
            last = area.stop * placement.zoom + origin - part.start + reach
            length = part.stop - part.start
            at.append(slice(*np.clip([int(first), int(last) + 1], 0, length).tolist()))
        return at[0], at[1]


def _alpha(placement: Placement, seen: Picture) -> Array:
    """The person on the stage screen, uint8 (H, W)."""
    small = np.zeros((placement.picture_size, placement.picture_size), np.uint8)
    small[seen.area] = seen.alpha
    width, height = placement.output
    alpha = np.zeros((height, width), np.uint8)
    alpha[placement.area] = placement.over_nothing(small)
    return alpha
