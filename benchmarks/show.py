"""The whole program as a process: start, a headless show in real time, an offline song, memory.

`python -m benchmarks.show [--input FILE] [--target NAME] [--seconds S] [--out FILE.json]`
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from models.arguments import number

DANCELIVE = [sys.executable, "-m", "live.cli"]


def help_s(n: int = 5) -> float:
    """Median seconds of `dancelive --help`."""
    times = []
    for _ in range(n):
        began = time.perf_counter()
        subprocess.run([*DANCELIVE, "--help"], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - began)
    return round(float(np.median(times)), 3)


def show(source: str, target: str, seconds: float, *more: str) -> dict[str, object]:
    """The --stats of one headless show that is recorded, and the process's share of one core."""
    with tempfile.TemporaryDirectory() as folder:
        stats = Path(folder) / "stats.json"
        began = time.perf_counter()
        import resource

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [*DANCELIVE, "--input", source, "--target", target, "--headless", "--mute",
             "--duration", f"{seconds:g}", "--stats", str(stats), *more],
            cwd=folder, check=True,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        report = json.loads(stats.read_text())
        report["core_share"] = round(cpu / (time.perf_counter() - began), 3)
        return report


def measure(source: str, target: str, seconds: float) -> dict[str, object]:
    """All of it; the show with and without a recording."""
    return {
        "help s": help_s(),
        "show": show(source, target, seconds),
        "show recorded": show(source, target, seconds, "--record", "film.mp4"),
    }


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--input", default="demo")
    p.add_argument("--target", default="alice")
    p.add_argument("--seconds", type=number(1, 1e5), default=30.0)
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.input, args.target, args.seconds), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
