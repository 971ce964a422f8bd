"""`make bench`: every benchmark into one JSON with machine and versions, and onto the screen."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks import networks, show, stage, training

OUT = Path("benchmarks/results.json")


def machine() -> dict[str, object]:
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":")[1] for line in info.read_text().splitlines() if "model name" in line
        ]
        model = names[0].strip() if names else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "onnxruntime": version("onnxruntime"),
        "numpy": version("numpy"),
        "torch": version("torch"),
    }


def main() -> None:
    results = {
        "machine": machine(),
        "networks": networks.measure("alice", "ballroom"),
        "training": training.measure(),
        "show": show.measure("demo", "alice", 30.0),
        "stage": stage.measure("alice"),
    }
    OUT.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
