"""How far a film is rendered: a bar in a terminal, else a line now and then. One thread."""

import sys
import time
from typing import NoReturn

from tqdm import tqdm

LINE_S = 10.0  # between two lines where there is no terminal
MINUTE_S = 60


class Progress:
    """`update` after each frame; what nobody could read in a log is not written there."""

    def __init__(self, n_frames: int | None, fps: float) -> None:
        """`n_frames` of `fps` a second, None while nobody knows how many there will be."""
        self._n_frames, self._fps = n_frames, fps
        self._began = self._told_at = time.perf_counter()
        self._n = 0
        # disable=None: no bar where there is no terminal.
        self._bar: tqdm[NoReturn] = tqdm(
            total=n_frames, unit="frame", desc="rendering", dynamic_ncols=True, disable=None
        )

    def update(self) -> None:
        """One frame more."""
        self._n += 1
        self._bar.update()
        now = time.perf_counter()
        if self._bar.disable and now - self._told_at >= LINE_S:
            self._told_at = now
            self._tell(now, bool(self._n_frames))

    def close(self) -> None:
        """No frame comes any more: who was told how far it is hears that it is done."""
        if self._bar.disable and self._told_at != self._began:
            self._tell(time.perf_counter(), False)
        self._bar.close()

    def _tell(self, now: float, is_going_on: bool) -> None:
        print(f"dancelive: {self._in_words(now, is_going_on)}", file=sys.stderr, flush=True)

    def _in_words(self, now: float, is_going_on: bool) -> str:
        done = self._n / self._fps
        passed = now - self._began
        text = f"rendered {_minutes(done)}"
        if self._n_frames and is_going_on:
            left = passed * (self._n_frames - self._n) / self._n
            text += f" of {_minutes(self._n_frames / self._fps)}, {_minutes(left)} to go"
        return f"{text} ({done / passed:.2g} times as fast as it plays)"


def _minutes(seconds: float) -> str:
    """Such as 3:07."""
    minutes, rest = divmod(round(max(0.0, seconds)), MINUTE_S)
    return f"{minutes}:{rest:02}"
