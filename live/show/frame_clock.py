"""When frames are painted and published: each due at its media time, early rather than late.

The paint thread. What cannot be ready nearly in time is skipped and counted; nothing waits for it.
"""

import math
import threading
import time
from collections.abc import Callable

from live.core.delay import Delay
from live.core.exact_sleep import sleep_until
from live.core.media_clock import MediaClock
from live.core.media_time import MediaTime
from live.core.messages import Frame
from live.core.settings import Settings
from live.core.stats import Stats
from models.types import Array

MARGIN_S = 0.003
MAX_AHEAD_S = 0.085  # earlier, the poses of the frame would not be predicted yet
# What the hand does after a frame is begun is seen with the next one, so a painter begins as late
# as all but a few frames allow. Shares of a slot: never later than the first, so that those who
# take frames early have time; nor earlier than the second, when the frame before is out.
LATEST_SHARE, SLOT_SHARE = 0.6, 0.97
SWINGS = 5.0  # of what a frame takes more than usual, on average: 2 deviations of even noise


class Pace:
    """Fed with the seconds that each frame took; `slot` is the time from frame to frame."""

    def __init__(self, slot: float) -> None:
        self.slot = slot
        self.usual, self.swing = slot / 2, slot / 10  # s, running means: a frame, and beyond that

    def took(self, seconds: float) -> None:
        # One hiccup counts as twice the usual, so that it does not change what is expected.
        more = min(seconds, 2 * self.usual) - self.usual
        self.swing += 0.1 * (max(0.0, more) - self.swing)
        self.usual += 0.1 * more

    @property
    def ahead(self) -> float:
        """Seconds before its due time at which a frame is begun."""
        usual = self.usual + MARGIN_S
        sure = min(usual + SWINGS * self.swing, SLOT_SHARE * self.slot)
        return min(MAX_AHEAD_S, max(LATEST_SHARE * self.slot, sure, usual))


class FrameClock:
    """Paints until `is_over(media time)` or until `ending` is set; can be run again if it broke.

    `paint(media time, host time due)` gives the Frame and where its joints are, (18, 2), 0..1 of
    the stage screen; `publish` takes both when the frame is due. `watch` is told of every frame:
    host time, seconds it took, frames lost before it.
    """

    def __init__(
        self,
        settings: Settings,
        clock: MediaClock,
        stats: Stats,
        paint: Callable[[float, float], tuple[Frame, Array]],
        publish: Callable[[Frame, Array], None],
        is_over: Callable[[float], bool],
        watch: Callable[[float, float, int], None] = lambda *_: None,
        delay: Delay | None = None,
    ) -> None:
        """`delay` None = that of the settings, for good."""
        self.fps = settings.fps
        self._delay = delay or Delay(settings.delay_ms / 1e3)
        self._watch = watch
        self._clock, self._time, self._stats = clock, MediaTime(clock), stats
        self._paint, self._publish, self._is_over = paint, publish, is_over
        self._number = 0  # of the next frame, at `_paced` frames a second
        self._paced = self.fps

    def set_fps(self, fps: float) -> None:
        """Frames a second from the next one on; any thread."""
        self.fps = fps

    def run(self, ending: threading.Event) -> None:
        stats = self._stats
        pace = Pace(1 / self._paced)
        while not ending.is_set():
            if self.fps != self._paced:
                self._number = math.ceil(self._number / self._paced * self.fps - 1e-6)
                self._paced = self.fps
                pace = Pace(1 / self._paced)
            # The first frame that can still be nearly in time; those before it are lost.
            heard = self._time.now()
            delay = self._delay.at(time.perf_counter())
            ready = heard + pace.usual - delay
            soonest = math.ceil((ready - pace.slot / 2) * self._paced)
            lost = max(0, soonest - self._number) if stats.frames else 0
            stats.frames_late += lost
            self._number = soonest if self._time.went_back else max(self._number, soonest)
            media_time = self._number / self._paced
            if self._is_over(media_time):
                ending.set()
                return
            due = self._clock.host(media_time) + delay
            if stats.frames:
                sleep_until(due - pace.ahead, ending)
            began = time.perf_counter()
            frame, placed = self._paint(media_time, due)
            took = frame.painted_at - began
            pace.took(took)
            stats.renderer_ms.add(took * 1e3)
            stats.lead_ms.add((due - frame.painted_at) * 1e3)
            self._watch(frame.painted_at, took, lost)
            sleep_until(due, ending)
            self._publish(frame, placed)
            self._number += 1
