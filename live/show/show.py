"""The show: starts the threads and joins the parts. The only file that does.

    source --blocks--> dance thread --Tween--> paint thread --Latest[Frame]--> window (main thread)
                                          \\--> OSC thread           \\--> recorder

Every pose and frame is due at a media time. The dance thread never waits for a picture; the paint
thread skips what it cannot paint in time. What breaks is started again; only the loss of the dance
thread ends the show.
"""

import functools
import importlib
import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

from live.core.mailbox import Latest
from live.core.media_clock import MediaClock
from live.core.media_time import MediaTime
from live.core.messages import AudioBlock, Beat, Frame, Meters
from live.core.settings import Settings
from live.core.stats import Stats
from live.core.worker import start_worker
from live.dance.motion import Motion, PoseFileMotion
from live.dance.performer import open_performer
from live.osc.listener import OscListener
from live.osc.schedule import OscSchedule
from live.osc.sender import OscSender
from live.show.controls import Controls
from live.show.current_screen import CurrentScreen
from live.show.dance import Dance
from live.show.dance_loop import DanceLoop
from live.show.frame_clock import FrameClock
from live.show.recorders import Recorders
from live.show.report import Reporter
from live.show.resume import Keeper, Kept, Resume
from live.sound.source import Source
from models.types import Array

log = logging.getLogger(__name__)

TAIL_S = 0.25  # the picture goes on after the last sample
LOOK_S = 0.05
OVERDUE_S = 0.25  # so long after its end a show ends that the painter has not ended


