"""One picture as an output gets it: at its size, in the form that its protocol wants."""

from functools import cached_property

import numpy as np

from live.core.cutout import NOTHING, Box
from live.core.messages import Frame
from live.outputs.alpha import opaque, over_black, straight_box, whole
from live.outputs.fitting import Fitting
from models.types import Array


class OutputFrame:
    """Worked out where it is asked for, once. Arrays are never written by whoever gets them.

    `time` is media time; `due_at` and `painted_at` are host time: when it is to be seen, and when
    it was painted.
    """

    def __init__(
        self, frame: Frame, fitting: Fitting, alpha: bool, number: int, is_on: bool = True
    ) -> None:
        """`alpha`: the dancer alone, else as on the stage; not `is_on`: nothing to be seen."""
        self.time, self.due_at, self.painted_at = frame.time, frame.due_at, frame.painted_at
        self.number = number  # of this output's pictures; a repeated one has the same
        self.size, self.has_alpha, self.is_on = fitting.size, alpha, is_on
        self.frame, self._fitting = frame, fitting

    @cached_property
    def box(self) -> Box:
        """The part that is not empty, colours multiplied by alpha."""
        if not self.has_alpha:
            return Box(0, 0, opaque(self.rgb))
        if not self.is_on or self.frame.cutout is None:
            return NOTHING
        return self._fitting.cutout(self.frame.cutout)

    @cached_property
    def straight_box(self) -> Box:
        """The same, colours not multiplied."""
        cutout = self.frame.cutout
        if not self.has_alpha or not self.is_on or cutout is None:
            return self.box
        of = ("straight", self._fitting.key)
        return cutout.box_as(of, lambda: straight_box(self._fitting.cutout(cutout)))

    @cached_property
    def rgba(self) -> Array:
        """The whole picture, uint8 (H, W, 4), colours multiplied by alpha."""
        return whole(self.box, self.size)

    @cached_property
    def straight_rgba(self) -> Array:
        """The same, colours not multiplied."""
        return whole(self.straight_box, self.size)

    @cached_property
    def rgb(self) -> Array:
        """The picture as on the stage, or the dancer on black: uint8 (H, W, 3)."""
        if self.has_alpha:
            return over_black(self.rgba)
        if not self.is_on:
            return np.zeros((self.size[1], self.size[0], 3), np.uint8)
        return self._fitting.picture(self.frame.image)
