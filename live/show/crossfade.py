"""One stage screen dissolves into the next. Who leaves dances on where there is time for it."""

import threading
import time
from collections.abc import Callable, Sequence

from live.picture.screen import Screen, Shown
from models.runtime.painter import Picture
from models.types import Array

Moved = Callable[[Screen, float], Screen]  # as it is at a media time
MOST_SHARE = 0.7  # of the time between two frames that both may take; else who leaves stands still


class Crossfade:
    """`leave` is for any thread, the rest for the one that paints."""

    def __init__(self, let_go: Callable[[Screen], None]) -> None:
        """`let_go` takes a screen that is no longer seen."""
        self.seconds = 0.0  # how long it takes
        self.moved: Moved = lambda screen, _: screen  # by the beat
        self._let_go = let_go
        self._lock = threading.Lock()
        self._old: Screen | None = None
        self._is_moving = False  # who leaves is painted still
        self._still: Array | None = None  # else this is seen of them
        self._began: float | None = None  # media time; None = with the next frame
        self._last: Array | None = None  # what was shown

    @property
    def n_leaving(self) -> int:
        """Dancers of the screen that is left."""
        old = self._old
        return old.n if old is not None else 0

    @property
    def leaving(self) -> Screen | None:
        """The screen that is left; any thread."""
        return self._old

    def leave(self, old: Screen) -> None:
        """This is on the screen, and another will be from the next frame on."""
        with self._lock:
            before, self._old = self._old, old
            # In the middle of another one the mixture is what leaves.
            self._is_moving, self._still = before is None, self._last
            self._began = None
        if before is not None:
            self._let_go(before)

    def over(
        self,
        screen: Screen,
        pictures: Sequence[Picture],
        poses: Array,
        media_time: float,
        until: float,
    ) -> Shown:
        """What was painted on the screen of now, with what is left of the one before.

        `until`: host time by which who leaves is to be painted, else they stand still from then on.
        """
        shown = self.moved(screen, media_time).around(pictures)
        with self._lock:
            old, still = self._old, self._still
            if old is None or old is screen:  # the next one is not there yet
                self._last = shown.image
                return shown
            self._began = media_time if self._began is None else self._began
            share = (media_time - self._began) / self.seconds if self.seconds > 0 else 1.0
            is_over = not 0 <= share < 1
            if is_over:
                self._old = self._still = None
        if is_over:
            self._let_go(old)
        else:
            if self._is_moving:
                still = self._painted(old, screen, pictures, poses, media_time, until)
            shown = _mixed(shown, still, share)
        self._last = shown.image
        return shown

    def close(self) -> None:
        """Nothing leaves any more."""
        with self._lock:
            old, self._old = self._old, None
        if old is not None:
            self._let_go(old)

    def _painted(
        self,
        old: Screen,
        screen: Screen,
        pictures: Sequence[Picture],
        poses: Array,
        media_time: float,
        until: float,
    ) -> Array:
        """Who leaves, in the pose of now."""
        moved = self.moved(old, media_time)
        shown = moved.around(pictures) if _is_part(old, screen) else moved.picture(poses)[0]
        with self._lock:
            if self._old is old:
                self._still = shown.image
                self._is_moving = time.perf_counter() <= until
        return shown.image


def _is_part(old: Screen, screen: Screen) -> bool:
    """Whether what is painted for one screen is all that another needs."""
    pairs = zip(old.members, screen.members, strict=False)
    return old.n <= screen.n and all(one.painter is other.painter for one, other in pairs)


def _mixed(shown: Shown, still: Array | None, share: float) -> Shown:
    import cv2  # a show without fades or puppets does without

    if still is None or still.shape != shown.image.shape:
        return shown
    return Shown(cv2.addWeighted(shown.image, share, still, 1 - share, 0.0), shown.cutout)