class Show:
    """One performance. `start`, then `run` on the main thread, then `finish`."""

    def __init__(
        self,
        settings: Settings,
        source: Source,
        started_at: float,
        poses: PoseFileMotion | None = None,
        resume: Resume | None = None,
    ) -> None:
        """Loads everything that can fail; `poses` are shown instead of a dance to the source.

        With `resume` it keeps what it needs to go on, and goes on where one before it crashed.

        Raises BundleError, EngineError, StyleError, PictureFileError, RecorderError or OscError,
        each one sentence.
        """
        self.settings, self._source = settings, source
        self.stats = stats = Stats()
        self.frames: Latest[Frame] = Latest()
        self.ending = threading.Event()
        self.error = ""
        self.is_broken = False  # by what nobody foresaw
        self._resume = resume
        self._began = 0.0  # media time of the whole show at which this one begins
        self.reporter = Reporter(settings, source, stats, started_at)
        self._clock = clock = MediaClock(time.perf_counter())
        self._end_time = min(settings.duration or math.inf, poses.duration if poses else math.inf)
        self._workers: list[threading.Thread] = []

        if poses is None:
            self.dance = Dance(open_performer(settings), stats, delay=settings.delay_ms / 1e3)
            motion = self.dance.tween
        else:
            self.dance, motion = None, poses
        self._performer = self.dance.performer if self.dance else None
        self.frame_clock = FrameClock(
            settings, clock, stats, self._paint, self._publish, self._is_over, self._watch
        )
        self.current = CurrentScreen(settings, self.reporter.warn, self.frame_clock.set_fps)
        output = self.current.screen.placement.output
        self._sender = OscSender(
            settings.osc, settings.osc_root, settings.osc_flip_y, settings.osc_pixels, output
        )
        self._recorders = Recorders(settings, output, source if self.dance else None)
        with ExitStack() as opened:
            opened.callback(self._recorders.close)  # nothing is left of a show that is refused
            self._join(settings, source, motion, clock)
            opened.pop_all()

    def _join(self, settings: Settings, source: Source, motion: Motion, clock: MediaClock) -> None:
        """What hears, is commanded and sends."""
        stats = self.stats
        self._dance_loop = None
        if self.dance is not None:
            self._dance_loop = DanceLoop(
                self.dance, clock, stats, self._recorders, self.reporter.warn
            )
        self.controls = Controls(
            motion,
            self.current,
            clock,
            self._performer,
            self._dance_loop.commands.put if self._dance_loop else lambda _: None,
        )
        self._osc_schedule = OscSchedule(
            settings, self._sender, clock, stats, self._joints_at, self._newest_beat, self.meters
        )
        self._listener = self._open_listener() if settings.osc_in else None
        if self._resume is not None and self._resume.before is not None:
            self.controls.restore(self._resume.before.controls, self._resume.before.frozen)

    def start(self, lost: Callable[[], None] = lambda: None) -> None:
        """Begin: from here on the source sounds and the threads run.

        `lost` is the last that is called where the display goes away.
        """
        if not self.settings.headless:
            from live.window.qt_loop import begin

            self._application = begin(lost)
            # Beside the threads it takes five times as long.
            importlib.import_module("live.window.stage_window")
        self._clock.begin(time.perf_counter())
        if self._resume is not None:
            self._go_on(self._resume)
        loop = self._dance_loop
        if loop is not None:
            self._work("dance", loop.run, fail=self._fail)
        self._source.start(self._observe if loop is None else loop.hear)
        self._work("painter", self.frame_clock.run)
        self._work("OSC output", self._osc_schedule.run)
        if self._listener is not None:
            self._work("OSC input", self._listener.run)
        self._work("end", self._end_in_time)
        if self._resume is not None:
            self._work("state file", Keeper(self._resume.file, self._kept).run)

    def run(self) -> None:
        """On the main thread until the show ends: the window, or waiting where there is none."""
        if self.settings.headless:
            while not self.ending.wait(0.2):
                pass
            return
        from live.window.qt_loop import run_window
        from live.window.stage_window import StageWindow

        def take_frame() -> Frame | None:
            if self.ending.is_set():
                window.finish()
            return self.frames.take()

        window = StageWindow(
            self.settings, take_frame, self.meters, self.controls.send, self.reporter.shown
        )
        self.controls.to_window = window.post
        self.controls.is_fullscreen = lambda: window.is_full
        run_window(window)

    def finish(self) -> dict[str, object]:
        """Stop all parts, close the recordings, give the report; then `error` says what failed."""
        self.ending.set()
        self._source.stop()
        for thread in self._workers:
            thread.join(timeout=2.0)
        if self._listener is not None:
            self._listener.close()
        self.current.close()
        self._sender.close()
        self._recorders.close()
        self.error = self.error or self._recorders.error
        if not self.settings.headless:  # a frame that the window never took was not seen in time
            self.stats.frames_late += self.frames.n_replaced
        loop = self._dance_loop
        return self.reporter.final(
            self._clock.media(time.perf_counter()),
            self._performer,
            self.current,
            self._recorders,
            blocks_dropped=loop.blocks.n_dropped if loop else 0,
            osc_errors=self._sender.n_errors,
            n_crashes=self._resume.n_crashes if self._resume else 0,
        )

    def meters(self) -> Meters:
        """What the performer reads now; any thread."""
        return self.reporter.meters(
            self._clock.media(time.perf_counter()),
            self._newest_beat(),
            self._performer,
            self.current,
            self.controls,
            self._recorders,
        )

    def _open_listener(self) -> OscListener:
        port, root, also = self.settings.osc_in, self.settings.osc_root, self.settings.osc
        return OscListener(port, root, self.controls.send, self.controls.read, also=also)

    def _go_on(self, resume: Resume) -> None:
        """Count on from where a show before this one would be now."""
        self._began = resume.time()
        self._osc_schedule.go_on_from(self._began)
        if self.settings.duration:
            self._end_time = min(self._end_time, self.settings.duration - self._began)

    def _kept(self) -> Kept:
        media_time = max(0.0, self._clock.media(time.perf_counter()))
        return Kept(
            at=time.monotonic(),
            time=self._began + media_time,
            place=media_time + (self._resume.place if self._resume else 0.0),
            target=self.current.screen.target,
            controls=self.controls.kept(),
            frozen=self.controls.frozen,
            recordings=self._recorders.places,
        )

    # what the threads ask of one another

    def _work(
        self,
        part: str,
        run: Callable[[threading.Event], None],
        fail: Callable[[str], None] | None = None,
    ) -> None:
        broke = functools.partial(self.reporter.broke, part)
        body = functools.partial(run, self.ending)
        self._workers.append(start_worker(part, body, self.ending, broke, fail))

    def _fail(self, error: str) -> None:
        self.error, self.is_broken = error, True
        self.ending.set()

    def _observe(self, block: AudioBlock) -> None:
        """Without a dance the source is only a clock."""
        self._clock.observe(block.end, block.captured_at, block.stood)

    def _newest_beat(self) -> Beat | None:
        return self.dance.beat if self.dance else None

    def _joints_at(self, media_time: float) -> Array:
        """(18, 2), 0..1 of the stage screen."""
        return self.current.screen.joints(self.controls.pose_at(media_time).joints)

    def _paint(self, media_time: float, due_at: float) -> tuple[Frame, Array]:
        pose = self.controls.pose_at(media_time)
        shown, placed = self.current.screen.picture(pose.joints)
        image, alpha = self.controls.seen(shown)
        return Frame(media_time, due_at, image, pose, time.perf_counter(), alpha), placed

    def _publish(self, frame: Frame, placed: Array) -> None:
        self.reporter.published()
        self.frames.put(frame)
        if self.settings.headless:
            self.reporter.shown(frame, time.perf_counter())
        self._recorders.add_picture(frame.image, frame.time)
        self._recorders.add_pose(placed, frame.time)

    def _watch(self, now: float, took: float, lost: int) -> None:
        self.current.watch(now, self._clock.media(now), took, lost)

    def _end_in_time(self, ending: threading.Event) -> None:
        """The end of a show that has no painter at the moment to end it."""
        clock = MediaTime(self._clock)
        overdue = max(0.0, self.settings.delay_ms / 1e3) + OVERDUE_S
        while not ending.wait(LOOK_S):
            self._is_over(now := clock.now())
            if now > self._end_time + overdue:
                ending.set()

    def _is_over(self, media_time: float) -> bool:
        if media_time >= self._end_time:
            return True
        is_behind = self._dance_loop is not None and len(self._dance_loop.blocks) > 0
        if self._source.finished.is_set() and not is_behind and math.isinf(self._end_time):
            # What is shown later than it is heard is shown to its end.
            ended = max(media_time, self._clock.media(time.perf_counter()))
            self._end_time = ended + TAIL_S
        return False
