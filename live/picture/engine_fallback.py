"""The engine of a show handed on: the best that works paints, and a failing one gives way."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from live.core.loader import Loader
from live.core.worker import first_line
from models.runtime.engines import Engine, EngineError
from models.runtime.painter import Picture
from models.types import Array

log = logging.getLogger(__name__)

_ONE_BUILD = threading.Lock()  # a card builds one engine at a time, whoever is on stage
BUILDING = "{name} is being built for this card, once, for some minutes; {now} paints meanwhile"


class EnginePainter(Protocol):
    """What paints one person on one engine."""

    engine: Engine
    plate: Array  # uint8 (size, size, 3), the empty place

    def paint(self, joints: Array, /) -> Picture:
        """Joints 0..1 of the picture (18, 2)."""
        ...


class EngineFallback:
    """Paints on one engine after the other; `paint` is for one thread."""

    def __init__(
        self,
        open_painter: Callable[[str], EnginePainter],
        asked: Sequence[str],
        reserve: Sequence[str],
        must_build: Callable[[str], bool],
        tell: Callable[[str], None],
    ) -> None:
        """`asked` engines by name, best first, and the `reserve` for when they fail in the show.

        What takes minutes to build is built beside the show, once something else paints. Raises
        EngineError when none of those asked starts.
        """
        self._open, self._tell = open_painter, tell
        self._order = [*asked, *reserve]
        later = [name for name in asked if must_build(name)]
        now = [name for name in asked if name not in later] or list(reserve) or later
        self.painter = self._first(now)
        better = [name for name in later if self._is_better(name)]
        self._is_closed = False
        self._builder: Loader[str, EnginePainter] | None = None
        if better:
            self._tell(BUILDING.format(name=better[0], now=self.painter.engine))
            self._builder = Loader("build", self._build, self._take_over, self._go_on)
            self._builder.wish(better[0])

    def close(self) -> None:
        """What is being built is not taken any more; that is not waited for: it takes minutes."""
        self._is_closed = True
        if self._builder is not None:
            self._builder.close(timeout=0.0)

    def paint(self, joints: Array) -> Picture:
        """Joints 0..1 of the picture (18, 2). Raises EngineError when no engine is left."""
        while True:
            painter = self.painter
            try:
                return painter.paint(joints)
            except Exception as error:  # whatever a driver throws: the show goes on
                log.info("%s failed", painter.engine, exc_info=error)
                self._hand_on(painter, error)

    def _first(self, names: Sequence[str]) -> EnginePainter:
        for name in names:
            try:
                return self._open(name)
            except EngineError:
                if name == names[-1]:
                    raise
        raise EngineError("There is no engine to paint with.")

    def _is_better(self, name: str) -> bool:
        return self._order.index(name) < self._order.index(self.painter.engine.name)

    def _hand_on(self, failed: EnginePainter, error: Exception) -> None:
        name = failed.engine.name
        behind = self._order[self._order.index(name) + 1 :]
        if not behind:
            raise EngineError(
                f"{name} failed ({first_line(error)}) and no other engine is left"
            ) from error
        self.painter = self._first(behind)
        self._tell(
            f"{name} failed ({first_line(error)}): {self.painter.engine} paints from here on"
        )

    def _build(self, name: str) -> EnginePainter:
        with _ONE_BUILD:
            if self._is_closed:
                raise EngineError("Nobody is painted any more.")
            return self._open(name)

    def _take_over(self, name: str, better: EnginePainter) -> None:
        if self._is_better(name):  # the show may have been handed on meanwhile
            self.painter = better
            self._tell(f"{name} is built and paints from here on")

    def _go_on(self, name: str, error: Exception) -> None:
        """What is not built does not stop the show."""
        self._tell(
            f"{name} could not be built ({first_line(error)}): {self.painter.engine} goes on"
        )
