"""Pose -> picture of a person by their puppet: a small network, and the collage of their views.

onnxruntime, OpenCV and numpy; no torch. The same `Picture` as of an image network.
"""

import cv2
import numpy as np

from models.bundle import Bundle
from models.puppet.collage import Collage, Moves, Person
from models.puppet.rig import Pose, rig_of
from models.puppet.view_files import PLATE, puppet_sizes, read_picture, read_views
from models.runtime.engines import Engine, EngineError
from models.runtime.painter import NetworkPainter, Picture
from models.runtime.stepper import NetworkStepper
from models.spec import N_JOINTS, PUPPET
from models.types import Array

_ENGINE = "cpu"  # of the small network; the collage is the processor's as well
_LEAST_SHADOW = 1.5 / 255


class PuppetPainter:
    """One person at one size."""

    def __init__(self, bundle: Bundle, size: int = 0) -> None:
        """`size` px of the square picture; 0 = as filmed. Raises EngineError or BundleError."""
        sizes = puppet_sizes(bundle)
        self.size = size or sizes.size
        self.rig = rig_of(sizes)
        self._network = NetworkStepper(bundle.network("fp32")[0], _ENGINE, 1)
        self.engine: Engine = self._network.engine
        plate = read_picture(bundle, PLATE, (sizes.size, sizes.size))
        self.plate: Array = resized(plate, self.size)
        self.collage = Collage(read_views(bundle), self.size, sizes.size)
        try:
            self.paint(np.full((N_JOINTS, 2), 0.5, np.float32))
        except Exception as error:  # whatever a network that moves no puppet makes of it
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise EngineError(f"{self.engine} cannot run this network ({said}).") from error

    def reset(self) -> None:
        """Nothing is carried from picture to picture."""

    def paint(self, joints: Array) -> Picture:
        """Joints (18, 2), 0..1 of the picture."""
        joints = joints[None].astype(np.float32)
        pose = self.rig.pose(joints)
        moves = self.moves(joints, pose)
        return before_plate(self.collage.person(pose.frames, moves), moves.shadow, self.plate)

    def moves(self, joints: Array, pose: Pose) -> Moves:
        """What the network says of joints (1, 18, 2) and their pose."""
        found = self._network.step(joints=joints, features=pose.features, choice=pose.choice)
        return Moves(*(found[name][0] for name in PUPPET[3:]))

    def __call__(self, joints: Array) -> Array:
        """As `whole`."""
        return self.whole(joints)

    def whole(self, joints: Array) -> Array:
        """The whole picture, uint8 (size, size, 3)."""
        return self.paint(joints).whole(self.plate)

    def coverage(self, joints: Array) -> Array:
        """How much of each pixel of the whole picture is person, uint8 (size, size)."""
        picture = self.paint(joints)
        whole = np.zeros(self.plate.shape[:2], np.uint8)
        whole[picture.area] = picture.alpha
        return whole


PersonPainter = NetworkPainter | PuppetPainter


def open_on_processor(found: Bundle, threads: int = 1) -> PersonPainter:
    """Whatever paints a target's bundle.

    Raises BundleError, EngineError or OldRendererError.
    """
    if found.manifest.network_kind.any_size:
        return PuppetPainter(found)
    return NetworkPainter(found.network("int8", "fp32", "fp16")[0], threads=threads)


def resized(picture: Array, size: int) -> Array:
    """A square picture at another size."""
    if picture.shape[0] == size:
        return np.ascontiguousarray(picture)
    smaller = size < picture.shape[0]
    return cv2.resize(
        picture, (size, size), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    )


def before_plate(person: Person, shadow: Array, plate: Array) -> Picture:
    """The person before their place with their shadow (cells, cells, 0..1) on it."""
    window = _window(person, shadow, len(plate))
    left, top, right, bottom = window
    dark = _shadow_in(shadow, window, len(plate))
    lit = plate[top:bottom, left:right]
    image = (
        cv2.multiply(lit, cv2.merge([255 - dark] * 3), scale=1 / 255) if dark.any() else lit.copy()
    )
    alpha = np.zeros(dark.shape, np.uint8)
    height, width = person.bare.shape
    y, x = person.y - top, person.x - left
    at = slice(y, y + height), slice(x, x + width)
    alpha[at] = person.alpha
    person.over(image[at], image[at])
    return Picture(image, alpha, dark, left, top)


def _window(person: Person, shadow: Array, size: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all that is not bare plate, px."""
    height, width = person.bare.shape
    found = [person.x, person.y, person.x + width, person.y + height]
    dark = shadow > _LEAST_SHADOW
    if dark.any():
        cell = size / len(shadow)
        for axis, at in enumerate((np.flatnonzero(dark.any(0)), np.flatnonzero(dark.any(1)))):
            found[axis] = min(found[axis], max(0, int((at[0] - 0.5) * cell)))
            found[axis + 2] = max(found[axis + 2], min(size, int(np.ceil((at[-1] + 1.5) * cell))))
    return found[0], found[1], found[2], found[3]


def _shadow_in(shadow: Array, window: tuple[int, int, int, int], size: int) -> Array:
    """The shadow in a window, uint8."""
    left, top, right, bottom = window
    cell = len(shadow) / size
    to_cells = np.array([
        [cell, 0, (left + 0.5) * cell - 0.5],
        [0, cell, (top + 0.5) * cell - 0.5],
    ])  # fmt: skip
    seen = cv2.warpAffine(
        shadow, to_cells, (right - left, bottom - top),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return cv2.convertScaleAbs(seen, alpha=255)
