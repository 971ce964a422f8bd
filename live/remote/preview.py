"""The stage as a small JPEG, made once for all who look."""

import cv2
import numpy as np

from models.types import Array

SIDE = 480  # px, the longer one at most
QUALITY = 70


def jpeg(image: Array) -> bytes:
    """uint8 (H, W, 3) RGB."""
    scale = SIDE / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
