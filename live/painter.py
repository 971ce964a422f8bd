"""Pose -> picture of the target. Pure (no threads); owns the renderer."""

import numpy as np

from live.messages import Array
from live.skeleton_painter import draw_skeleton
from models.bundle import Bundle
from models.runtime import NetworkStepper
from models.skeleton import PLAIN_BODY, STANDING
from models.spec import TARGET

SKELETON_SIZE = 512


class Painter:
    """One target: places canonical poses in its picture and paints them."""

    def __init__(self, bundle: Bundle, engine: str = "auto", threads: int = 1) -> None:
        network, self.precision = bundle.network("int8", "fp16", "fp32")
        self.name = bundle.manifest.name
        self.size = bundle.manifest.size
        self.body = bundle.manifest.body
        self._stepper = NetworkStepper(network, engine, threads)
        self.engine = self._stepper.engine

    def place(self, joints: Array) -> Array:
        """Canonical joints (18, 2) -> 0..1 of the picture, on this person's bones."""
        return self.body.place(joints)

    def paint(self, placed: Array) -> Array:
        """Joints 0..1 of the picture (18, 2) -> uint8 RGB (size, size, 3)."""
        return self._stepper.step(**{TARGET.joints: placed[None]})[TARGET.image][0]

    def plate(self) -> Array:
        """The empty scene, as the renderer gives it with the dancer moved out of the picture."""
        return self.paint(self.place(STANDING) + np.array([4.0, 0.0], np.float32))


class SkeletonPainter:
    """The target `skeleton`: drawn without a network, always works."""

    name = "skeleton"
    engine = "none"
    precision = "none"

    def __init__(self, size: int = 0) -> None:
        self.size = size or SKELETON_SIZE
        self.body = PLAIN_BODY

    def place(self, joints: Array) -> Array:
        return self.body.place(joints)

    def paint(self, placed: Array) -> Array:
        return draw_skeleton(placed, (self.size, self.size))

    def plate(self) -> Array:
        return np.zeros((self.size, self.size, 3), np.uint8)
