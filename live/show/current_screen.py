"""Who is on the stage screen, and at which quality: exchanged in the background, never black."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from live.core.loader import SETTLE_S, Loader
from live.core.row import names_of
from live.core.settings import SAME, Settings
from live.picture.background import OWN
from live.picture.picture_file import PictureFileError
from live.picture.screen import Screen, Shown, dressed, open_screen
from live.picture.skeleton_painter import SkeletonPainter
from live.show.adaptive_quality import Quality, levels
from live.show.crossfade import MOST_SHARE, Crossfade
from models.bundle import BundleError
from models.runtime.engines import EngineError
from models.types import Array

RESTS_S = 0.04  # a fader that sends 30 times a second and more does not rest


class Wish(NamedTuple):
    """What shall be on the screen."""

    target: str  # by name or path
    size: int = 0  # px of the picture; 0 = their best
    background: str = OWN
    shadow: bool = True
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0
    dancers: int = 1
    others: str = SAME
    places: str = ""
    fit: str = "contain"
    output: tuple[int, int] = (0, 0)  # px of the stage screen; (0, 0) = as the show began

    @property
    def painter(self) -> tuple[str, int, tuple[int, int]]:
        """What has to be loaded for the first; the rest is put around it."""
        return self.target, self.size, self.output

    @property
    def company(self) -> tuple[object, ...]:
        """Who is seen, of all that may be wished for."""
        return self.target, self.dancers, *names_of(self.others)


class CurrentScreen:
    """The screen of now; what cannot be loaded is told, and the one of now stays.

    `pace` is told the frame rate whenever it changes; `tell` is for the performer. The first
    target is loaded at once: raises BundleError, EngineError or PictureFileError.
    """

    def __init__(
        self, settings: Settings, tell: Callable[[str], None], pace: Callable[[float], None]
    ) -> None:
        self._settings, self._tell, self._pace = settings, tell, pace
        self.tell_pace = tell  # of a machine that is too busy
        self.changes: list[tuple[float, ...]] = []  # media time, px, frames a second; turns
        self.screen = open_screen(settings, settings.target, tell=tell)
        self._output = self.screen.placement.output
        self.crossfade = Crossfade(self._let_go)
        self.crossfade.seconds = settings.fade
        self._begin_at_best()
        self._wishing = threading.Lock()  # the performer's wish is not lost to that of the quality
        first = Wish(settings.target, 0, settings.background, settings.shadow, settings.scale,
                     settings.x, settings.y, settings.dancers, settings.others,
                     settings.places, settings.fit)  # fmt: skip
        self._shown = first
        self._putting = threading.Lock()  # one screen at a time, and those that are held
        self._is_held = False
        self._ready: tuple[Wish, Screen] | None = None  # loaded, and waiting to be shown
        self._loader = Loader(
            "load", self._open, self._show, self._stay, self._let_go, first, self._settle
        )

    @property
    def is_best(self) -> bool:
        """Whether the picture is all that was asked for."""
        return self._quality.is_best

    @property
    def wanted(self) -> Wish:
        """What is on the screen, or will be."""
        return self._loader.wanted or self._shown

    def change(self, hold: bool = False, **fields: Any) -> None:
        """Other fields of `Wish`, once they are loaded; others, or more of them, at their best.

        With `hold` they are loaded at once and shown after `release`.
        """
        if hold:
            with self._putting:
                self._is_held = True
        with self._wishing:
            wanted = self.wanted
            wish = wanted._replace(**fields)
            now, then = (wanted.company, wanted.output), (wish.company, wish.output)
            self._loader.wish(wish if now == then else wish._replace(size=0))

    def release(self) -> None:
        """What was held may come: now, or as soon as it is loaded."""
        with self._putting:
            self._is_held, ready, self._ready = False, self._ready, None
            if ready is not None:
                self._put_on(*ready)

    @property
    def n_dancers(self) -> int:
        """How many poses `picture` needs: for the screen of now and the one that leaves."""
        return max(self.screen.n, self.crossfade.n_leaving)

    def picture(self, poses: Array, media_time: float) -> tuple[Shown, Array]:
        """As `Screen.picture`, with what is left of the screen before it. The paint thread."""
        screen, until = self.screen, time.perf_counter() + MOST_SHARE / self._settings.fps
        placed = screen.place(poses)
        pictures = screen.paint(placed, self._quality.level.turns)
        shown = self.crossfade.over(screen, pictures, poses, media_time, until)
        return shown, self.at(screen, media_time).on_stage(placed)[0]

    def at(self, screen: Screen, media_time: float) -> Screen:
        """A screen as the beat moves it at a media time; any thread."""
        return self.crossfade.moved(screen, media_time)

    def watch(self, now: float, media_time: float, took: float, lost: int) -> None:
        """A frame was painted at host time `now`, media time `media_time`: see `Quality.frame`."""
        if not self._settings.adapt or not self._quality.frame(now, took, lost):
            return
        level = self._quality.level
        self._pace(level.fps)
        turns = (level.turns,) if self.screen.n > 1 else ()
        self.changes.append((round(media_time, 1), level.size, level.fps, *turns))
        self._resize(level.size)
        given = f"aims at {level.fps:.0f} pictures/s of {level.size} px"
        if level.turns > 1:
            given += f", for the others at {level.fps / level.turns:.0f}"
        self.tell_pace(given if self._quality.is_best else f"machine busy: {given}")

    def close(self) -> None:
        """No more changes; returns when nothing is being loaded any more."""
        self._loader.close()
        self.crossfade.close()
        if self._ready is not None:
            self._let_go(self._ready[1])
        self.screen.close()

    def _begin_at_best(self) -> None:
        self._best = self.screen.painter.size
        self._quality = Quality(
            levels([self._best, *self.screen.smaller], self._settings.fps, self.screen.n > 1)
        )
        self._pace(self._settings.fps)

    def _resize(self, size: int) -> None:
        """The same person at another size, unless somebody else will come on stage."""
        with self._wishing:
            if self.wanted.target == self.screen.target:
                self._loader.wish(self.wanted._replace(size=0 if size == self._best else size))

    def _settle(self, wish: Wish) -> float:
        """s that a wish has to stand; what needs no load comes as soon as a fader rests."""
        shown = self._shown
        is_there = (wish.painter, wish.others) == (shown.painter, shown.others)
        return RESTS_S if is_there else SETTLE_S

    def _let_go(self, screen: Screen) -> None:
        """It is no longer shown; what it shares with the one of now stays."""
        screen.close(but=self.screen)

    # the loader's thread

    def _open(self, wish: Wish) -> Screen:
        asked = replace(
            self._settings, background=wish.background, shadow=wish.shadow, scale=wish.scale,
            x=wish.x, y=wish.y, dancers=wish.dancers, others=wish.others, places=wish.places,
            fit=wish.fit,
        )  # fmt: skip
        shown = (self._shown, self.screen)
        for there, screen in (self._ready or shown, shown):
            # A skeleton is drawn for what is behind it.
            is_drawn = isinstance(screen.painter, SkeletonPainter)
            if wish.painter == there.painter and not is_drawn:
                return dressed(screen, asked, self._tell)
        output = wish.output if all(wish.output) else self._output
        loaded = self.screen.loaded
        return open_screen(asked, wish.target, output, self._tell, wish.size, loaded)

    def _show(self, wish: Wish, screen: Screen) -> None:
        with self._putting:
            replaced, self._ready = self._ready, None
            if replaced is not None and replaced[1].painter is not screen.painter:
                self._let_go(replaced[1])
            if self._is_held:
                self._ready = (wish, screen)
            else:
                self._put_on(wish, screen)

    def _put_on(self, wish: Wish, screen: Screen) -> None:
        """On the stage with the next frame."""
        old, before = self.screen, self._shown
        is_same = wish.company == before.company
        if not is_same or wish.background != before.background:
            self.crossfade.leave(old)
            self.screen, self._shown = screen, wish
        else:
            self.screen, self._shown = screen, wish
            self._let_go(old)
        if not is_same or wish.output != before.output:
            self._begin_at_best()

    def _stay(self, wish: Wish, error: Exception) -> None:
        if isinstance(error, BundleError | EngineError | PictureFileError):
            self._tell(str(error))
        else:
            self._tell(f"{wish.target} cannot be shown ({error}): {self.screen.target} stays.")
