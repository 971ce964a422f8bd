"""As OSCeleton speaks: a bundle of `/joint sifff` a pose (github.com/Sensebloom/OSCeleton)."""

from live.osc.address import build_message
from live.osc.dialect import Encoder, StagePose
from live.osc.foreign_joints import OSCELETON_JOINTS, kinect_joints
from live.osc.template import Layout, Template

USER = 1  # OpenNI counts people from 1


class Osceleton(Encoder):
    """x, y 0..1 of the stage screen, origin top left; z = 0. Each dancer is a user."""

    def __init__(self) -> None:
        self._n = 0  # users who are there
        self._templates: list[Template] = []  # of each user

    def begin(self) -> list[bytes]:
        return self._until(1)

    def pose(self, pose: StagePose, time_tag: float | None = None) -> list[bytes]:
        dancers = [pose.joints, *pose.others]
        for number in range(len(self._templates), len(dancers)):
            self._templates.append(_template(USER + number))
        bundles = [
            template.fill(kinect_joints(joints).ravel().tolist(), time_tag)
            for template, joints in zip(self._templates, dancers, strict=False)
        ]
        return [*self._until(len(dancers)), *bundles]

    def end(self) -> list[bytes]:
        return self._until(0)

    def _until(self, n: int) -> list[bytes]:
        """So many are there from now on: who comes, and who goes."""
        before, self._n = self._n, n
        come = [
            _event(name, USER + number)
            for number in range(before, n)
            for name in ("new_user", "new_skel")
        ]
        return come + [_event("lost_user", USER + number) for number in range(n, before)]


def _template(user: int) -> Template:
    return Template(
        [Layout("/joint", "sifff", (joint, user, None, None, 0.0)) for joint in OSCELETON_JOINTS]
    )


def _event(name: str, user: int) -> bytes:
    return build_message(f"/{name}", "i", [user]).dgram
