"""As OSCeleton speaks: a bundle of `/joint sifff` a pose (github.com/Sensebloom/OSCeleton)."""

from live.osc.address import build_message
from live.osc.dialect import Encoder, StagePose
from live.osc.foreign_joints import OSCELETON_JOINTS, kinect_joints
from live.osc.template import Layout, Template

USER = 1  # OpenNI counts people from 1


class Osceleton(Encoder):
    """x, y 0..1 of the stage screen, origin top left; z = 0."""

    def __init__(self) -> None:
        self._template = Template(
            [
                Layout("/joint", "sifff", (joint, USER, None, None, 0.0))
                for joint in OSCELETON_JOINTS
            ]
        )

    def begin(self) -> list[bytes]:
        return [_event("new_user"), _event("new_skel")]

    def pose(self, pose: StagePose, time_tag: float | None = None) -> list[bytes]:
        return [self._template.fill(kinect_joints(pose.joints).ravel().tolist(), time_tag)]

    def end(self) -> list[bytes]:
        return [_event("lost_user")]


def _event(name: str) -> bytes:
    return build_message(f"/{name}", "i", [USER]).dgram
