"""Whether a painted face is still that person's, to a network that tells people apart (dlib).

The distance of its 128 numbers of two faces is about 0.6 where it takes them for two people. Eyes
and nose of the key points say where a face lies, the same in both pictures: nothing is detected.
Network and weights (public domain) come in packages, so nothing is fetched.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from models.skeleton import L_EYE, NOSE, R_EYE
from models.types import Array
from train.picture_eval.brisque import NotMeasurable
from train.picture_eval.heading import FURTHEST, STEP, heading

SIZE = 150  # px of the picture of a face that the network takes
# There its mean face, which it was trained on, has the eyes' middles and the nose, px.
_PLACES = np.array([[47.5, 47.1], [100.3, 47.1], [74.0, 87.8]])
_LEAST = 4.0  # px between the eyes
_WEIGHTS = "models/dlib_face_recognition_resnet_model_v1.dat"
APART_S = 1.0  # what is nearer in time is the same moment


@cache
def _network() -> Any:
    """Raises NotMeasurable without its packages."""
    # The package of the weights is not imported: it needs an old setuptools for nothing.
    package = find_spec("face_recognition_models")
    try:
        import dlib  # pyright: ignore[reportMissingImports]
    except ImportError:
        dlib = None
    if dlib is None or package is None or not package.submodule_search_locations:
        raise NotMeasurable("Whose face it is is not measured: install the extra `face`.")
    weights = Path(package.submodule_search_locations[0]) / _WEIGHTS
    return dlib.face_recognition_model_v1(str(weights))


def face_picture(picture: Array, joints: Array) -> Array:
    """The face of joints (18, 2) as the network takes it, uint8 (SIZE, SIZE, 3).

    Turned, scaled and moved so that eyes and nose lie nearest to their places (least squares).
    Raises NotMeasurable for a face that is too small.
    """
    import cv2

    shown = joints[[R_EYE, L_EYE, NOSE]].astype(np.float64) * len(picture)
    wanted = _PLACES - _PLACES.mean(0)
    points = shown - shown.mean(0)
    spread = (points**2).sum()
    if spread < _LEAST**2 / 2:
        raise NotMeasurable("Faces of a few pixels are not compared.")
    along = (points * wanted).sum() / spread
    across = (points[:, 0] * wanted[:, 1] - points[:, 1] * wanted[:, 0]).sum() / spread
    turn = np.array([[along, -across], [across, along]])
    lay = np.column_stack([turn, _PLACES.mean(0) - turn @ shown.mean(0)])
    return cv2.warpAffine(
        picture, lay, (SIZE, SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def descriptor(picture: Array, joints: Array) -> Array:
    """Whose face it is, float64 (128,), of a picture uint8 (H, W, 3). Raises NotMeasurable."""
    network = _network()
    if abs(heading(joints)) > FURTHEST:
        raise NotMeasurable(f"Faces turned by more than {FURTHEST} degrees are not compared.")
    return np.array(network.compute_face_descriptor(face_picture(picture, joints)))


class Faces:
    """Of frames that are added one by one."""

    def __init__(self) -> None:
        self._true: list[Array] = []

    def add(self, ours: Array, truth: Array, joints: Array) -> float:
        """Distance of the painted face to the true one.

        Raises NotMeasurable; the frame is added all the same.
        """
        self._true.append(np.full(128, np.nan))
        self._true[-1] = descriptor(truth, joints)
        return float(np.linalg.norm(descriptor(ours, joints) - self._true[-1]))

    @property
    def true(self) -> Array:
        """Of the frames that were added, (N, 128), nan where not measurable."""
        return np.reshape(self._true, (-1, 128))


def elsewhen(faces: Array, rows: Array, clip: Array, degrees: Array, apart: float) -> Array:
    """Mean distance of each of the faces (N, D) to those of other moments turned alike, (N,).

    Other moments are `apart` rows away, or in another excerpt; nan where there is none.
    """
    is_other = (abs(rows[:, None] - rows) >= apart) | (clip[:, None] != clip)
    is_other &= abs(degrees[:, None] - degrees) <= STEP / 2
    is_other &= ~np.isnan(faces[:, 0])
    means = np.full(len(faces), np.nan)
    for row in np.flatnonzero(is_other.any(1)):
        means[row] = np.linalg.norm(faces[is_other[row]] - faces[row], axis=1).mean()
    return means
