"""When OSC leaves: poses at a steady rate, the events of the beat on the beat. OSC thread.

What leaves is due at a media time; host time comes from the show's clock, and `--delay-ms` moves
it together with the picture.
"""

import math
import threading
import time
from collections.abc import Callable

from live.core.media_clock import MediaClock
from live.core.media_time import MediaTime
from live.core.messages import Beat, Meters
from live.core.settings import Settings
from live.core.stats import Stats
from live.dance.beat_events import BeatEvent, BeatEvents
from live.osc.sender import OscSender
from models.types import Array

LOOK_S = 0.05  # between looks at the newest Beat while waiting: it may move the next one


class OscSchedule:
    """Sends until `ending` is set. After `run` broke it can be run again: the numbers go on.

    `joints_at(media time)` gives (18, 2), 0..1 of the stage screen; `newest_beat` what is
    known of the beat; `meters` what is said once a second.
    """

    def __init__(
        self,
        settings: Settings,
        sender: OscSender,
        clock: MediaClock,
        stats: Stats,
        joints_at: Callable[[float], Array],
        newest_beat: Callable[[], Beat | None],
        meters: Callable[[], Meters],
    ) -> None:
        self._sender, self._clock, self._stats = sender, clock, stats
        self._time = MediaTime(clock)
        self._joints_at, self._newest_beat, self._meters = joints_at, newest_beat, meters
        self._slot, self._delay = 1 / settings.osc_rate, settings.delay_ms / 1e3
        self._beats = BeatEvents()
        self._number = 0  # of the next pose, counted on media time
        self._skipped = 0  # added to what is sent, so that it rises also where media time goes back
        self._second = -1  # in which the status was sent last

    def go_on_from(self, seconds: float) -> None:
        """Count numbers and seconds on from there, as if the show had never stopped."""
        self._sender.first_number = number = math.ceil(seconds / self._slot)
        self._sender.first_seconds = number * self._slot

    def run(self, ending: threading.Event) -> None:
        while not ending.is_set():
            media_time = self._time.now() - self._delay
            soonest = math.ceil(media_time / self._slot)
            if self._time.went_back and soonest < self._number:
                self._skipped += self._number - soonest
                self._number = soonest
            self._number = max(self._number, soonest)
            due = self._host(self._number * self._slot)
            event = self._beats.expect(self._newest_beat(), media_time)
            beat_due = math.inf if event is None else self._host(event.time)
            left = min(due, beat_due) - time.perf_counter()
            if left > LOOK_S:
                time.sleep(LOOK_S)
                continue
            if left > 0:
                time.sleep(left)
            if event is not None and beat_due <= due:
                self._send_beat(event, beat_due)
            else:
                self._send_pose(due)

    def _host(self, media_time: float) -> float:
        """Host time at which what belongs to media time `media_time` leaves."""
        return self._clock.host(media_time) + self._delay

    def _send_beat(self, event: BeatEvent, due: float) -> None:
        # The bar first: who acts on the beat then knows already that it is the first of a bar.
        if event.bar:
            self._sender.bar(event.bar, event.beats_per_bar)
        self._sender.beat(event.count, event.bpm)
        self._stats.beat_error_ms.add((time.perf_counter() - due) * 1e3)
        self._stats.beats += 1
        self._beats.sent(event)

    def _send_pose(self, due: float) -> None:
        media_time = self._number * self._slot
        number = self._number + self._skipped
        self._sender.pose(number, media_time, self._joints_at(media_time), self._newest_beat())
        self._stats.osc_error_ms.add((time.perf_counter() - due) * 1e3)
        self._stats.osc_messages += 1
        self._number += 1
        if int(media_time) != self._second:
            self._second = int(media_time)
            meters = self._meters()
            self._sender.status(meters.target, meters.fps, meters.latency_ms, meters.sound)
            self._sender.info(*self._sender.picture_size)
