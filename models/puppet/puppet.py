"""One person at one size as read from their bundle: what is drawn, and what moves it."""

import cv2
import numpy as np

from models.bundle import Bundle
from models.puppet.placing import Moves
from models.puppet.rig import Pose, rig_of
from models.puppet.view_files import PLATE, puppet_sizes, read_picture, read_views
from models.runtime.stepper import NetworkStepper
from models.spec import PUPPET
from models.types import Array

_ENGINE = "cpu"  # of the small network: 2 ms there, and nothing for a card to gain


class Puppet:
    """Shared by all that draw this person; nothing changes in it."""

    def __init__(self, bundle: Bundle, size: int = 0) -> None:
        """`size` px of the square picture; 0 = as filmed. Raises EngineError or BundleError."""
        sizes = puppet_sizes(bundle)
        self.size = size or sizes.size
        self.rig = rig_of(sizes)
        self._network = NetworkStepper(bundle.network("fp32")[0], _ENGINE, 1)
        plate = read_picture(bundle, PLATE, (sizes.size, sizes.size))
        self.plate: Array = resized(plate, self.size)
        shrink = min(1.0, self.size / sizes.size)
        # Of each part uint8 (V, rows, columns, 4).
        self.views = [smaller(part, shrink) for part in read_views(bundle)]

    def moves(self, joints: Array, pose: Pose) -> Moves:
        """What the network says of joints (1, 18, 2) and their pose."""
        found = self._network.step(joints=joints, features=pose.features, choice=pose.choice)
        return Moves(*(found[name][0] for name in PUPPET[3:]))


def resized(picture: Array, size: int) -> Array:
    """A square picture at another size."""
    if picture.shape[0] == size:
        return np.ascontiguousarray(picture)
    smaller = size < picture.shape[0]
    return cv2.resize(
        picture, (size, size), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    )


def smaller(views: Array, shrink: float) -> Array:
    """Views (V, rows, columns, 4) for a smaller picture."""
    if shrink == 1:
        return np.ascontiguousarray(views)
    rows, columns = (max(4, round(n * shrink)) for n in views.shape[1:3])
    return np.stack([cv2.resize(v, (columns, rows), interpolation=cv2.INTER_AREA) for v in views])
