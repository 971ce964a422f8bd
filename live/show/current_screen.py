"""Who is on the stage screen, and at which quality: exchanged in the background, never black."""

import threading
from collections.abc import Callable

from live.core.settings import Settings
from live.picture.picture_file import PictureFileError
from live.picture.screen import Screen, open_screen
from live.show.adaptive_quality import Level, Quality, levels
from models.bundle import BundleError
from models.runtime.engines import EngineError


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
        self._show(open_screen(settings, settings.target, tell=tell))

    @property
    def is_best(self) -> bool:
        """Whether the picture is all that was asked for."""
        return self._quality.is_best

    def switch(self, target: str) -> None:
        """Another target once it is loaded, on the same stage and at its best."""

        def load() -> None:
            new = self._open(target)
            if new is not None:
                self._show(new)

        threading.Thread(target=load, name="switch", daemon=True).start()

    def watch(self, now: float, media_time: float, took: float, lost: int) -> None:
        """A frame was painted at host time `now`, media time `media_time`: see `Quality.frame`."""
        if not self._settings.adapt or not self._quality.frame(now, took, lost):
            return
        level = self._quality.level
        self._pace(level.fps)
        self.changes.append((round(media_time, 1), level.size, level.fps))
        if level.size != self.screen.painter.size:
            threading.Thread(target=self._resize, args=(level,), name="resize", daemon=True).start()
        given = f"{level.fps:.0f} pictures/s at {level.size} px"
        self._tell(given if self._quality.is_best else f"machine busy: {given}")

    def _show(self, screen: Screen) -> None:
        sizes = [screen.painter.size, *screen.smaller]
        self.screen = screen
        self._quality = Quality(levels(sizes, self._settings.fps))
        self._pace(self._settings.fps)

    def _resize(self, level: Level) -> None:
        """The same person at another size."""
        old = self.screen
        new = self._open(old.target, level.size)
        if new is not None and self.screen is old:  # nobody else has come on stage meanwhile
            self.screen = new

    def _open(self, target: str, size: int = 0) -> Screen | None:
        output = self.screen.placement.output
        try:
            return open_screen(self._settings, target, output, self._tell, size)
        except (BundleError, EngineError, PictureFileError) as error:
            self._tell(str(error))
            return None
