"""Pose -> picture of a person by their puppet: a small network, and a compositor of their views.

onnxruntime, OpenCV and numpy; no torch. The same `Picture` as of an image network.
"""

import numpy as np

from models.bundle import Bundle
from models.puppet.compositor import PROCESSOR, Compositor, OnProcessor
from models.puppet.puppet import Puppet
from models.runtime.engines import CHIP, Engine, EngineError
from models.runtime.painter import NetworkPainter, Picture
from models.spec import N_JOINTS
from models.types import Array

ENGINES = (CHIP, PROCESSOR)  # by their --engine names
_NOWHERE = np.full((N_JOINTS, 2), 0.5, np.float32)


class PuppetPainter:
    """One person at one size."""

    def __init__(self, source: Bundle | Puppet, size: int = 0, engine: str = PROCESSOR) -> None:
        """`engine` of ENGINES draws; `size` px of the square picture of a bundle; 0 = as filmed.

        Raises EngineError or BundleError.
        """
        self.puppet = source if isinstance(source, Puppet) else Puppet(source, size)
        self.size, self.plate = self.puppet.size, self.puppet.plate
        try:
            self.compositor = self._open(engine)
            self.engine = Engine(engine, device=self.compositor.device)
            self.paint(_NOWHERE)
        except EngineError:
            raise
        except Exception as error:  # whatever a network that moves no puppet makes of it
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise EngineError(f"{engine} cannot run this network ({said}).") from error

    def reset(self) -> None:
        """Nothing is carried from picture to picture."""

    def paint(self, joints: Array) -> Picture:
        """Joints (18, 2), 0..1 of the picture."""
        joints = joints[None].astype(np.float32)
        pose = self.puppet.rig.pose(joints)
        return self.compositor.compose(pose.frames, self.puppet.moves(joints, pose))

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

    def _open(self, engine: str) -> Compositor:
        puppet = self.puppet
        if engine == PROCESSOR:
            return OnProcessor(puppet.views, puppet.plate)
        from models.puppet.chip.compositor import OnChip

        nowhere = _NOWHERE[None]
        return OnChip(puppet.views, puppet.plate, puppet.moves(nowhere, puppet.rig.pose(nowhere)))


PersonPainter = NetworkPainter | PuppetPainter


def open_on_processor(found: Bundle, threads: int = 1, size: int = 0) -> PersonPainter:
    """Whatever paints a target's bundle; a puppet on one thread, at `size` px, 0 = as filmed.

    Raises BundleError, EngineError or OldRendererError.
    """
    if found.manifest.network_kind.any_size:
        return PuppetPainter(found, size)
    return NetworkPainter(found.network("int8", "fp32", "fp16")[0], threads=threads)
