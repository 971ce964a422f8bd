"""One person on every engine of this machine in every precision: pace, parity, memory.

`python -m benchmarks.card.engines BUNDLE --out FILE.json`: for each engine and precision ms a
picture for one dancer and for four, how far its pictures are from those of the processor in 32
bits, how many operators it left to the processor, and what it took of the card's memory.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks import timing
from benchmarks.card.machine import card, packages
from benchmarks.renderers import networks
from models import bundle
from models.arguments import whole
from models.runtime.engines import EngineError, offered
from models.runtime.painter import NetworkPainter
from models.skeleton import STANDING
from models.types import Array
from train.run.processor import processor

DANCERS = (1, 4)
_POSES = 16
_SWAY = 0.12  # body units, so far joints are from standing


def poses(found: bundle.Bundle) -> Array:
    """float32 (_POSES, 18, 2) in the person's picture."""
    sway = np.random.default_rng(0).normal(0, _SWAY, (_POSES, *STANDING.shape))
    return found.manifest.body.place(STANDING + sway).astype(np.float32)


def measure(path: Path, n: int) -> dict[str, object]:
    """All rows; what fails says why."""
    found = bundle.load(path)
    joints, sources = poses(found), networks(found)
    reference = NetworkPainter(sources["fp32"], "cpu")
    true = [reference.whole(pose) for pose in joints]
    rows = [
        _row(engine, precision, network, joints, true, n)
        for engine in offered("auto")
        for precision, network in sources.items()
    ]
    return {
        "target": found.manifest.name,
        "size": found.manifest.size,
        "processor": processor(),
        "card": card(),
        "packages": packages(),
        "rows": rows,
    }


def _row(
    engine: str, precision: str, network: bytes, joints: Array, true: list[Array], n: int
) -> dict[str, object]:
    row: dict[str, object] = {"asked": engine, "precision": precision}
    before = card()
    try:
        painter = NetworkPainter(network, engine)
    except EngineError as error:
        return row | {"failed": str(error)}
    row |= {
        "engine": painter.engine.name,
        "recorded": painter.engine.is_recorded,
        "operators on the processor": painter.engine.on_processor,
    }
    off = [
        np.abs(painter.whole(pose).astype(np.int16) - picture)
        for pose, picture in zip(joints, true, strict=True)
    ]
    row["grey levels off, mean"] = round(float(np.mean(off)), 4)
    row["grey levels off, most"] = int(np.max(off))
    for dancers in DANCERS:

        def paint(count: int = dancers) -> None:
            for number in range(count):
                painter.paint(joints[number])

        row[f"ms for {dancers}"] = timing.back_to_back(paint, max(2, n // dancers))
    if before and (after := card()):
        row["card MB"] = after.used_mb - before.used_mb
    return row


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.card.engines", description=__doc__)
    p.add_argument("bundle", type=Path)
    p.add_argument("--pictures", type=whole(), default=200)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(measure(args.bundle, args.pictures), indent=1) + "\n")


if __name__ == "__main__":
    main()
