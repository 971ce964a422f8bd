"""What an evaluation found: a column for each dance or baseline, and the bars to be met."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from train.dance_eval.dance_metrics import DanceMetrics, MeasuredDance

# From, to: ratios to the real dancer, shares of time, seconds (docs/metrics.md).
BARS: dict[str, tuple[float, float]] = {
    "speed": (0.6, 1.3),
    "accel": (0.6, 1.4),
    "spread": (0.7, 1.2),
    "bone": (0.0, 0.02),
    "repeat": (0.6, 9.9),
    "near": (0.0, 2.0),
    "silence": (0.0, 0.2),
    "wakes_s": (0.0, 2.0),
    "fallen": (0.0, 0.005),
    "outside": (0.0, 0.005),
}


@dataclass
class Column:
    """One dance or baseline of the report."""

    name: str
    kind: str  # "real", "baseline" or "dance"
    provenance: str = ""
    checkpoint: tuple[Path, int] | None = None  # and its steps
    takes: dict[str, list[MeasuredDance]] = field(
        default_factory=dict[str, list[MeasuredDance]]
    )  # by song
    rows: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    overall: dict[str, float] = field(default_factory=dict[str, float])
    absolute: dict[str, float] = field(default_factory=dict[str, float])
    music: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    loop: dict[str, float] = field(default_factory=dict[str, float])
    endurance: dict[str, float] = field(default_factory=dict[str, float])
    missed: list[str] = field(default_factory=list[str])


@dataclass
class Evaluation:
    """All columns, the real dancer first, and what they were measured on."""

    facts: dict[str, Any]
    metrics: DanceMetrics
    columns: list[Column]

    def as_json(self) -> dict[str, Any]:
        """Everything that was measured, in plain numbers; null where nothing could be."""
        columns = {
            column.name: {
                "kind": column.kind,
                "provenance": column.provenance,
                "mean": column.overall,
                "absolute": column.absolute,
                "songs": column.rows,
                "music": column.music,
                "loop": column.loop,
                "endurance": column.endurance,
                "missed": column.missed,
            }
            for column in self.columns
        }
        absolute = {name: dance.absolute for name, dance in self.metrics.real.items()}
        return rounded(
            {
                "facts": self.facts,
                "real_absolute": {"mean": self.metrics.usual, "songs": absolute},
                "dances": columns,
            }
        )

    def beside_checkpoints(self) -> dict[Path, dict[str, Any]]:
        """What export takes into a bundle: file beside each measured checkpoint -> its figures."""
        beat, seeds = self.facts["beat"], self.facts["seeds"]
        songs = list(self.facts["songs"])
        found: dict[Path, dict[str, Any]] = {}
        for column in self.columns:
            if not column.checkpoint:
                continue
            path, step = column.checkpoint
            figures = {
                "step": step,
                "beat": beat,
                "seeds": seeds,
                "songs": songs,
                "mean": column.overall,
                "loop": column.loop,
                "endurance": column.endurance,
            }
            found[path.with_name(f"dance_{beat}.json")] = rounded(figures)
        return found


def missed(found: dict[str, float]) -> list[str]:
    """The bars that what was found does not meet; a NaN does not."""
    return [
        key for key, (low, high) in BARS.items() if key in found and not low <= found[key] <= high
    ]


def rounded(value: Any) -> Any:
    """The same with numbers to five significant digits and NaN as null."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.5g}") if np.isfinite(value) else None
    return value
