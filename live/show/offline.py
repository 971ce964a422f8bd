"""A whole song rendered as fast as the machine can: the live chain without its clock. One thread.

Poses and pictures are those of the live show (same chunks, same tween); only nothing is late.
"""

import logging
import time
from dataclasses import replace

from live.core.delay import Delay
from live.core.media_clock import MediaClock
from live.core.messages import Command
from live.core.settings import Settings
from live.core.stats import Stats
from live.dance.motion import Motion, PoseFileMotion
from live.dance.performer import open_performer
from live.show.controls import Controls
from live.show.cues import Cues
from live.show.current_dance import PatientDance
from live.show.dance import Dance
from live.show.moving import move_with_the_beat
from live.show.patient_screen import PatientScreen
from live.show.progress import Progress
from live.show.recorders import Recorders
from live.show.report import facts
from live.sound.chunker import Chunker
from live.sound.source import Source
from models.command import hear_no_more
from models.spec import CHUNK_SECONDS, HORIZONS

# A plan is not needed (its weight is zero) until this long after its chunk's end; the one after it
# comes a chunk later.
READY_S = HORIZONS[0] + CHUNK_SECONDS
log = logging.getLogger(__name__)


class OfflineShow:
    """Render `source` (or a pose file) to a film and a pose file."""

    def __init__(self, settings: Settings, source: Source, poses: PoseFileMotion | None) -> None:
        """Raises what Show does."""
        self._settings, self._source, self._poses = settings, source, poses
        self._stats = Stats()
        self._current = PatientScreen(settings, log.warning)
        self._cues = Cues(source.songs)
        self._dance = dances = None
        motion: Motion
        if poses is not None:
            motion = poses
        else:
            performer = open_performer(settings)
            self._dance = Dance(performer, self._stats, songs=source.songs, cues=self._cues)
            dances, motion = PatientDance(settings, performer, log.warning), self._dance.tween
        self._clock = MediaClock(0.0)  # nothing here has a host time
        self._controls = Controls(
            motion, self._current, self._clock,
            self._dance and self._dance.performer, self._obey, dances=dances,
        )  # fmt: skip
        self._controls.begin(settings)
        self._controls.delay = Delay(settings.delay_ms / 1e3)
        move_with_the_beat(self._controls, self._current, self._dance, settings.modulate)
        self._cues.plan(settings.cues, self._controls.read, log.warning)
        self._recorders = Recorders(
            settings,
            self._current.screen.placement.output,
            source if self._dance else None,
            offline=True,
            now=lambda: self._number / settings.fps,
        )
        self._controls.record = self._recorders.switch
        self._controls.is_recorded = lambda: self._recorders.is_on
        self._number = 0  # of the next frame

    def run(self) -> dict[str, object]:
        """Render to the end; Ctrl-C finishes the file early. Gives the report."""
        began = time.perf_counter()
        self._cues.begin()
        total = self._settings.duration or (self._poses.duration if self._poses else 0.0)
        total = total or self._source.duration or None
        frames = round(total * self._settings.fps) if total else None
        bar = Progress(frames, self._settings.fps)
        try:
            if self._poses is not None:
                self._paint_until(min(total or 0.0, self._poses.duration), bar)
            elif self._dance is not None:
                self._paint_until(self._listen(self._dance, bar), bar)
        except KeyboardInterrupt:
            pass
        finally:
            hear_no_more()
            bar.close()
            self._recorders.close()
            self._current.close()
        took = time.perf_counter() - began
        return self._stats.report(
            fps=round(self._stats.frames / took, 2),
            duration_s=round(self._number / self._settings.fps, 3),
            wall_s=round(took, 2),
            error=self._recorders.error,
            **facts(
                self._settings,
                self._current,
                self._controls.delay,
                self._dance and self._dance.performer,
            ),
        )

    def _listen(self, dance: Dance, bar: Progress) -> float:
        """Hear the whole source, painting behind it; gives its length in seconds."""
        chunker, limit, end = Chunker(), self._settings.duration, 0.0
        for block in self._source.blocks():
            if limit and end >= limit:
                break
            end = block.end
            if limit and end > limit:
                keep = len(block.samples) - round((end - limit) * block.rate)
                block = replace(block, samples=block.samples[:keep])
                end = limit
            self._recorders.add_audio(block)
            for chunk in chunker.feed(block):
                plan = dance.hear(chunk)
                self._paint_until(min(plan.time + READY_S, end), bar)
        for chunk in chunker.flush():
            dance.hear(chunk)
        return end

    def _obey(self, command: Command) -> None:
        if self._dance is not None:
            self._dance.performer.obey(command, self._clock)

    def _paint_until(self, media_time: float, bar: Progress) -> None:
        """All frames before `media_time`."""
        fps = self._settings.fps
        while self._number / fps < media_time - 1e-9:
            due = self._number / fps
            started = time.perf_counter()
            if self._dance is None:  # else that looks
                self._cues.look(due)
            for command in self._cues.of_picture(due):
                self._controls.send(command, due)
            self._controls.at(due, self._dance and self._dance.beat, 0.5 / fps)
            current = self._current
            _, poses = self._controls.look.poses_at(due, current.n_dancers)
            if self._recorders.has_film:
                shown, placed = current.picture(poses, due)
                shown = self._controls.look.seen(shown)
                self._stats.renderer_ms.add((time.perf_counter() - started) * 1e3)
                self._recorders.add_picture(shown.image, shown.cutout, due)
            else:  # nobody will see it
                placed = current.at(current.screen, due).joints(poses)[0]
            self._stats.frames += 1
            self._recorders.add_pose(placed, due)
            self._number += 1
            bar.update()
