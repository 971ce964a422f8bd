"""Results of `make bench` of one or more machines -> the table of the docs.

`python -m benchmarks.table FILE.json ...`: a column for each file, the median of its runs with
their range. What a machine has not measured stays empty.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

Run = dict[str, Any]


_STEP = ("networks", "generator step with follower", "paced 10/s ms")
_SMALL = ("networks", "renderer")
_LARGE = ("networks", "renderer at 512, two threads", "back to back ms", "p50")
_SHOW = ("show", "show")

# What, what is wanted, where it lies in a run, how it is written ("/s": how many in a second).
ROWS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("follower, level and generator on a chunk, paced, p50, ms", "2.0", (*_STEP, "p50"), ".2f"),
    ("the same, p99, ms", "5", (*_STEP, "p99"), ".2f"),
    ("bidirectional window again / one step, times", ">= 8",
     ("networks", "bidirectional window / step"), ".1f"),
    ("renderer 256, 8 bits, one thread, paced at 30/s, p50, ms", "18",
     (*_SMALL, "paced 30/s ms", "p50"), ".1f"),
    ("the same back to back, p50, ms", "", (*_SMALL, "back to back ms", "p50"), ".1f"),
    ("renderer 512, 8 bits, two threads, back to back, frames/s", ">= 15", _LARGE, "/s"),
    ("pix2pixHD's global generator / renderer at 256, times", ">= 35",
     ("networks", "pix2pixHD global / renderer"), ".0f"),
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
CARDS = ("cuda", "tensorrt", "directml", "coreml")


def cell(runs: list[Run], where: tuple[str, ...], form: str) -> str:
    """The median of the runs and their range; empty where nothing was measured."""
    values = [value for run in runs if (value := _value(run, where)) is not None]
    if not values:
        return ""
    if form == "/s":
        values, form = [1e3 / value for value in values], ".0f"
    low, high = (format(f(values), form) for f in (min, max))
    middle = format(float(np.median(values)), form)
    return middle if low == high else f"{middle} ({low} to {high})"


def _value(run: Run, where: tuple[str, ...]) -> float | None:
    found: Any = run
    for key in where:
        if not isinstance(found, dict) or key not in found:
            return None
        found = found[key]
    return None if found is None else float(found)


def markdown(results: list[dict[str, Any]]) -> str:
    """Both tables: this project's bars, and the renderer on every engine."""
    names = [found["machine"]["name"] for found in results]
    lines = [f"| | wanted | {' | '.join(names)} |", "|---" * (2 + len(names)) + "|"]
    for label, wanted, where, form in ROWS:
        cells = [cell(found["runs"], where, form) for found in results]
        lines.append(f"| {label} | {wanted} | {' | '.join(cells)} |")
    lines += ["", f"| renderer, p50 ms back to back | {' | '.join(('cpu', *CARDS))} |"]
    lines.append("|---" * (2 + len(CARDS)) + "|")
    rows = [row for found in results for row in found.get("renderers", [])]
    for size, precision in sorted({(row["size"], row["precision"]) for row in rows}):
        found = {
            str(row["engine"]).split(" ")[0]: row["ms"]["p50"]
            for row in rows
            if (row["size"], row["precision"]) == (size, precision) and "ms" in row
        }
        cells = [f"{found[name]:.1f}" if name in found else "" for name in ("cpu", *CARDS)]
        lines.append(f"| {size} px, {precision} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.table", description=__doc__)
    p.add_argument("results", nargs="+", type=Path)
    args = p.parse_args()
    print(markdown([json.loads(path.read_text()) for path in args.results]), end="")


if __name__ == "__main__":
    main()
