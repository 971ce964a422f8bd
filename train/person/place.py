"""The empty place of one video, found in some of its frames and kept."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from models.files import write_whole
from models.types import Array
from train.person import camera
from train.person.data import TargetDataError
from train.person.outline import Outline
from train.person.plate import find_plate, noise_of

_LOOKS = 120  # frames
_PERSON = 0.25  # of a mask: more is taken for the person
_AROUND = 1 / 64  # of the side: the soft edge of a mask, and what moved

SomeFrames = Callable[[Array], Array]
"""Rising row numbers (n,) -> frames uint8 (n, S, S, 3)."""
SomeMask = Callable[[int, Array], Array | None]
"""Row and frame -> where the person is, 0..1 (any size), or None if only the joints tell."""


@dataclass(frozen=True)
class Place:
    """Where a person was filmed."""

    picture: Array  # uint8 (S, S, 3), nobody in it
    noise: float  # grey levels by which its pixels tremble

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.picture.tobytes()).hexdigest()


def find_place(
    outline: Outline,
    rows: Array,
    frames: SomeFrames,
    mask: SomeMask,
    background: Array | None = None,
) -> Place:
    """From some of the frames `rows`, and a picture of the empty place if there is one.

    Masks are asked for in the order of their frames. Raises TargetDataError where the camera moves
    or the picture shows another place.
    """
    rows = np.unique(rows[np.linspace(0, len(rows) - 1, _LOOKS).astype(int)])
    some = frames(rows)
    size = some.shape[1]
    shadows = np.stack([outline.shadow(int(row), size) for row in rows])
    people = shadows | np.stack([outline.person(int(row), size) for row in rows])
    moved = camera.movement(some, people)
    if moved is not None and moved > camera.MOVED:
        raise TargetDataError(
            f"The camera moves (by {moved:.1%} of the picture): film from a tripod, or cut the "
            "video to a part in which it stands still."
        )
    for number, (row, rgb) in enumerate(zip(rows, some, strict=True)):
        seen = mask(int(row), rgb)
        if seen is not None:
            people[number] = _grown(seen, size) | shadows[number]
    return Place(find_plate(some, people, background), noise_of(some, people))


def _grown(mask: Array, size: int) -> Array:
    """Where the person of a mask may be, bool (size, size)."""
    import cv2

    whole = cv2.resize(mask, (size, size), interpolation=cv2.INTER_LINEAR) > _PERSON
    side = 2 * max(1, round(_AROUND * size)) + 1
    return cv2.dilate(whole.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def kept_place(into: Path, find: Callable[[], Place]) -> Place:
    """What was kept in `into`, else what is found and kept there."""
    if not into.exists():
        place = find()
        with write_whole(into) as part, part.open("wb") as file:
            np.savez(file, picture=place.picture, noise=place.noise)
    with np.load(into) as kept:
        return Place(kept["picture"], float(kept["noise"]))
