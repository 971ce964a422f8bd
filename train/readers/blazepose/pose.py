"""One person in the frames of a video: found by the detector, then followed by the landmarks.

After MediaPipe's published graphs (Bazarevsky et al., BlazePose, 2020): the detector looks only
where nobody is followed; points that the landmark network gives beside the body say where to look
in the next frame.
"""

from dataclasses import dataclass

import numpy as np

from models.types import Array
from train.readers.blazepose import landmarks, networks
from train.readers.blazepose.detector import Detector
from train.readers.blazepose.region import Region, around
from train.readers.blazepose.steadying import Steady


@dataclass(frozen=True)
class Person:
    """One person in a picture."""

    landmarks: Array  # (33, 3): px, px, how sure it is in sight, 0..1
    _mask: Array
    _region: Region
    _shape: tuple[int, ...]

    def mask(self) -> Array:
        """float32 (H, W) of the picture, 0..1: what of it is this person."""
        return self._region.put_back(self._mask, self._shape)


class BlazePose:
    """Pictures of any size; with `follows`, frames of one video in their order."""

    def __init__(self, *, follows: bool = True) -> None:
        """Raises NetworksError when the networks cannot be had."""
        self._detector = Detector(networks.ready(networks.DETECTOR))
        self._run = networks.ready(networks.LANDMARKS)
        self._follows = follows
        self._steady = Steady()
        self._next: Region | None = None

    def find(self, rgb: Array) -> Person | None:
        """uint8 (H, W, 3) -> the person that is followed, or the surest one."""
        region = self._next or self._detector.look(rgb)
        answer = None
        if region is not None:
            picture = region.cut(rgb, landmarks.SIDE, extends=True).astype(np.float32) / 255
            answer = landmarks.read(self._run(picture.transpose(2, 0, 1)[None]))
        if region is None or answer is None:
            self.forget()
            return None
        places = region.to_picture(answer.places)
        if self._follows:
            self._next = self._where_next(places[[landmarks.CENTRE, landmarks.RIM]])
        n = landmarks.N_LANDMARKS
        marks = np.column_stack([places[:n], answer.seen[:n]])
        return Person(marks, answer.mask, region, rgb.shape)

    def forget(self) -> None:
        """The next picture has nothing to do with the last one."""
        self._next = None
        self._steady.forget()

    def _where_next(self, points: Array) -> Region | None:
        size = 2 * float(np.linalg.norm(points[1] - points[0]))
        region = around(*self._steady.next(points, size))
        return region if region.is_sound() else None
