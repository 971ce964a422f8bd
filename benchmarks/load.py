"""Shows while every core is busy with other work: what keeps its time, what gives way.

`python -m benchmarks.load [--target NAME] [--seconds S] [--out FILE.json]`
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.show import show
from models.arguments import number

# As busy as another program can be: it never waits.
BUSY = "import numpy as np\na = np.ones((256, 256))\nwhile True: a = a @ a * 1e-3"
KEYS = (
    "chunks", "chunks_lost", "poses", "frames", "frames_late", "fps", "core_share", "rss_mb",
    "first_frame_s", "generator_ms", "renderer_ms", "capture_to_pose_ms", "lead_ms",
    "osc_error_ms", "frame_error_ms", "quality_steps", "engine",
)  # fmt: skip


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that each take a core, at the show's own priority."""
    one = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    others = [subprocess.Popen([sys.executable, "-c", BUSY], env=one) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def measure(target: str, seconds: float) -> dict[str, object]:
    """The same show with the machine idle and with as many busy processes as cores."""
    cores = os.cpu_count() or 1
    found: dict[str, object] = {"cores": cores}
    for name, count in (("idle", 0), ("loaded", cores)):
        with busy(count):
            report = show("demo", target, seconds)
        found[name] = {key: report[key] for key in KEYS}
    return found


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--target", default="alice")
    p.add_argument("--seconds", type=number(1, 1e5), default=60.0)
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.target, args.seconds), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
