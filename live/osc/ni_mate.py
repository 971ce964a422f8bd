"""As NI mate 2 speaks in its format Basic with synced frames (github.com/Delicode/NI-mate-plugins).

Its receivers take the address for the name of an object, so it has no slash, and read no bundles:
each joint is a packet, and one more says that the pose is complete.
"""

import numpy as np

from live.osc.dialect import MOST_COUNT, Encoder, StagePose
from live.osc.foreign_joints import NI_MATE_JOINTS, kinect_joints
from live.osc.template import Layout, Template, open_layout

SYNC = "/NI_mate_sync"
SCREEN_M = 2.0  # the height of the stage screen stands for so many metres
DISTANCE_M = 2.0  # of the dancer from the sensor, which looks along -z


class NiMate(Encoder):
    """Metres from the middle of the stage screen, x right, y up, z = -2.

    A joint is named after itself alone: of several dancers the first is told.
    """

    def __init__(self, picture_size: tuple[int, int]) -> None:
        self.resize(picture_size)
        self._templates = [
            Template([Layout(joint, "fff", (None, None, -DISTANCE_M))], is_bundle=False)
            for joint in NI_MATE_JOINTS
        ]
        self._sync = Template([open_layout(SYNC, "i")], is_bundle=False)

    def resize(self, picture_size: tuple[int, int]) -> None:
        width, height = picture_size
        self._metres = np.array([SCREEN_M * width / height, -SCREEN_M])

    def pose(self, pose: StagePose, time_tag: float | None = None) -> list[bytes]:
        places = (kinect_joints(pose.joints) - 0.5) * self._metres
        joints = zip(self._templates, places.tolist(), strict=True)
        packets = [template.fill(place) for template, place in joints]
        return [*packets, self._sync.fill([pose.number & MOST_COUNT])]
