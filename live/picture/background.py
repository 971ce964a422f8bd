"""What is behind the dancer: their own place, one colour, or a picture. Pure; no threads.

Each puts the painted window together with what is behind it, on the stage screen.
"""

from copy import copy
from pathlib import Path
from typing import Protocol

import numpy as np

from live.picture.edge_fill import carried, extended
from live.picture.picture_file import read_picture
from live.picture.placement import Placement
from models.runtime.painter import Picture, share
from models.types import Array

OWN = "target"
# Pure green is what keying software looks for unasked, and what is farthest from skin and cloth
# where a recording halves the colours' resolution.
COLOURS = {"black": (0, 0, 0), "green": (0, 255, 0)}
_REACH = 3  # px of picture or screen, whichever are larger, that the bicubic scaling smears


class Background(Protocol):
    """Puts the dancer in front of something."""

    @property
    def empty(self) -> Array:
        """The stage screen without anybody, uint8 (H, W, 3); never to be written."""
        ...

    takes_shadow: bool  # the dancer's shadow is seen on it

    def show(self, picture: Picture) -> Array:
        """The stage screen, uint8 (H, W, 3) RGB."""
        ...

    def moved(self, placement: Placement) -> "Background":
        """The same with the dancer elsewhere, quickly: for one picture."""
        ...


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

    takes_shadow = True

    def __init__(self, placement: Placement, plate: Array) -> None:
        self._placement, self._plate = placement, plate
        self.empty = extended(plate, placement)

    def show(self, picture: Picture) -> Array:
        return self._placement.lay(picture.whole(self._plate), self.empty)

    def moved(self, placement: Placement) -> "Background":
        return _Carried(placement, self._plate, self._placement, self.empty)


class _Carried:
    """Their own place on the move: what is around it is scaled with it, not drawn anew."""

    takes_shadow = True

    def __init__(
        self, placement: Placement, plate: Array, before: Placement, screen: Array
    ) -> None:
        """`screen` uint8 (H, W, 3) as it was drawn for the place `before`."""
        self._placement, self._plate = placement, plate
        self._before, self._screen = before, screen

    @property
    def empty(self) -> Array:
        """The place without anybody, scaled from the one before."""
        empty = carried(self._screen, self._before, self._placement)
        empty[self._placement.area] = self._placement.scale(self._plate)
        return empty

    def show(self, picture: Picture) -> Array:
        around = carried(self._screen, self._before, self._placement)
        return self._placement.lay(picture.whole(self._plate), around)

    def moved(self, placement: Placement) -> "Background":
        return _Carried(placement, self._plate, self._before, self._screen)


class OneColour:
    """The person alone, without shadow; on black their colour is already multiplied by alpha."""

    takes_shadow = False

    def __init__(self, placement: Placement, plate: Array, colour: tuple[int, int, int]) -> None:
        self._placement, self._plate = placement, plate
        self._colour = colour
        width, height = placement.output
        self._around = np.full_like(plate, colour)
        self.empty = np.full((height, width, 3), colour, np.uint8)

    def moved(self, placement: Placement) -> "Background":
        moved = copy(self)
        moved._placement = placement
        return moved

    def show(self, picture: Picture) -> Array:
        seen = picture.trimmed()
        own = seen.person(self._plate)
        for channel, level in enumerate(self._colour):
            if level:
                own[channel] += share(255 - seen.alpha, np.array(level, np.uint8))
        # One colour may be put behind at the picture's own size: scaling changes nothing about it.
        whole = self._around.copy()
        whole[seen.area] = own.transpose(1, 2, 0)
        return self._placement.lay(whole, self.empty)


class Scenery:
    """A picture that fills the screen, sharp, with the person's shadow on it."""

    takes_shadow = True

    def __init__(self, placement: Placement, plate: Array, screen: Array) -> None:
        """`screen` uint8 (H, W, 3)."""
        self._placement, self._plate, self.empty = placement, plate, screen
        # Planes are a third faster than RGB triples.
        self._behind = np.ascontiguousarray(screen.transpose(2, 0, 1))

    def moved(self, placement: Placement) -> "Background":
        moved = copy(self)
        moved._placement = placement
        return moved

    def show(self, picture: Picture) -> Array:
        seen, placement = picture.trimmed(), self._placement
        n = placement.picture_size
        own = np.zeros((3, n, n), np.uint8)
        hidden = np.zeros((n, n), np.uint8)
        own[:, *seen.area] = seen.person(self._plate)
        hidden[seen.area] = 255 - share(255 - seen.alpha, 255 - seen.shadow)
        screen = self.empty.copy()
        box = self._box(seen)
        part = screen[placement.area][box]
        left = 255 - placement.over_nothing(hidden)[box].astype(np.uint16)
        left += left >> 7  # 0..256, so that nothing is lost where nothing hides it
        for channel in range(3):
            mixed = self._behind[channel][placement.area][box] * left
            mixed += 128
            mixed >>= 8
            mixed += placement.over_nothing(own[channel])[box]
            part[..., channel] = np.minimum(mixed, 255, out=mixed)
        return screen

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
