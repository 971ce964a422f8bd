"""A whole song rendered as fast as the machine can: the live chain without its clock. One thread.

Poses and pictures are those of the live show (same chunks, same tween); only nothing is late.
"""

import time
from dataclasses import replace
from typing import NoReturn

from tqdm import tqdm

from live.core.settings import Settings
from live.core.stats import Stats
from live.dance.motion import Motion, PoseFileMotion
from live.dance.performer import open_performer
from live.picture.screen import open_screen
from live.show.dance import Dance
from live.show.recorders import Recorders
from live.show.report import facts
from live.sound.chunker import Chunker
from live.sound.source import Source
from models.command import hear_no_more
from models.spec import CHUNK_SECONDS, HORIZONS

# A plan is not needed (its weight is zero) until this long after its chunk's end; the one after it
# comes a chunk later.
READY_S = HORIZONS[0] + CHUNK_SECONDS


class OfflineShow:
    """Render `source` (or a pose file) to an MP4 and pose file."""

    def __init__(self, settings: Settings, source: Source, poses: PoseFileMotion | None) -> None:
        """Raises what Show does."""
        self._settings, self._source, self._poses = settings, source, poses
        self._stats = Stats()
        self._screen = open_screen(settings, settings.target)
        self._dance = None if poses else Dance(open_performer(settings), self._stats)
        self._recorders = Recorders(
            settings, self._screen.placement.output, source if self._dance else None, offline=True
        )
        self._number = 0  # of the next frame

    def run(self) -> dict[str, object]:
        """Render to the end; Ctrl-C finishes the file early. Gives the report."""
        began = time.perf_counter()
        total = self._settings.duration or (self._poses.duration if self._poses else 0.0)
        total = total or self._source.duration or None
        frames = round(total * self._settings.fps) if total else None
        # disable=None: no bar where nobody looks (a file, a log).
        bar = tqdm(total=frames, unit="frame", desc="rendering", dynamic_ncols=True, disable=None)
        try:
            if self._poses is not None:
                self._paint_until(min(total or 0.0, self._poses.duration), self._poses, bar)
            elif self._dance is not None:
                self._paint_until(self._listen(self._dance, bar), self._dance.tween, bar)
        except KeyboardInterrupt:
            pass
        finally:
            hear_no_more()
            bar.close()
            self._recorders.close()
        took = time.perf_counter() - began
        return self._stats.report(
            fps=round(self._stats.frames / took, 2),
            duration_s=round(self._number / self._settings.fps, 3),
            wall_s=round(took, 2),
            error=self._recorders.error,
            **facts(self._settings, self._screen, self._dance and self._dance.performer),
        )

    def _listen(self, dance: Dance, bar: "tqdm[NoReturn]") -> float:
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
                self._paint_until(min(plan.time + READY_S, end), dance.tween, bar)
        for chunk in chunker.flush():
            dance.hear(chunk)
        return end

    def _paint_until(self, media_time: float, motion: Motion, bar: "tqdm[NoReturn]") -> None:
        """All frames before `media_time`."""
        fps = self._settings.fps
        while self._number / fps < media_time - 1e-9:
            due = self._number / fps
            started = time.perf_counter()
            joints = motion.at(due).joints
            if self._recorders.has_film:
                shown, placed = self._screen.picture(joints)
                self._stats.renderer_ms.add((time.perf_counter() - started) * 1e3)
                self._recorders.add_picture(shown.image, due)
            else:  # nobody will see it
                placed = self._screen.joints(joints)
            self._stats.frames += 1
            self._recorders.add_pose(placed, due)
            self._number += 1
            bar.update()
