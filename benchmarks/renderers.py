"""One person painted on every engine of this machine in every precision, ms a picture.

A puppet is drawn in some sizes on the processor and, where there is one, on the graphics chip.

`python -m benchmarks.renderers [--targets NAME ...] [--out FILE.json]`
"""

import argparse
import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks import timing
from benchmarks.table import PUPPET
from models import bundle
from models.puppet.painter import ENGINES, PuppetPainter
from models.puppet.puppet import Puppet
from models.runtime.engines import EngineError, offered
from models.runtime.painter import NetworkPainter
from models.runtime.precision import in_full, in_half
from models.skeleton import STANDING
from models.types import Array

PRECISIONS = ("int8", "fp32", "fp16")
SHIPPED = ("alice", "bob")
SIZES = (256, 512, 1024)  # px, of those that can be painted at any


def networks(found: bundle.Bundle) -> dict[str, bytes]:
    """The bundle's network in each precision; what it lacks is made of the one it has."""
    have, _ = found.network("int8", "fp32", "fp16")
    kept = found.manifest.networks
    made = {"fp32": in_full, "fp16": in_half}
    return {
        name: found.network(name)[0] if name in kept else made[name](have)
        for name in PRECISIONS
        if name in kept or name in made
    }


def measure(
    targets: Sequence[str], n: int = 200, sizes: Sequence[int] = SIZES
) -> list[dict[str, object]]:
    """A row for each person, engine and precision or size; what fails says why."""
    rows: list[dict[str, object]] = []
    for name in targets:
        found = bundle.find("target", name)
        joints = found.manifest.body.place(STANDING).astype(np.float32)
        if found.manifest.network_kind.any_size:
            rows += chain.from_iterable(_of_puppet(found, size, joints, n) for size in sizes)
            continue
        for engine in offered("auto"):
            for precision, network in networks(found).items():
                row: dict[str, object] = {
                    "target": name, "size": found.manifest.size, "precision": precision,
                }  # fmt: skip
                try:
                    painter = NetworkPainter(network, engine)
                except EngineError as error:
                    rows.append(row | {"engine": engine, "failed": str(error)})
                    continue
                row["engine"] = str(painter.engine)
                row["recorded"] = painter.engine.is_recorded
                row["ms"] = timing.back_to_back(lambda p=painter, j=joints: p.paint(j), n)
                rows.append(row)
    return rows


def _of_puppet(found: bundle.Bundle, size: int, joints: Array, n: int) -> list[dict[str, object]]:
    """Its rows at one size; one for each engine that draws puppets."""
    puppet = Puppet(found, size)
    rows: list[dict[str, object]] = []
    for engine in ENGINES:
        row: dict[str, object] = {
            "target": found.manifest.name, "size": puppet.size, "precision": PUPPET,
        }  # fmt: skip
        try:
            painter = PuppetPainter(puppet, engine=engine)
        except EngineError as error:
            rows.append(row | {"engine": engine, "failed": str(error)})
            continue
        row["engine"] = str(painter.engine)
        row["ms"] = timing.back_to_back(lambda p=painter: p.paint(joints), n)
        rows.append(row)
    return rows


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--targets", nargs="+", default=SHIPPED)
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.targets), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
