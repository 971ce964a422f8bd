"""The show: starts the threads and joins the parts. The only file that does.

    source --blocks--> dance thread --Tween--> paint thread --Latest[Frame]--> window (main thread)
                                          \\--> OSC thread           \\--> recorder

Every pose and frame is due at a media time. The dance thread never waits for a picture; the paint
thread skips what it cannot paint in time; only the loss of the dance thread ends the show.
"""

import logging
import math
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from live.core.mailbox import Bounded, Latest
from live.core.media_clock import MediaClock
from live.core.messages import (
    AudioBlock,
    AudioChunk,
    Beat,
    Blackout,
    Command,
    Frame,
    Freeze,
    Fullscreen,
    Meters,
    Pose,
    SwitchTarget,
    Tap,
    Tune,
)  # fmt: skip
from live.core.settings import Settings
from live.core.stats import Stats
from live.dance.beat_events import phases_at
from live.dance.motion import Motion, PoseFileMotion
from live.dance.performer import Performer, open_performer
from live.dance.tween import Tween
from live.osc.listener import OscListener
from live.osc.schedule import OscClock
from live.osc.sender import OscSender
from live.recording.mp4_recorder import Mp4Recorder
from live.recording.pose_recorder import PoseRecorder
from live.show.current_screen import OnScreen
from live.show.frame_clock import PaintClock
from live.show.report import facts
from live.sound.chunker import Chunker
from live.sound.open import Source
from models import bundle
from models.skeleton import mirror
from models.types import Array

log = logging.getLogger(__name__)

MAX_BLOCKS = 300  # 3 s of 10 ms blocks between device and dance thread
FPS_FRAMES = 31  # the rate on the performer's bar is that of the last second
WARNING_SHOWN_S = 20.0
MAX_WARNINGS = 50  # kept for the report
TAIL_S = 0.25  # the picture goes on after the last sample


