"""A whole song rendered as fast as the machine can: the live chain without its clock. One thread.

Poses and pictures are those of the live show (same chunks, same tween); only nothing is late.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from live.core.messages import AudioBlock, AudioChunk
from live.core.settings import Settings
from live.core.stats import Stats
from live.dance.motion import PoseFileMotion
from live.dance.performer import Performer, open_performer
from live.dance.tween import Tween
from live.picture.screen import open_screen
from live.recording.mp4_recorder import Mp4Recorder
from live.recording.pose_recorder import PoseRecorder
from live.show.report import facts
from live.sound.chunker import Chunker
from live.sound.open import Source
from models.spec import CHUNK_SECONDS, HORIZONS

if TYPE_CHECKING:
    from tqdm import tqdm

# A plan is not needed (its weight is zero) until this long after its chunk's end; the one after it
# comes a chunk later.
READY_S = HORIZONS[0] + CHUNK_SECONDS


class OfflineShow:
    """Render `source` (or a pose file) to an MP4 and pose file."""

    def __init__(self, settings: Settings, source: Source, poses: PoseFileMotion | None) -> None:
        self._settings, self._source, self._poses = settings, source, poses
        self._stats = Stats()
        self._tween = Tween()
        self._screen = open_screen(settings, settings.target)
        self._performer = None if poses else open_performer(settings)
        width, height = self._screen.stage.output
        self._recorder = None
        if settings.record:
            self._recorder = Mp4Recorder(
                Path(settings.record),
                width,
                height,
                settings.fps,
                0 if poses else source.rate,
                0 if poses else source.channels,
                offline=True,
            )
        self._pose_recorder = (
            PoseRecorder(Path(settings.record_poses), (width, height), settings.fps)
            if settings.record_poses
            else None
        )
        self._number = 0
        self._heard_s = 0.0

    def run(self) -> dict[str, object]:
        """Render to the end; Ctrl-C finishes the file early. Gives the report."""
        from tqdm import tqdm

        began = time.perf_counter()
        total = self._settings.duration or (self._poses.duration if self._poses else 0.0)
        total = total or self._source.duration or None
        frames = round(total * self._settings.fps) if total else None
        # disable=None: no bar where nobody looks (a file, a log).
        bar = tqdm(total=frames, unit="frame", desc="rendering", dynamic_ncols=True, disable=None)
        heard = 0.0
        try:
            if self._poses is not None:
                self._paint_until(min(total or 0.0, self._poses.duration), bar)
            else:
                heard = self._listen(bar)
                self._paint_until(heard, bar)
        except KeyboardInterrupt:
            pass
        finally:
            bar.close()
            for recorder in (self._recorder, self._pose_recorder):
                if recorder is not None:
                    recorder.close()
        took = time.perf_counter() - began
        return self._stats.report(
            fps=round(self._stats.frames / took, 2),
            duration_s=round(self._number / self._settings.fps, 3),
            wall_s=round(took, 2),
            error=self._recorder.error if self._recorder else "",
            **facts(self._settings, self._screen, self._performer),
        )

    def _listen(self, bar: "tqdm[NoReturn]") -> float:
        """Hear the whole source, painting behind it; gives its length in seconds."""
        chunker, limit, end = Chunker(), self._settings.duration, 0.0
        performer = self._performer
        if performer is None:
            return 0.0
        for block in self._source.blocks():
            if limit and end >= limit:
                break
            end = (block.first_sample + len(block.samples)) / block.rate
            if limit and end > limit:
                keep = len(block.samples) - round((end - limit) * block.rate)
                block = AudioBlock(block.samples[:keep], block.rate, block.first_sample, 0.0)
                end = limit
            if self._recorder is not None:
                self._recorder.add_audio(block)
            for chunk in chunker.feed(block):
                self._hear(performer, chunk)
                self._paint_until(self._heard_s + READY_S, bar, not_after=end)
        for chunk in chunker.flush():
            self._hear(performer, chunk)
        return end

    def _hear(self, performer: Performer, chunk: AudioChunk) -> None:
        started = time.perf_counter()
        _, plan = performer.hear(chunk)
        self._stats.generator_ms.add((time.perf_counter() - started) * 1e3)
        self._stats.chunks += 1
        self._stats.poses += len(plan.times)
        self._tween.add(plan)
        self._heard_s = plan.time

    def _paint_until(
        self, time_s: float, bar: "tqdm[NoReturn]", not_after: float | None = None
    ) -> None:
        fps = self._settings.fps
        until = time_s if not_after is None else min(time_s, not_after)
        motion = self._poses or self._tween
        while self._number / fps < until - 1e-9:
            moment = self._number / fps
            started = time.perf_counter()
            joints = motion.at(moment).joints
            if self._recorder is not None:
                shown, placed = self._screen.picture(joints)
                self._stats.renderer_ms.add((time.perf_counter() - started) * 1e3)
                self._recorder.add_frame(shown.image, moment)
            else:  # nobody will see it
                placed = self._screen.joints(joints)
            self._stats.frames += 1
            if self._pose_recorder is not None:
                self._pose_recorder.add(placed, moment)
            self._number += 1
            bar.update()
