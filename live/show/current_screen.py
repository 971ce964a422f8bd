"""Who is on the stage screen, and at which quality: exchanged in the background, never black."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from live.core.loader import Loader
from live.core.settings import Settings
from live.picture.picture_file import PictureFileError
from live.picture.screen import Screen, open_screen
from live.show.adaptive_quality import Quality, levels
from models.bundle import BundleError
from models.runtime.engines import EngineError


class Wish(NamedTuple):
    """Who shall be on the screen."""

    target: str  # by name or path
    size: int = 0  # px of the picture; 0 = their best


class CurrentScreen:
    """The screen of now; what cannot be loaded is told, and the one of now stays.

    `pace` is told the frame rate whenever it changes; `tell` is for the performer. The first
    target is loaded at once: raises BundleError, EngineError or PictureFileError.
    """

    def __init__(
        self, settings: Settings, tell: Callable[[str], None], pace: Callable[[float], None]
    ) -> None:
        self._settings, self._tell, self._pace = settings, tell, pace
        self.changes: list[tuple[float, int, float]] = []  # media time, px, frames a second
        self.screen = open_screen(settings, settings.target, tell=tell)
        self._begin_at_best()
        self._wishing = threading.Lock()  # the performer's wish is not lost to that of the quality
        self._loader = Loader(
            "load", self._open, self._show, self._stay, Screen.close, Wish(settings.target)
        )

    @property
    def is_best(self) -> bool:
        """Whether the picture is all that was asked for."""
        return self._quality.is_best

    def switch(self, target: str) -> None:
        """Another target once it is loaded, on the same stage and at its best."""
        with self._wishing:
            wanted = self._loader.wanted
            if wanted is None or wanted.target != target:
                self._loader.wish(Wish(target))

    def watch(self, now: float, media_time: float, took: float, lost: int) -> None:
        """A frame was painted at host time `now`, media time `media_time`: see `Quality.frame`."""
        if not self._settings.adapt or not self._quality.frame(now, took, lost):
            return
        level = self._quality.level
        self._pace(level.fps)
        self.changes.append((round(media_time, 1), level.size, level.fps))
        self._resize(level.size)
        given = f"{level.fps:.0f} pictures/s at {level.size} px"
        self._tell(given if self._quality.is_best else f"machine busy: {given}")

    def close(self) -> None:
        """No more changes; returns when nothing is being loaded any more."""
        self._loader.close()
        self.screen.close()

    def _begin_at_best(self) -> None:
        self._best = self.screen.painter.size
        self._quality = Quality(levels([self._best, *self.screen.smaller], self._settings.fps))
        self._pace(self._settings.fps)

    def _resize(self, size: int) -> None:
        """The same person at another size, unless somebody else will come on stage."""
        with self._wishing:
            wanted, target = self._loader.wanted, self.screen.target
            if wanted is not None and wanted.target == target:
                self._loader.wish(Wish(target, 0 if size == self._best else size))

    # the loader's thread

    def _open(self, wish: Wish) -> Screen:
        output = self.screen.placement.output
        return open_screen(self._settings, wish.target, output, self._tell, wish.size)

    def _show(self, wish: Wish, screen: Screen) -> None:
        old, self.screen = self.screen, screen
        old.close()
        if old.target != screen.target:
            self._begin_at_best()

    def _stay(self, wish: Wish, error: Exception) -> None:
        if isinstance(error, BundleError | EngineError | PictureFileError):
            self._tell(str(error))
        else:
            self._tell(f"{wish.target} cannot be shown ({error}): {self.screen.target} stays.")
