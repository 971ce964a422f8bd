"""Nose, eyes and ears where no marker shows them: put on a head whose axes are known."""

from models import skeleton
from models.types import Array

# From the middle of a head, cm: to the dancer's left, to the front, up.
FACE_CM = {
    skeleton.NOSE: (0.0, 9.0, -5.0),
    skeleton.R_EYE: (-3.2, 7.5, -1.5),
    skeleton.L_EYE: (3.2, 7.5, -1.5),
    skeleton.R_EAR: (-7.0, -1.0, -3.0),
    skeleton.L_EAR: (7.0, -1.0, -3.0),
}


def put_face(joints: Array, head: Array, axes: tuple[Array, Array, Array], cm: float = 1.0) -> None:
    """Write the face into joints (N, 18, 3) around `head` (N, 3), in place.

    `axes` are the head's left, front and up, unit vectors (N, 3); `cm` is one in their unit.
    """
    left, front, up = axes
    for joint, (leftwards, forwards, upwards) in FACE_CM.items():
        joints[:, joint] = head + cm * leftwards * left + cm * forwards * front + cm * upwards * up
