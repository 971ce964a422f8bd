"""Small pictures of the persons for the control window, painted by a program beside the show."""

import subprocess
import time
from pathlib import Path

from live.picture.thumbnails import kept
from models.program import HIDDEN, environment, interpreter

LOOK_S = 2.0  # between two looks for one that is not there


class Thumbnails:
    """`file` for the window's thread; `close` ends what still paints."""

    def __init__(self) -> None:
        self._found: dict[str, Path] = {}
        self._looked_at: dict[str, float] = {}  # host time
        self._program: subprocess.Popen[bytes] | None = None

    def file(self, name: str) -> Path | None:
        """The picture of a person; None while it is being painted."""
        if name not in self._found:
            now = time.perf_counter()
            if now - self._looked_at.get(name, -LOOK_S) < LOOK_S:
                return None
            self._looked_at[name] = now
            file = kept(name)
            if file is None:
                self._paint()
                return None
            self._found[name] = file
        return self._found[name]

    def close(self) -> None:
        """No more painting."""
        if self._program is not None:
            self._program.kill()
            self._program.wait()

    def _paint(self) -> None:
        """Once a show: what cannot be painted is not tried on and on."""
        if self._program is None:
            self._program = subprocess.Popen(
                [interpreter(), "-P", "-m", "live.thumbnails"],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                creationflags=HIDDEN,
            )
