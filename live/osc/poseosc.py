"""As PoseOSC speaks in its format ARR, its default (github.com/LingDong-/PoseOSC)."""

import numpy as np

from live.osc.dialect import Encoder, StagePose
from live.osc.foreign_joints import POSENET_JOINTS, posenet_joints
from live.osc.template import Layout, Template

ADDRESS = "/poses/arr"
SCORE = 1.0  # of the pose and of each joint


class PoseOsc(Encoder):
    """Pixels of the stage screen, origin top left; one message without a bundle, of all dancers."""

    def __init__(self, picture_size: tuple[int, int]) -> None:
        self._size, self._templates = picture_size, dict[int, Template]()  # by dancers

    def resize(self, picture_size: tuple[int, int]) -> None:
        self._size, self._templates = picture_size, {}

    def pose(self, pose: StagePose, time_tag: float | None = None) -> list[bytes]:
        dancers = [pose.joints, *pose.others]
        pixels = np.stack([posenet_joints(joints) for joints in dancers]) * np.array(self._size)
        if (template := self._templates.get(len(dancers))) is None:
            template = self._templates[len(dancers)] = _template(self._size, len(dancers))
        return [template.fill(pixels.ravel().tolist())]


def _template(size: tuple[int, int], n: int) -> Template:
    keypoints = (None, None, SCORE) * len(POSENET_JOINTS)
    types = "iii" + n * ("f" + "fff" * len(POSENET_JOINTS))
    values = (*size, n, *(n * (SCORE, *keypoints)))
    return Template([Layout(ADDRESS, types, values)], is_bundle=False)
