"""Counts and times of a show -> the --stats file. Bounded: a night needs no more than a song."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from models.files import write_whole
from models.spec import CHUNK_SECONDS

KEEP = 36_000  # newest values of each quantity: 20 minutes at 30 a second
KEEP_LOSSES = 1_000  # the first ones of a show


class Distribution:
    """The newest KEEP values of one quantity; one thread adds."""

    def __init__(self) -> None:
        self._values = np.zeros(KEEP)
        self.n = 0

    def add(self, value: float) -> None:
        self._values[self.n % KEEP] = value
        self.n += 1

    def recent(self, n: int = 60) -> float:
        """The median of the newest n values, NaN before the first."""
        have = min(n, self.n, KEEP)
        if not have:
            return float("nan")
        index = np.arange(self.n - have, self.n) % KEEP
        return float(np.median(self._values[index]))

    def summary(self) -> dict[str, float] | None:
        if not self.n:
            return None
        values = self._values[: min(self.n, KEEP)]
        points = np.percentile(values, [1, 50, 95, 99])
        named = zip(("p1", "p50", "p95", "p99"), points, strict=True)
        return {name: round(float(x), 3) for name, x in named} | {
            "max": round(float(values.max()), 3)
        }


class Stats:
    """All that a show counts. Times in ms."""

    def __init__(self) -> None:
        self.chunks = self.chunks_lost = self.poses = self.frames = self.frames_late = 0
        self.osc_messages = self.beats = 0
        self.first_frame_s: float | None = None
        self.lost_s: list[tuple[float, float]] = []  # from, until, in media time
        self.generator_ms = Distribution()
        self.renderer_ms = Distribution()
        self.capture_to_pose_ms = Distribution()
        self.lead_ms = Distribution()
        self.frame_error_ms = Distribution()
        self.osc_error_ms = Distribution()
        self.beat_error_ms = Distribution()

    def lose(self, first: int, until: int) -> None:
        """Chunks `first` to `until`, without it, never came whole."""
        if until <= first:
            return
        self.chunks_lost += until - first
        since, ended = round(first * CHUNK_SECONDS, 1), round(until * CHUNK_SECONDS, 1)
        if self.lost_s and self.lost_s[-1][1] == since:
            self.lost_s[-1] = (self.lost_s[-1][0], ended)
        elif len(self.lost_s) < KEEP_LOSSES:
            self.lost_s.append((since, ended))

    def report(self, **facts: Any) -> dict[str, Any]:
        """The whole report as the --stats file has it."""
        counts = ("chunks", "chunks_lost", "poses", "frames", "frames_late")
        counts += ("osc_messages", "beats")
        report: dict[str, Any] = {name: getattr(self, name) for name in counts}
        report["first_frame_s"] = self.first_frame_s
        report["lost_s"] = self.lost_s
        for name, value in vars(self).items():
            if isinstance(value, Distribution):
                report[name] = value.summary()
        return report | facts


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Written whole or not at all."""
    with write_whole(path) as part:
        part.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def resident_mb() -> float:
    """Memory of this process in MB; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return _peak_mb()
    import os

    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _peak_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
