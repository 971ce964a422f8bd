"""`make bench`: every benchmark into one JSON with machine and versions, for `benchmarks.table`.

`python -m benchmarks.all [--runs N] [--name MACHINE] [--out FILE.json]`: what is short is measured
N times, so that there is a spread; what is long (an hour, growth, load) once.
"""

import argparse
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks import growth, load, networks, renderers, show, stage, training
from models.arguments import whole
from train.run.processor import processor

OUT = Path("benchmarks/results.json")


def machine(name: str) -> dict[str, object]:
    """What was measured on."""
    model = processor()
    return {
        "name": name or f"{model}, {os.cpu_count()} cores",
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "onnxruntime": version("onnxruntime"),
        "numpy": version("numpy"),
        "torch": version("torch"),
    }


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.all", description=__doc__)
    p.add_argument("--runs", type=whole(), default=3)
    p.add_argument("--name", default="", help="of this machine, as the table is to call it")
    p.add_argument("--out", type=Path, default=OUT)
    args = p.parse_args()
    runs = [
        {
            "networks": networks.measure("alice", "ballroom"),
            "training": training.measure(),
            "show": show.measure("demo", "alice", 30.0),
        }
        for _ in range(args.runs)
    ]
    results = {
        "machine": machine(args.name),
        "runs": runs,
        "renderers": renderers.measure(renderers.SHIPPED),
        "stage": stage.measure("alice"),
        "growth": growth.measure("alice", "ballroom", 60.0),
        "load": load.measure("alice", 60.0),
    }
    args.out.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
