"""The show: starts the threads and joins the parts. The only file that does.

    source --blocks--> dance thread --Tween--> paint thread --Latest[Frame]--> window (main thread)
                                          \\--> OSC thread           \\--> recorder, outputs

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
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from live.controls.table import CONTROLS
from live.core.delay import Delay
from live.core.mailbox import Latest
from live.core.media_clock import MediaClock
from live.core.media_time import MediaTime
from live.core.messages import AudioBlock, Beat, Frame, Meters, Song
from live.core.settings import Settings
from live.core.stats import Stats
from live.core.worker import start_worker
from live.dance.motion import Motion, PoseFileMotion
from live.dance.performer import open_performer
from live.osc.discovery import open_discovery
from live.osc.listener import OscListener
from live.osc.page import page
from live.osc.query_tree import NAMES
from live.osc.schedule import OscSchedule
from live.osc.sender import OscSender
from live.osc.table import OWN
from live.outputs.outputs import Outputs
from live.show.controls import Controls
from live.show.cues import Cues
from live.show.current_dance import CurrentDance
from live.show.current_screen import CurrentScreen
from live.show.dance import Dance
from live.show.dance_loop import DanceLoop
from live.show.frame_clock import FrameClock
from live.show.machines import open_machines
from live.show.moving import move_with_the_beat
from live.show.panel_rows import panel_rows
from live.show.recorders import Recorders
from live.show.report import Reporter
from live.show.resume import Keeper, Kept, Resume
from live.show.thumbnails import Thumbnails
from live.sound.source import Source
from models.types import Array

if TYPE_CHECKING:
    from live.remote.server import Remote

log = logging.getLogger(__name__)

TAIL_S = 0.25  # the picture goes on after the last sample
LOOK_S = 0.05
REMEMBER_S = 1.0
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
        remember: Callable[[Mapping[str, object], bool], None] | None = None,
    ) -> None:
        """Loads everything that can fail; `poses` are shown instead of a dance to the source.

        `remember` is told what is set, once a second and at the end (True).

        With `resume` it keeps what it needs to go on, and goes on where one before it crashed.

        Raises BundleError, EngineError, StyleError, PictureFileError, RecorderError, OscError,
        RemoteError, MidiError or LinkError, each one sentence.
        """
        self.settings, self._source = settings, source
        self.stats = stats = Stats()
        self.frames: Latest[Frame] = Latest()
        self.ending = threading.Event()
        self.error = ""
        self.is_broken = False  # by what nobody foresaw
        self._resume, self._remember = resume, remember
        self._began = 0.0  # media time of the whole show at which this one begins
        self.reporter = Reporter(settings, source, stats, started_at)
        self._clock = clock = MediaClock(time.perf_counter())
        self._end_time = min(settings.duration or math.inf, poses.duration if poses else math.inf)
        self._workers: list[threading.Thread] = []

        self._songs = source.songs
        self._cues = Cues(source.songs)
        if source.songs:
            source.songs.tell = self.reporter.warn
        if poses is None:
            delay = settings.delay_ms / 1e3
            self.dance = Dance(open_performer(settings), stats, delay, source.songs, self._cues)
            motion = self.dance.tween
        else:
            self.dance, motion = None, poses
        self._performer = self.dance.performer if self.dance else None
        self._dances = None
        if self._performer is not None:
            self._dances = CurrentDance(settings, self._performer, self.reporter.warn)
        self._delay = Delay(settings.delay_ms / 1e3)
        self.frame_clock = FrameClock(
            settings, clock, stats, self._paint, self._publish, self._is_over, self._watch,
            self._delay,
        )  # fmt: skip
        self.current = CurrentScreen(settings, self.reporter.warn, self.frame_clock.set_fps)
        self.current.tell_pace = self.reporter.paced
        output = self.current.screen.placement.output
        self._sender = OscSender(
            settings.osc, settings.osc_root, settings.osc_flip_y, settings.osc_pixels, output
        )
        self.outputs = Outputs(
            settings.outs, output, settings.fps, settings.delay_ms / 1e3, self.osc_page
        )
        self._recorders = Recorders(
            settings,
            output,
            source if self.dance else None,
            now=self._heard,
            tell=self.reporter.warn,
        )
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
                self.dance, clock, stats, self._keep_sound, self.reporter.warn
            )
        self.controls = Controls(
            motion,
            self.current,
            clock,
            self._performer,
            self._dance_loop.commands.put if self._dance_loop else lambda _: None,
            self.outputs,
            self._dances,
        )
        self.controls.begin(settings)
        self.controls.quantum = settings.quantise
        move_with_the_beat(self.controls, self.current, self.dance, settings.modulate)
        self.controls.delay, self.controls.set_delay = self._delay, self._set_delay
        self.controls.record = self._recorders.switch
        self.controls.is_recorded = lambda: self._recorders.is_on
        if self._songs:
            self.controls.change_song = self._songs.change
        self.controls.warn, self.controls.tell = self.reporter.warn, self.reporter.tell
        self._cues.plan(settings.cues, self.controls.read, self.reporter.warn)
        self._osc_schedule = OscSchedule(
            settings, self._sender, clock, stats, self._joints_at, self._newest_beat, self.meters,
            self._song_at, self._delay,
        )  # fmt: skip
        self._listener = self._open_listener() if settings.osc_in else None
        self._found_by = open_discovery(settings, self.osc_values)
        self.remote = self._open_remote() if settings.remote else None
        self._machines = open_machines(
            settings, clock, self.controls, self._performer, self._newest_beat,
            self.reporter.warn, self.reporter.tell,
        )  # fmt: skip
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
            importlib.import_module("live.window.windows")
        self._clock.begin(time.perf_counter())
        if self._resume is not None:
            self._go_on(self._resume)
        self._cues.begin(self._began, self._resume.bars if self._resume else (0, 0))
        loop = self._dance_loop
        if loop is not None:
            self._work("dance", loop.run, fail=self._fail)
        self._source.start(self._observe if loop is None else loop.hear)
        self._work("painter", self.frame_clock.run)
        if self.settings.osc:
            self._work("OSC output", self._osc_schedule.run)
        for relay in self.outputs.relays:
            self._work(f"output {relay.label}", relay.run)
        if self._listener is not None:
            self._work("OSC input", self._listener.run)
        for part, run in (self._found_by | self._machines).items():
            self._work(part, run)
        if self.remote is not None:
            self._work("remote", self.remote.run)
        self._work("end", self._end_in_time)
        if self._remember is not None:
            self._work("memory", self._look_on)
        if self._resume is not None:
            self._work("state file", Keeper(self._resume.file, self._kept).run)

    def run(self) -> None:
        """On the main thread until the show ends: the window, or waiting where there is none."""
        if self.settings.headless:
            while not self.ending.wait(0.2):
                self.outputs.tend()
            return
        from live.window.qt_loop import run_window
        from live.window.windows import Windows

        def take_frame() -> Frame | None:
            if self.ending.is_set():
                windows.finish()
            return self.frames.take()

        controls, thumbnails = self.controls, Thumbnails()
        windows = Windows(
            self.settings,
            take_frame,
            self.meters,
            controls.ask,
            self.reporter.shown,
            panel_rows(controls.ask, controls.read),
            thumbnails.file,
            warn=self.reporter.warn,
        )
        controls.to_window = windows.post
        controls.is_fullscreen = lambda: windows.is_full
        controls.is_overlaid = lambda: windows.has_bar
        try:
            run_window(windows)
        finally:
            thumbnails.close()

    def finish(self) -> dict[str, object]:
        """Stop all parts, close the recordings, give the report; then `error` says what failed."""
        self.ending.set()
        self._source.stop()
        for thread in self._workers:
            thread.join(timeout=2.0)
        if self._listener is not None:
            self._listener.close()
        if self.remote is not None:
            self.remote.close()
        self.current.close()
        if self._dances is not None:
            self._dances.close()
        self._sender.close()
        self._recorders.close()
        self.error = self.error or self._recorders.error
        if not self.settings.headless:  # a frame that the window never took was not seen in time
            self.stats.frames_late += self.frames.n_replaced
        if self._remember is not None and not self.is_broken:
            self._remember(self._set_now(), True)
        loop, set_at = self._dance_loop, self._delay.set_at
        return self.reporter.final(
            self._clock.media(time.perf_counter()),
            self._performer,
            self.current,
            self._recorders,
            blocks_dropped=loop.blocks.n_dropped if loop else 0,
            osc_errors=self._sender.n_errors,
            delay=self._delay,
            delay_set_s=None if set_at is None else self._clock.media(set_at),
            n_crashes=self._resume.n_crashes if self._resume else 0,
            outputs=self.outputs.report(),
            ages_ms=self.outputs.ages_ms(),
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
            (
                *self.outputs.states(),
                *filter(None, (self.remote and self.remote.state, self._recorders.state)),
            ),
        )

    def osc_values(self, names: Collection[str] = NAMES) -> dict[str, Any]:
        """What holds now of these OSC addresses, by name below the root; any thread."""
        told = {c.name: self.controls.read(c.name) for c in CONTROLS if c.name in names}
        sent = {n: value for n, value in self._sender.told().items() if n in names}
        return {n: v for n, v in told.items() if v is not None} | sent

    def osc_page(self) -> str:
        """The page of all OSC addresses, with what holds now; any thread."""
        return page(self.settings.osc_root, self.osc_values())

    def _open_listener(self) -> OscListener:
        settings, controls = self.settings, self.controls
        also = [(to.host, to.port) for to in settings.osc if to.dialect == OWN]
        return OscListener(
            settings.osc_in,
            settings.osc_root,
            controls.ask,
            controls.read,
            settings.osc_in_host,
            also,
        )

    def _open_remote(self) -> "Remote":
        from live.remote.server import Remote, Stage  # with websockets, which few shows need

        controls, settings = self.controls, self.settings
        stage = Stage(controls.ask, controls.read, self.meters)
        return Remote(settings.remote_host, settings.remote, settings.remote_pin, stage)

    def _go_on(self, resume: Resume) -> None:
        """Count on from where a show before this one would be now."""
        self._began = resume.time()
        self._osc_schedule.go_on_from(self._began)
        if self.settings.duration:
            self._end_time = min(self._end_time, self.settings.duration - self._began)

    def _kept(self) -> Kept:
        media_time = max(0.0, self._clock.media(time.perf_counter()))
        song = self._song_at(media_time)
        place = media_time + (self._resume.place if self._resume else 0.0)
        return Kept(
            at=time.monotonic(),
            time=self._began + media_time,
            place=song.seconds(media_time) if song else place,
            song=song.number if song else 0,
            file=song.file if song else "",
            bars=list(self._cues.bars),
            target=self.current.screen.target,
            controls=self.controls.kept(),
            frozen=self.controls.look.frozen,
            recordings=self._recorders.places,
            pin=self.remote.pin if self.remote else "",
        )

    def _look_on(self, ending: threading.Event) -> None:
        remember = self._remember
        while remember is not None:
            remember(self._set_now(), False)
            if ending.wait(REMEMBER_S):
                return

    def _set_now(self) -> dict[str, object]:
        return {**self.controls.kept(), "target": self.current.wanted.target}

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

    def _keep_sound(self, block: AudioBlock) -> None:
        self._recorders.add_audio(block)
        self.outputs.hear(block)

    def _set_delay(self, seconds: float) -> None:
        """The pictures and OSC go there by and by; any thread."""
        delay = self._delay
        delay.set(seconds)
        longest = max(abs(delay.at(time.perf_counter())), abs(seconds))
        self.outputs.allow(longest)
        self._recorders.allow(longest)

    def _heard(self) -> float:
        """Media time of now."""
        return self._clock.media(time.perf_counter())

    def _newest_beat(self) -> Beat | None:
        return self.dance.beat if self.dance else None

    def _song_at(self, media_time: float) -> Song | None:
        return self._songs.at(media_time) if self._songs else None

    def _joints_at(self, media_time: float) -> Array:
        """Of all dancers, (n, 18, 2), 0..1 of the stage screen."""
        screen = self.current.at(self.current.screen, media_time)
        return screen.joints(self.controls.look.poses_at(media_time, screen.n)[1])

    def _paint(self, media_time: float, due_at: float) -> tuple[Frame, Array]:
        if self.dance is None:  # else that looks
            self._cues.look(media_time)
        for command in self._cues.of_picture(media_time):
            self.controls.send(command, media_time)
        if self.dance is not None:
            self.dance.read_at(self._delay.at(time.perf_counter()), self._delay.most)
        self.controls.at(media_time, self._newest_beat(), 0.5 / self.frame_clock.fps)
        pose, poses = self.controls.look.poses_at(media_time, self.current.n_dancers)
        shown, placed = self.current.picture(poses, media_time)
        image, cutout = self.controls.look.seen(shown)
        if (size := self.current.screen.placement.output) != self._sender.picture_size:
            self._sender.resize(size)
            self._recorders.resize(size)
        frame = Frame(media_time, due_at, image, pose, time.perf_counter(), cutout)
        self.outputs.put(frame)  # their way may be long: they get it before it is due
        return frame, placed

    def _publish(self, frame: Frame, placed: Array) -> None:
        if (turned := self.controls.look.turned()) is not None:  # while it was painted
            frame = replace(frame, image=turned.image, cutout=turned.cutout)
        self.reporter.published()
        self.frames.put(frame)
        if self.remote is not None:
            self.remote.put(frame)
        if self.settings.headless:
            self.reporter.shown(frame, time.perf_counter())
        self._recorders.add_picture(frame.image, frame.cutout, frame.time)
        self._recorders.add_pose(placed, frame.time)

    def _watch(self, now: float, took: float, lost: int) -> None:
        self.current.watch(now, self._clock.media(now), took, lost)

    def _end_in_time(self, ending: threading.Event) -> None:
        """The end of a show that has no painter at the moment to end it."""
        clock = MediaTime(self._clock)
        while not ending.wait(LOOK_S):
            self._is_over(now := clock.now())
            overdue = max(0.0, self._delay.at(time.perf_counter())) + OVERDUE_S
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
