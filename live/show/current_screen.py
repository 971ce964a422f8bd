"""Who is on the stage screen, and at which quality: exchanged in the background, never black."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from live.core.loader import SETTLE_S, Loader
from live.core.settings import Settings
from live.picture.picture_file import PictureFileError
from live.picture.screen import Screen, Shown, dressed, open_screen
from live.picture.skeleton_painter import SkeletonPainter
from live.show.adaptive_quality import Quality, levels
from live.show.crossfade import MOST_SHARE, Crossfade
from live.show.wishes import Wish, Wishes
from models.bundle import BundleError
from models.runtime.engines import EngineError
from models.types import Array

RESTS_S = 0.04  # a fader that sends 30 times a second and more does not rest


class Opened(NamedTuple):
    """What `Wishes` ask for."""

    now: Screen
    then: Screen | None  # None = the same


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
        # The performer's wish is not lost to that of the quality. Taken before the other one.
        self._wishing = threading.Lock()
        first = Wish(settings.target, 0, settings.background, settings.shadow, settings.scale,
                     settings.x, settings.y, settings.dancers, settings.others,
                     settings.places, settings.fit)  # fmt: skip
        self._shown = first
        self._putting = threading.Lock()  # one screen at a time, and those that are held
        self._wishes = Wishes(first, first)  # the newest
        self._ready: tuple[Wish, Screen] | None = None  # loaded, and waiting to be shown
        self._opening = first  # the one of the wishes that is being loaded
        self._loader = Loader(
            "load", self._open, self._show, self._stay, self._drop, self._wishes, self._settle
        )

    @property
    def is_best(self) -> bool:
        """Whether the picture is all that was asked for."""
        return self._quality.is_best

    @property
    def wanted(self) -> Wish:
        """What is on the screen, or will be."""
        return self._wishes.then

    def change(self, hold: bool = False, **fields: Any) -> None:
        """Other fields of `Wish`, once they are loaded; others, or more of them, at their best.

        With `hold` they are loaded at once and shown after `release`; the rest goes on meanwhile.
        """
        with self._wishing:
            self._wish(self._wishes.changed(fields, hold))

    def place(self, places: Callable[[str], str], hold: bool = False) -> None:
        """Other places, from those that are there (see `Wishes`); with `hold` as in `change`."""
        with self._wishing:
            self._wish(self._wishes.placed(places, hold))

    def release(self, *names: str) -> None:
        """What was held of these fields may come: now, or as soon as it is loaded. () = all."""
        with self._wishing:
            wishes = self._wishes.released(names)
            with self._putting:
                ready = self._ready
                if ready is not None and ready[0] == wishes.now:
                    self._wishes, self._ready = wishes, None
                    self._put_on(*ready)
            self._wish(wishes)

    def _wish(self, wishes: Wishes) -> None:
        """By who has `_wishing`. What failed a moment ago is not wished for."""
        with self._putting:
            self._wishes = wishes
        if not self._loader.wish(wishes) and (wanted := self._loader.wanted) is not None:
            with self._putting:
                self._wishes = wanted

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
            self._ready[1].close(but=[self.screen])
        self.screen.close()

    def _begin_at_best(self) -> None:
        self._best = self.screen.painter.size
        self._quality = Quality(
            levels([self._best, *self.screen.smaller], self._settings.fps, self.screen.n > 1)
        )
        self._pace(self._settings.fps)

    def _resize(self, size: int) -> None:
        """The same person at another size, unless somebody else will come on stage."""
        size = 0 if size == self._best else size
        with self._wishing:
            now, then = self._wishes
            if now.target != self.screen.target:
                return
            is_same = (then.company, then.output) == (now.company, now.output)
            self._wish(
                Wishes(now._replace(size=size), then._replace(size=size) if is_same else then)
            )

    def _settle(self, wishes: Wishes) -> float:
        """s that a wish has to stand; what needs no load comes as soon as a fader rests."""
        ready = self._ready
        there = [(one.painter, one.others) for one in (self._shown, *(ready[:1] if ready else ()))]
        is_there = all((wish.painter, wish.others) in there for wish in wishes)
        return RESTS_S if is_there else SETTLE_S

    def _let_go(self, screen: Screen) -> None:
        """It is no longer shown; what it shares with those that are seen, or will be, stays."""
        ready, leaving = self._ready, self.crossfade.leaving
        screen.close(
            but=[self.screen, *([ready[1]] if ready else ()), *([leaving] if leaving else ())]
        )

    # the loader's thread

    def _open(self, wishes: Wishes) -> Opened:
        """What is there already is not loaded again."""
        shown, ready = (self._shown, self.screen), self._ready
        around = [*([ready] if ready else ()), shown]
        now = shown[1] if wishes.now == shown[0] else self._opened(wishes.now, around)
        if wishes.then == wishes.now:
            return Opened(now, None)
        if ready is not None and ready[0] == wishes.then:
            return Opened(now, ready[1])
        around.insert(-1, (wishes.now, now))
        try:
            return Opened(now, self._opened(wishes.then, around))
        except Exception:
            self._let_go(now)
            raise

    def _opened(self, wish: Wish, around: Sequence[tuple[Wish, Screen]]) -> Screen:
        """A screen, by the painters of those around where they are the same."""
        self._opening = wish
        asked = replace(
            self._settings, background=wish.background, shadow=wish.shadow, scale=wish.scale,
            x=wish.x, y=wish.y, dancers=wish.dancers, others=wish.others, places=wish.places,
            fit=wish.fit,
        )  # fmt: skip
        for there, screen in around:
            # A skeleton is drawn for what is behind it.
            is_drawn = isinstance(screen.painter, SkeletonPainter)
            if wish.painter == there.painter and not is_drawn:
                return dressed(screen, asked, self._tell)
        output = wish.output if all(wish.output) else self._output
        loaded = self.screen.loaded
        return open_screen(asked, wish.target, output, self._tell, wish.size, loaded)

    def _show(self, wishes: Wishes, opened: Opened) -> None:
        with self._putting:
            if wishes != self._wishes:  # another one is on its way to the loader
                self._drop(opened)
                return
            replaced = self._ready
            self._ready = None if opened.then is None else (wishes.then, opened.then)
            if opened.now is not self.screen:
                self._put_on(wishes.now, opened.now)
            if replaced is not None and replaced[1] is not opened.then:
                self._let_go(replaced[1])

    def _drop(self, opened: Opened) -> None:
        """What was loaded and is not wished for any more."""
        for screen in opened:
            if screen is not None:
                self._let_go(screen)

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

    def _stay(self, wishes: Wishes, error: Exception) -> None:
        """The fault is told, and the rest of the wish comes without it."""
        self._tell_of(self._opening, error)
        with self._wishing:
            self._wish(self._wishes.without(self._opening, self._shown, error))

    def _tell_of(self, wish: Wish, error: Exception) -> None:
        if isinstance(error, BundleError | EngineError | PictureFileError):
            self._tell(str(error))
        else:
            self._tell(f"{wish.target} cannot be shown ({error}): {self.screen.target} stays.")
