"""As PoseOSC speaks in its format ARR, its default (github.com/LingDong-/PoseOSC)."""

import numpy as np

from live.osc.dialect import Encoder, StagePose
from live.osc.foreign_joints import POSENET_JOINTS, posenet_joints
from live.osc.template import Layout, Template

ADDRESS = "/poses/arr"
SCORE = 1.0  # of the pose and of each joint


class PoseOsc(Encoder):
    """Pixels of the stage screen, origin top left; one message without a bundle."""

    def __init__(self, picture_size: tuple[int, int]) -> None:
        self._size = np.array(picture_size)
        keypoints = (None, None, SCORE) * len(POSENET_JOINTS)
        types = "iiif" + "fff" * len(POSENET_JOINTS)
        values = (*picture_size, 1, SCORE, *keypoints)
        self._template = Template([Layout(ADDRESS, types, values)], is_bundle=False)

    def pose(self, pose: StagePose, time_tag: float | None = None) -> list[bytes]:
        pixels = posenet_joints(pose.joints) * self._size
        return [self._template.fill(pixels.ravel().tolist())]
