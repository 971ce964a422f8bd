"""Several dancers without what is behind them, as one cutout. Any thread."""

from collections.abc import Sequence

import numpy as np

from live.core.cutout import NOTHING, Box, Cutout, PictureOnStage


class Cutouts(Cutout):
    """Each before those that come before it."""

    def __init__(
        self, cutouts: Sequence[Cutout], stage: tuple[int, int], light: float = 1.0
    ) -> None:
        """On a stage screen of (W, H) px; `light` 0..1: how much of them is there."""
        nothing = np.zeros((0, 0, 3), np.uint8)
        super().__init__(None, nothing, PictureOnStage(stage, (0.0, 0.0), (1.0, 1.0)), light)
        self._cutouts = cutouts

    def nobody(self) -> "Cutouts":
        return Cutouts((), self.lies.stage)

    def faded(self, light: float) -> "Cutouts":
        return Cutouts(self._cutouts, self.lies.stage, light)

    def _work_out(self) -> Box:
        import cv2  # a show without outputs or puppets does without

        from live.core.laying import lay, on_screen

        shown = [slice(0, length) for length in self.lies.stage]
        laid = (
            on_screen(one.box(), one.lies.origin, one.lies.zoom, shown) for one in self._cutouts
        )
        boxes = [box for box in laid if box.rgba.size]
        if not boxes:
            return NOTHING
        x, y = min(box.x for box in boxes), min(box.y for box in boxes)
        right = max(box.x + box.rgba.shape[1] for box in boxes)
        bottom = max(box.y + box.rgba.shape[0] for box in boxes)
        rgba = np.zeros((bottom - y, right - x, 4), np.uint8)
        for box in boxes:
            lay(Box(box.x - x, box.y - y, box.rgba), rgba)
        return Box(x, y, cv2.convertScaleAbs(rgba, alpha=self._light) if self._light < 1 else rgba)
