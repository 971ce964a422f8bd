"""Pose -> picture of the target. Pure (no threads); owns the renderer."""

import numpy as np

from live.messages import Array
from live.skeleton_painter import GROUND, paint_skeleton
from models.bundle import Bundle, BundleError
from models.painting import NetworkPainter, OldRendererError, Picture
from models.skeleton import PLAIN_BODY

SKELETON_SIZE = 512


class Painter:
    """One target: places canonical poses in its picture and paints them."""

    def __init__(self, bundle: Bundle, engine: str = "auto", threads: int = 1) -> None:
        """Raises EngineError, or BundleError for a bundle of an older version."""
        network, self.precision = bundle.network("int8", "fp16", "fp32")
        self.name = bundle.manifest.name
        self.size = bundle.manifest.size
        self.body = bundle.manifest.body
        try:
            self._painter = NetworkPainter(network, engine, threads)
        except OldRendererError as error:
            raise BundleError(
                f"The target {self.name} was made by an older version: "
                f"export it again with `python -m export {self.name}`."
            ) from error
        self.engine = self._painter.engine
        self.plate = self._painter.plate  # uint8 (size, size, 3), the empty place

    def place(self, joints: Array) -> Array:
        """Canonical joints (18, 2) -> 0..1 of the picture, on this person's bones."""
        return self.body.place(joints)

    def paint(self, placed: Array) -> Picture:
        """Joints 0..1 of the picture (18, 2) -> the window around the person."""
        return self._painter.paint(placed)


class SkeletonPainter:
    """The target `skeleton`: drawn without a network, always works."""

    name = "skeleton"
    engine = "none"
    precision = "none"

    def __init__(self, size: int = 0, is_cut_out: bool = False) -> None:
        self.size = size or SKELETON_SIZE
        self._is_cut_out = is_cut_out
        self.body = PLAIN_BODY
        self.plate = np.full((self.size, self.size, 3), GROUND, np.uint8)

    def place(self, joints: Array) -> Array:
        return self.body.place(joints)

    def paint(self, placed: Array) -> Picture:
        return paint_skeleton(placed, (self.size, self.size), is_cut_out=self._is_cut_out)
