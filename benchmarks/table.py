"""Results of `make bench` of one or more machines -> the table of the docs.

`python -m benchmarks.table FILE.json ...`: a column for each file, the median of its runs with
their range. What a machine has not measured stays empty.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from models.runtime.engines import CHIP

Run = dict[str, Any]


_STEP = ("networks", "generator step with follower", "paced 10/s ms")
_WINDOW = ("networks", "bidirectional window / step")
_SMALL = ("networks", "renderer at 256")
_SHOW = ("show", "show")

# What, what is wanted, where it lies in a run, how it is written ("/s": how many in a second).
ROWS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("follower, level and generator on a chunk, in a show, p50, ms", "2.0",
     (*_SHOW, "generator_ms", "p50"), ".2f"),
    ("the same, p99, ms", "5", (*_SHOW, "generator_ms", "p99"), ".2f"),
    ("the same paced, beside nothing else, p50, ms", "2.0", (*_STEP, "p50"), ".2f"),
    ("the same, p99, ms", "5", (*_STEP, "p99"), ".2f"),
    ("bidirectional window again / one step, back to back, times", ">= 8",
     (*_WINDOW, "back to back"), ".1f"),
    ("the same in turns, the caches cold, times", "", (*_WINDOW, "in turns"), ".1f"),
    ("renderer at 256, paced at 30/s, p50, ms", "18",
     (*_SMALL, "paced 30/s ms", "p50"), ".1f"),
    ("the same back to back, p50, ms", "", (*_SMALL, "back to back ms", "p50"), ".1f"),
    *((f"renderer at {size}, back to back, frames/s", wanted,
       ("networks", f"renderer at {size}", "back to back ms", "p50"), "/s")
      for size, wanted in ((512, ">= 15"), (1024, ""))),
    ("pix2pixHD's global generator / renderer at 256, times", ">= 35",
     ("networks", "pix2pixHD global / renderer"), ".0f"),
    ("the same / puppet at 1024, the thread's own time, times", ">= 200",
     ("networks", "pix2pixHD global / puppet at 1024"), ".0f"),
    ("show: lead p1, ms", "> 0", (*_SHOW, "lead_ms", "p1"), ".1f"),
    ("show: frame error p95, ms", "20", (*_SHOW, "frame_error_ms", "p95"), ".1f"),
    ("show: OSC error p95, ms", "10", (*_SHOW, "osc_error_ms", "p95"), ".1f"),
    ("show: capture to pose p95, ms", "25", (*_SHOW, "capture_to_pose_ms", "p95"), ".1f"),
    ("show: late frames of 900", "", (*_SHOW, "frames_late"), ".0f"),
    ("show: share of one core, without a window", "<= 0.80", (*_SHOW, "core_share"), ".2f"),
    ("the same, recorded", "", ("show", "show recorded", "core_share"), ".2f"),
    ("`--help`, s", "0.5", ("show", "help s"), ".2f"),
    ("first frame, s", "2", (*_SHOW, "first_frame_s"), ".2f"),
    ("memory, resident, MB", "< 500", (*_SHOW, "rss_mb"), ".0f"),
    ("a step of the paper's training, batch 16, s", "", ("training", "paper step, fast s"), ".2f"),
    ("the same plain / fast, times", ">= 1.5", ("training", "plain / fast"), ".1f"),
)  # fmt: skip
PUPPET = "puppet"  # where other persons have the precision of their network
CARDS = ("cuda", "tensorrt", "directml", "coreml")

# The same show on an idle machine and beside as many busy processes as it has cores.
LOAD: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("chunks lost", "0", ("chunks_lost",), ".0f"),
    ("poses (five a chunk of 0.1 s)", "", ("poses",), ".0f"),
    ("follower, level and generator on a chunk, p50, ms", "2.0", ("generator_ms", "p50"), ".2f"),
    ("the same, p99, ms", "5", ("generator_ms", "p99"), ".2f"),
    ("a picture painted and laid on the screen, p50, ms", "18", ("renderer_ms", "p50"), ".1f"),
    ("lead p1, ms", "> 0", ("lead_ms", "p1"), ".1f"),
    ("OSC error p95, ms", "10; loaded 15", ("osc_error_ms", "p95"), ".1f"),
    ("capture to pose p95, ms", "25", ("capture_to_pose_ms", "p95"), ".1f"),
    ("frames a second", "may drop", ("fps",), ".1f"),
    ("late frames", "may be", ("frames_late",), ".0f"),
    ("frame error p95, ms", "20", ("frame_error_ms", "p95"), ".1f"),
    ("frame error p99, ms", "<= 150", ("frame_error_ms", "p99"), ".1f"),
    ("share of one core", "<= 0.80", ("core_share",), ".2f"),
    ("first frame, s", "2", ("first_frame_s",), ".2f"),
    ("memory, resident, MB", "< 500", ("rss_mb",), ".0f"),
)  # fmt: skip
_HOUR = ("growth", "hour", "each ten minutes")
GROWTH: tuple[tuple[str, tuple[str | int, ...], str], ...] = (
    *((f"dancers in one process, {n}: a chunk, ms",
       ("growth", "dancers", f"{n} dancers", "chunk ms", "p50"), ".2f") for n in (1, 2, 4)),
    *((f"dancers in one process, {n}: a picture of each, ms",
       ("growth", "dancers", f"{n} dancers", "picture ms", "p50"), ".1f") for n in (1, 2, 4)),
    *((f"a bundle of OSC to receivers, {n}, ms",
       ("growth", "osc", f"{n} receivers ms", "p50"), ".2f") for n in (1, 4, 16)),
    *((f"a painted picture laid on a screen of {size}, ms",
       ("growth", "screens", f"{size} ms", "p50"), ".1f")
      for size in ("512x512", "1280x720", "1920x1080", "3840x2160")),
    ("an hour: a chunk in its first ten minutes, ms", (*_HOUR, 0, "step p50 ms"), ".2f"),
    ("an hour: a chunk in its last ten minutes, ms", (*_HOUR, -1, "step p50 ms"), ".2f"),
    ("an hour: memory after its first ten minutes, MB", (*_HOUR, 0, "rss MB"), ".0f"),
    ("an hour: memory at its end, MB", (*_HOUR, -1, "rss MB"), ".0f"),
)  # fmt: skip


def cell(runs: list[Run], where: tuple[str | int, ...], form: str) -> str:
    """The median of the runs and their range; empty where nothing was measured."""
    values = [value for run in runs if (value := _value(run, where)) is not None]
    if not values:
        return ""
    if form == "/s":
        values, form = [1e3 / value for value in values], ".0f"
    low, high = (format(f(values), form) for f in (min, max))
    middle = format(float(np.median(values)), form)
    return middle if low == high else f"{middle} ({low} to {high})"


def _value(run: Run, where: tuple[str | int, ...]) -> float | None:
    found: Any = run
    for key in where:
        try:
            found = found[key]
        except (KeyError, IndexError, TypeError):
            return None
    return None if found is None else float(found)


def _head(columns: list[str]) -> list[str]:
    return [f"| | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]


def markdown(results: list[dict[str, Any]]) -> str:
    """The project's bars, a show under load, what grows, and the renderer on every engine."""
    names = [found["machine"]["name"] for found in results]
    lines = _head(["wanted", *names])
    for label, wanted, where, form in ROWS:
        cells = [cell(found["runs"], where, form) for found in results]
        lines.append(f"| {label} | {wanted} | {' | '.join(cells)} |")
    states = ("idle", "loaded")
    lines += ["", *_head(["wanted", *(f"{name}, {state}" for name in names for state in states)])]
    for label, wanted, where, form in LOAD:
        cells = [cell([f], ("load", state, *where), form) for f in results for state in states]
        lines.append(f"| {label} | {wanted} | {' | '.join(cells)} |")
    lines += ["", *_head(names)]
    for label, where, form in GROWTH:
        lines.append(f"| {label} | {' | '.join(cell([f], where, form) for f in results)} |")
    rows = [row for found in results for row in found.get("renderers", [])]
    engines = ["cpu", *CARDS, *([CHIP] if any(row["precision"] == PUPPET for row in rows) else [])]
    lines += ["", *_head(engines)]
    for size, precision in sorted({(row["size"], row["precision"]) for row in rows}):
        found = {
            str(row["engine"]).split(" ")[0]: row["ms"]["p50"]
            for row in rows
            if (row["size"], row["precision"]) == (size, precision) and "ms" in row
        }
        cells = [f"{found[name]:.1f}" if name in found else "" for name in engines]
        label = f"renderer at {size}, {precision}, p50, ms"
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.table", description=__doc__)
    p.add_argument("results", nargs="+", type=Path)
    args = p.parse_args()
    print(markdown([json.loads(path.read_text()) for path in args.results]), end="")


if __name__ == "__main__":
    main()
