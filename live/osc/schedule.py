"""When OSC leaves: poses at a steady rate, the events of the beat on the beat. OSC thread.

What leaves is due at a media time; host time comes from the show's clock, and `--delay-ms` moves
it together with the picture.
"""

import math
import threading
import time
from collections.abc import Callable

from live.core.delay import Delay
from live.core.media_clock import MediaClock
from live.core.media_time import MediaTime
from live.core.messages import Beat, Meters, Song
from live.core.settings import Settings
from live.core.stats import Stats
from live.dance.beat_events import BeatEvent, BeatEvents
from live.osc.sender import OscSender
from models.types import Array

LOOK_S = 0.05  # between looks at the newest Beat while waiting: it may move the next one


class OscSchedule:
    """Sends until `ending` is set. After `run` broke it can be run again: the numbers go on.

    `joints_at(media time)` gives (n, 18, 2), 0..1 of the stage screen; `newest_beat` what is
    known of the beat; `meters` what is said once a second; `song_at(media time)` which song of a
    list is heard.
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
        song_at: Callable[[float], Song | None] = lambda _: None,
        delay: Delay | None = None,
    ) -> None:
        """`delay` None = that of the settings, for good."""
        self._sender, self._clock, self._stats = sender, clock, stats
        self._time = MediaTime(clock)
        self._joints_at, self._newest_beat, self._meters = joints_at, newest_beat, meters
        self._slot = 1 / settings.osc_rate
        self._delay = delay or Delay(settings.delay_ms / 1e3)
        self._song_at = song_at
        self._song_count = 0  # of the song that was told last
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
            heard = self._time.now()
            media_time = heard - self._delay.at(time.perf_counter())
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
        return self._clock.host(media_time) + self._delay.at(time.perf_counter())

    def _send_beat(self, event: BeatEvent, due: float) -> None:
        # The bar first: who acts on the beat then knows already that it is the first of a bar.
        if event.bar:
            self._sender.bar(event.bar, event.beats_per_bar, due)
        self._sender.beat(event.count, event.bpm, due)
        self._stats.beat_error_ms.add((time.perf_counter() - due) * 1e3)
        self._stats.beats += 1
        self._beats.sent(event)

    def _send_pose(self, due: float) -> None:
        media_time = self._number * self._slot
        number = self._number + self._skipped
        joints, beat = self._joints_at(media_time), self._newest_beat()
        self._sender.pose(number, media_time, joints, beat, due)
        self._stats.osc_error_ms.add((time.perf_counter() - due) * 1e3)
        self._stats.osc_messages += 1
        self._number += 1
        is_new_second = int(media_time) != self._second
        song = self._song_at(media_time)
        if song is not None and (is_new_second or song.count != self._song_count):
            self._song_count = song.count
            self._sender.song(song.name, song.number, song.seconds(media_time), song.length)
        if is_new_second:
            self._second = int(media_time)
            meters = self._meters()
            self._sender.status(meters.target, meters.fps, meters.latency_ms, meters.sound)
            self._sender.info(*self._sender.picture_size)
