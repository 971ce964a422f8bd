"""What a night leaves: one JSON, one row a second, and one picture."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.night.watch import Watch

SETTLED_S = 600.0  # of a long night, before which memory may still grow
LEAST_S = 60.0


def growth(rows: list[dict[str, Any]]) -> dict[str, float]:
    """MB an hour of memory after it settled, and threads and handles at both ends.

    One line through the night, with a level of its own for each person shown: they are not of the
    same size, and which of them are shown late in the night is chance.
    """
    last = rows[-1]["at s"]
    settled = [row for row in rows if row["at s"] > min(SETTLED_S, last / 3)]
    targets = sorted({row["target"] for row in settled})
    known = [[row["at s"] / 3600, *(row["target"] == one for one in targets)] for row in settled]
    memory = np.array([row["memory MB"] for row in settled])
    slope = float(np.linalg.lstsq(np.array(known, dtype=float), memory, rcond=None)[0][0])
    ends = {
        f"{name} {where}": float(np.median([row[name] for row in part]))
        for name in ("memory MB", "threads", "handles")
        for where, part in (("first", rows[5:15]), ("last", rows[-10:]))
    }
    return {"memory MB/h": round(slope, 2)} | ends


def save(out: Path, facts: dict[str, Any], watch: Watch) -> None:
    """OUT.json; what was seen each second as OUT.vitals.jsonl and, as curves, OUT.png."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    rows = "".join(json.dumps(row) + "\n" for row in watch.vitals)
    out.with_suffix(".vitals.jsonl").write_text(rows, encoding="utf-8")
    names = ("memory MB", "threads", "handles", "poses/s")
    figure, axes = pyplot.subplots(len(names), sharex=True, figsize=(10, 8))
    minutes = [row["at s"] / 60 for row in watch.vitals]
    for axis, name in zip(axes, names, strict=True):
        axis.plot(minutes, [row[name] for row in watch.vitals], linewidth=0.8)
        axis.set_ylabel(name)
        for felt in watch.felt:
            axis.axvline(felt["at s"] / 60, color="0.85", linewidth=0.5)
    axes[-1].set_xlabel("minutes; grey: something goes wrong")
    figure.tight_layout()
    figure.savefig(out.with_suffix(".png"), dpi=80)
