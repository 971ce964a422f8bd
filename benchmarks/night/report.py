"""What a night leaves: one JSON and one picture."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.night.watch import Watch

SETTLED_S = 600.0  # of a long night, before which memory may still grow
LEAST_S = 60.0


def growth(watch: Watch) -> dict[str, float]:
    """MB an hour of memory after it settled, and threads and handles at both ends."""
    rows = watch.vitals
    at = np.array([row["at s"] for row in rows])
    settled = at > min(SETTLED_S, at[-1] / 3)
    memory = np.array([row["memory MB"] for row in rows])
    slope = float(np.polyfit(at[settled] / 3600, memory[settled], 1)[0])
    ends = {
        f"{name} {where}": float(np.median([row[name] for row in part]))
        for name in ("memory MB", "threads", "handles")
        for where, part in (("first", rows[5:15]), ("last", rows[-10:]))
    }
    return {"memory MB/h": round(slope, 2)} | ends


def save(out: Path, facts: dict[str, Any], watch: Watch) -> None:
    """OUT.json, and OUT.png of memory, threads, handles and poses a second over the night."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
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
