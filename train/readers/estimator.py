"""Who finds the joints in a picture: MediaPipe out of the box, others behind the same two words."""

import os
import warnings
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from models import spec
from models.installed import overlaid_opencv
from models.skeleton import L_SHOULDER, NECK, R_SHOULDER
from models.types import Array

# COCO joint <- MediaPipe's landmark; the neck is the middle of the shoulders.
LANDMARKS = {
    0: 0, 2: 12, 3: 14, 4: 16, 5: 11, 6: 13, 7: 15, 8: 24, 9: 26, 10: 28, 11: 23, 12: 25, 13: 27,
    14: 5, 15: 2, 16: 8, 17: 7,
}  # fmt: skip
MISSING = (
    "Videos need MediaPipe (Python 3.11 or 3.12): pip install 'dancelive[video]', then "
    "pip install --no-deps mediapipe==0.10.14."
)
LOOK_AROUND = 60  # frames between two looks for a second person


class EstimatorError(Exception):
    """No estimator can be had, in one sentence."""


class PoseEstimator(Protocol):
    """Frames of one video in their order; a new one is made for every video."""

    def people(self, rgb: Array) -> Array:
        """uint8 (H, W, 3) -> everyone found, (P, 18, 3) px and confidence 0..1."""
        ...

    def close(self) -> None: ...


def need_mediapipe() -> Any:
    """The class of MediaPipe's pose model; raises EstimatorError when it is not installed."""
    os.environ.setdefault("GLOG_minloglevel", "2")  # it tells of every delegate it makes
    warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype")
    if said := overlaid_opencv():
        raise EstimatorError(said)
    try:
        from mediapipe.python.solutions.pose import Pose  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise EstimatorError(MISSING) from error
    return Pose


def mediapipe_pose(**options: Any) -> Any:
    """MediaPipe's full pose model; raises EstimatorError when it is not installed."""
    return need_mediapipe()(model_complexity=1, **options)


class MediaPipe:
    """MediaPipe's full model, which lies in its wheel. It follows one person.

    Now and then the person is painted over, to see whether there is a second one.
    """

    def __init__(self) -> None:
        """Raises EstimatorError when it is not installed."""
        self._pose = mediapipe_pose(smooth_landmarks=False)
        self._look = mediapipe_pose(static_image_mode=True)
        self._n = 0

    def people(self, rgb: Array) -> Array:
        first = _joints(self._pose.process(rgb), rgb.shape)
        if first is None:
            return np.zeros((0, spec.N_JOINTS, 3), np.float32)
        self._n += 1
        if self._n % LOOK_AROUND == 1:
            second = _joints(self._look.process(_without(rgb, first)), rgb.shape)
            if second is not None and _is_another(first, second):
                return np.stack([first, second])
        return first[None]

    def close(self) -> None:
        self._pose.close()
        self._look.close()


def _joints(found: Any, shape: tuple[int, ...]) -> Array | None:
    if found.pose_landmarks is None:
        return None
    marks = np.array([(m.x, m.y, m.visibility) for m in found.pose_landmarks.landmark])
    joints = np.zeros((spec.N_JOINTS, 3), np.float32)
    for joint, mark in LANDMARKS.items():
        joints[joint] = marks[mark] * (shape[1], shape[0], 1)
    right, left = joints[R_SHOULDER], joints[L_SHOULDER]
    joints[NECK] = (right + left) / 2
    joints[NECK, 2] = min(right[2], left[2])
    return joints


def _without(rgb: Array, person: Array) -> Array:
    """The picture with the person's box painted over."""
    low, high = person[:, :2].min(0), person[:, :2].max(0)
    margin = 0.12 * (high[1] - low[1])
    x0, y0 = np.maximum(0, low - margin).astype(int)
    x1, y1 = (high + margin).astype(int)
    painted = rgb.copy()
    painted[y0:y1, x0:x1] = np.median(rgb[::16, ::16].reshape(-1, 3), axis=0).astype(np.uint8)
    return painted


def _is_another(one: Array, other: Array) -> bool:
    sure = (other[:, 2] > 0.7).mean() > 0.7
    tall = np.ptp(one[:, 1])
    apart = np.linalg.norm(one[:, :2].mean(0) - other[:, :2].mean(0))
    return bool(sure and np.ptp(other[:, 1]) > 0.4 * tall and apart > 0.25 * tall)


ESTIMATORS: dict[str, Callable[[], PoseEstimator]] = {"mediapipe": MediaPipe}