class Show:
    """One performance. `start`, then `wait` or a window on the main thread, then `finish`."""

    def __init__(self, settings: Settings, source: Source, started_at: float) -> None:
        self.settings, self.source = settings, source
        self.stats = Stats()
        self.frames: Latest[Frame] = Latest()
        self.ending = threading.Event()
        self.error = ""
        self._started_at = started_at
        self._blocks: Bounded[AudioBlock] = Bounded(MAX_BLOCKS)
        self._commands: Bounded[Command] = Bounded(100)
        self._workers: list[threading.Thread] = []
        self._warnings: list[tuple[float, str]] = []  # host time, sentence
        self._published: deque[float] = deque([0.0], maxlen=FPS_FRAMES)
        self._tween = Tween(early=-settings.delay_ms / 1e3)
        self._motion: Motion = self._tween
        self._performer: Performer | None = None
        self._beat: Beat | None = None
        self._next_chunk = 0
        self._end_time = settings.duration or math.inf
        self._black = False
        self._frozen: Array | None = None
        self._mirrored = False
        self._n_taps = 0
        self._post: Callable[[Command], None] = lambda _: None  # to the window, once there is one
        self._recorder: Mp4Recorder | None = None
        self._pose_recorder: PoseRecorder | None = None
        self._listener: OscListener | None = None
        self._sender: OscSender | None = None
        self._clock = MediaClock(time.perf_counter())
        self._painter: PaintClock | None = None
        self._has_window = not settings.headless

    # before the show

    def prepare(self, poses: PoseFileMotion | None = None) -> None:
        """Load everything that can fail.

        Raises BundleError, EngineError, PictureFileError, RecorderError or OscError, each one
        sentence.
        """
        settings = self.settings
        if poses is None:
            self._performer = open_performer(settings)
        else:
            self._motion = poses
            self._end_time = min(self._end_time, poses.duration)
        self._on_screen = OnScreen(settings, self.warn, self._pace)
        width, height = self._on_screen.screen.stage.output
        self._sender = OscSender(
            settings.osc,
            settings.osc_root,
            settings.osc_flip_y,
            settings.osc_pixels,
            (width, height),
        )
        if settings.record:
            sound = poses is None
            self._recorder = Mp4Recorder(
                Path(settings.record),
                width,
                height,
                settings.fps,
                self.source.rate if sound else 0,
                self.source.channels if sound else 0,
            )
        if settings.record_poses:
            self._pose_recorder = PoseRecorder(
                Path(settings.record_poses), (width, height), settings.fps
            )
        if settings.osc_in:
            self._listener = OscListener(
                settings.osc_in, settings.osc_root, self.send, self.read, also=settings.osc
            )

    def start(self) -> None:
        if self._performer is not None:
            self._start_worker("dance", self._dance, is_fatal=True)
        self._clock = MediaClock(time.perf_counter())
        self.source.start(self._blocks.put if self._performer is not None else self._observe)
        self._painter = painter = PaintClock(
            self.settings,
            self._clock,
            self.stats,
            self._frame,
            self._publish,
            self._is_over,
            self._watch,
        )
        self._start_worker("paint", lambda: painter.run(self.ending))
        if self._sender is not None:
            speaker = OscClock(
                self.settings,
                self._sender,
                self._clock,
                self.stats,
                lambda moment: self._on_screen.screen.joints(self._pose(moment).joints),
                lambda: self._beat,
                self.meters,
            )
            self._start_worker("osc", lambda: speaker.run(self.ending))

    def _start_worker(self, name: str, body: Callable[[], None], is_fatal: bool = False) -> None:
        def work() -> None:
            for attempt in (1, 2):
                try:
                    body()
                    return
                except Exception as error:  # a part that breaks must not take the show with it
                    log.info("The %s thread broke", name, exc_info=error)
                    if is_fatal:
                        self.error = f"The {name} thread broke: {error}"
                        self.ending.set()
                        return
                    again = (
                        "was started again" if attempt == 1 else "is off for the rest of the show"
                    )
                    self.warn(f"{name} broke ({error}) and {again}")

        thread = threading.Thread(target=work, name=name, daemon=True)
        self._workers.append(thread)
        thread.start()

    # the threads

    def _observe(self, block: AudioBlock) -> None:
        """A block's end on the clock: media time now and host time."""
        self._clock.observe(
            (block.first_sample + len(block.samples)) / block.rate, block.captured_at
        )

    def _dance(self) -> None:
        if self._performer is None:
            return
        chunker = Chunker()
        while not self.ending.is_set():
            block = self._blocks.take(timeout=0.2)
            while (command := self._commands.take(timeout=0.0)) is not None:
                if not self._performer.obey(command, self._clock):
                    self.warn(f"not understood: {command}")
            if block is None:
                continue
            self._observe(block)
            if self._recorder is not None:
                self._recorder.add_audio(block)
            for chunk in chunker.feed(block):
                self._hear(self._performer, chunk)

    def _hear(self, performer: Performer, chunk: AudioChunk) -> None:
        stats = self.stats
        stats.chunks += 1
        stats.chunks_lost += (chunk.index - self._next_chunk) + (chunk.n_lost > 0)
        self._next_chunk = chunk.index + 1
        began = time.perf_counter()
        beat, plan = performer.hear(chunk)
        ready = time.perf_counter()
        self._tween.add(plan)
        self._beat = beat
        stats.poses += len(plan.times)
        stats.generator_ms.add((ready - began) * 1e3)
        stats.capture_to_pose_ms.add((ready - chunk.captured_at) * 1e3)

    def _frame(self, moment: float, due: float) -> tuple[Frame, Array]:
        pose = self._pose(moment)
        screen = self._on_screen.screen
        (image, alpha), placed = screen.picture(pose.joints)
        if self._black:
            image, alpha = np.zeros_like(image), None if alpha is None else np.zeros_like(alpha)
        return Frame(moment, due, image, pose, time.perf_counter(), alpha), placed

    def _publish(self, frame: Frame, placed: Array) -> None:
        self.stats.frames += 1
        self._published.append(time.perf_counter())
        if self.stats.first_frame_s is None:
            self.stats.first_frame_s = round(time.perf_counter() - self._started_at, 3)
        self.frames.put(frame)
        if not self._has_window:
            self.shown(frame, time.perf_counter())
        if self._recorder is not None:
            self._recorder.add_frame(frame.image, frame.time)
        if self._pose_recorder is not None:
            self._pose_recorder.add(placed, frame.time)

    def _pace(self, fps: float) -> None:
        if self._painter is not None:
            self._painter.fps = fps

    def _watch(self, now: float, took: float, lost: int) -> None:
        self._on_screen.watch(now, self._clock.media(now), took, lost)

    # what the threads share

    def _pose(self, moment: float) -> Pose:
        pose = self._motion.at(moment)
        frozen = self._frozen
        if frozen is not None:
            return replace(pose, joints=frozen)
        return replace(pose, joints=mirror(pose.joints)) if self._mirrored else pose

    def _is_over(self, moment: float) -> bool:
        if moment >= self._end_time:
            return True
        if not self.source.finished.is_set() or len(self._blocks):
            return False
        if math.isinf(self._end_time):
            self._end_time = moment + TAIL_S
        return False

    def shown(self, frame: Frame, at: float) -> None:
        """The frame became visible at host time `at`."""
        error = at - frame.due_at
        self.stats.frame_error_ms.add(error * 1e3)
        self.stats.frames_late += error > 0.5 / self.settings.fps

    # commands and meters, from any thread

    def send(self, command: Command) -> None:
        """Take a command from the window or OSC."""
        match command:
            case Blackout(on):
                self._black = (not self._black) if on is None else on
            case Freeze(on):
                freeze = (self._frozen is None) if on is None else on
                now = self._clock.media(time.perf_counter())
                if not freeze:
                    self._frozen = None
                elif self._frozen is None:
                    self._frozen = self._pose(now).joints
            case Fullscreen():
                self._post(command)
            case SwitchTarget(name):
                self._on_screen.switch(name)
            case Tune("mirror", value):
                self._mirrored = bool(value) if value in (0, 1) else not self._mirrored
            case Tap():
                self._n_taps += 1
                self._commands.put(command)
            case _:
                self._commands.put(command)

    def read(self, name: str) -> object:
        """The present value of a control, for OSC's "?"."""
        values: dict[str, object] = {
            "target": self._on_screen.screen.painter.name,
            "targets": (*(b.manifest.name for b in bundle.available("target")), "skeleton"),
            "blackout": self._black,
            "freeze": self._frozen is not None,
            "mirror": self._mirrored,
        }
        values |= {} if self._performer is None else self._performer.controls()
        return values.get(name)

    def warn(self, text: str) -> None:
        """Something the performer should read; the show goes on."""
        log.warning("%s", text)
        self._warnings = [*self._warnings[-MAX_WARNINGS:], (time.perf_counter(), text)]

    def meters(self) -> Meters:
        stats, beat = self.stats, self._beat
        beat_phase, bar_phase = phases_at(beat, self._clock.media(time.perf_counter()))
        recent = time.perf_counter() - WARNING_SHOWN_S
        warnings = [text for at, text in self._warnings if at > recent]
        if self._recorder is not None and self._recorder.error:
            warnings.append(self._recorder.error)
        published = list(self._published)
        return Meters(
            state=self.source.status,
            target=self._on_screen.screen.painter.name,
            engine=self._on_screen.screen.painter.engine,
            is_reduced=not self._on_screen.is_best,
            dance=self._performer.dancer.name if self._performer else "pose file",
            style=self._performer.dancer.shown_style if self._performer else "",
            level=beat.level if beat else 0.0,
            bpm=beat.bpm if beat else 0.0,
            beat_phase=beat_phase,
            fps=(len(published) - 1) / max(1e-3, published[-1] - published[0]),
            lead_ms=stats.lead_ms.recent(),
            frame_error_ms=stats.frame_error_ms.recent(),
            latency_ms=stats.capture_to_pose_ms.recent(),
            chunks_lost=stats.chunks_lost,
            frames_late=stats.frames_late,
            sound=self.source.sound,
            warnings=tuple(warnings),
            blackout=self._black,
            frozen=self._frozen is not None,
            mirror=self._mirrored,
            bar_phase=bar_phase,
            beats_per_bar=beat.beats_per_bar if beat else 4,
            confidence=beat.confidence if beat else 0.0,
            by_hand=beat.by_hand if beat else False,
            nudge_ms=self._performer.follower.nudged * 1e3 if self._performer else 0.0,
            taps=self._n_taps,
        )

    # the end

    def run(self) -> None:
        """On the main thread until the show ends: the window, or waiting where there is none."""
        if not self._has_window:
            # A terminated show ends like one that is closed: recordings are finished.
            signal.signal(signal.SIGTERM, lambda *_: self.ending.set())
            while not self.ending.wait(0.2):
                pass
            return
        from live.window.stage_window import StageWindow, run_window

        def take_frame() -> Frame | None:
            if self.ending.is_set():
                window.finish()
            return self.frames.take()

        window = StageWindow(self.settings, take_frame, self.meters, self.send, self.shown)
        self._post = window.post
        run_window(window)

    def finish(self) -> dict[str, object]:
        """Stop all parts, close the recordings, give the report."""
        self.ending.set()
        self.source.stop()
        for thread in self._workers:
            thread.join(timeout=2.0)
        if self._listener is not None:
            self._listener.close()
        if self._sender is not None:
            self._sender.close()
        if self._recorder is not None:
            self._recorder.close()
            if self._recorder.error:
                log.warning("%s", self._recorder.error)
        if self._pose_recorder is not None:
            self._pose_recorder.close()
        media = self._clock.media(time.perf_counter())
        if self._has_window:  # a frame that the window never took was not seen in time
            self.stats.frames_late += self.frames.n_replaced
        return self.stats.report(
            fps=round(self.stats.frames / max(media, 1e-3), 2),
            duration_s=round(media, 2),
            audio_restarts=self.source.restarts,
            audio_overflows=self.source.overflows + self._blocks.n_dropped,
            osc_errors=self._sender.n_errors if self._sender else 0,
            record_drops=self._recorder.n_dropped if self._recorder else 0,
            quality_steps=self._on_screen.changes,
            warnings=[text for _, text in self._warnings],
            **facts(self.settings, self._on_screen.screen, self._performer),
        )
