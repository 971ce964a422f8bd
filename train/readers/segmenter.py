"""Who finds the person's pixels in a picture: the mask that MediaPipe's pose model gives, too."""

from typing import Any

import numpy as np

from models.types import Array
from train.readers.estimator import mediapipe_pose


class Segmenter:
    """Frames of one video in their order: the person is followed from one to the next.

    Its network lies in MediaPipe's wheel, as the one that finds the joints; it gives 256 x 256.
    """

    def __init__(self) -> None:
        """Raises EstimatorError when MediaPipe is not installed."""
        self._following = _masks(smooth_landmarks=False)
        self._anew = _masks(static_image_mode=True)

    def mask(self, rgb: Array) -> Array | None:
        """uint8 (H, W, 3) -> float32 (H, W), 0..1; None where nobody is found."""
        return self._following.process(rgb).segmentation_mask

    def mask_of(self, rgb: Array, box: tuple[slice, slice]) -> Array | None:
        """The mask of whoever is in the box (rows, columns), by that part of the picture alone."""
        part = np.ascontiguousarray(rgb[box])
        found = self._anew.process(part).segmentation_mask
        if found is None:
            return None
        whole = np.zeros(rgb.shape[:2], np.float32)
        whole[box] = found
        return whole

    def close(self) -> None:
        self._following.close()
        self._anew.close()


def _masks(**options: Any) -> Any:
    return mediapipe_pose(enable_segmentation=True, smooth_segmentation=False, **options)
