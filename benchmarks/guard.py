"""--guard: seconds from the kill of a show to the first OSC bundle of the next one.

`python -m benchmarks.guard [--times 5] [--target alice] [--dance ballroom]` (Linux); each time a
show of its own, so that the guard has not yet begun to wait between its starts.
"""

import argparse
import json
import os
import signal
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.night.vitals import vitals
from benchmarks.night.watched import Watched
from models.arguments import whole
from train.run.processor import processor

BEFORE_S = 3.0  # danced before the kill


def back_after(words: list[str]) -> tuple[float, float]:
    """Seconds without a bundle behind a kill; memory of the guard, MB."""
    show = ["--guard", "--input", "demo", "--mute", "--headless", *words]
    with tempfile.TemporaryDirectory() as folder:
        guard = Watched(show, {}, Path(folder) / "said.txt")
        try:
            guard.wait_for_frames()
            time.sleep(BEFORE_S)
            killed_at = time.perf_counter()
            guard.strike(signal.SIGKILL)
            time.sleep(0.1)  # what was on its way
            frames = guard.heard.frames
            n_before = len(frames)
            while len(frames) == n_before and guard.is_alive:
                time.sleep(0.005)
            memory = vitals(guard.process.pid)
            return frames[n_before][0] - killed_at, memory.memory_mb if memory else 0.0
        finally:
            guard.send(signal.SIGTERM)
            guard.wait(30)
            guard.close()


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--times", type=whole(), default=5)
    p.add_argument("--target", default="alice")
    p.add_argument("--dance", default="ballroom")
    args = p.parse_args()
    words = ["--target", args.target, "--dance", args.dance]
    measured = [back_after(words) for _ in range(args.times)]
    times = [seconds for seconds, _ in measured]
    print(json.dumps({
        "processor": processor(),
        "load average": round(os.getloadavg()[0], 1),
        "back after s, median": round(float(np.median(times)), 2),
        "each": [round(seconds, 2) for seconds in times],
        "guard, resident, MB": measured[-1][1],
    }, indent=1))  # fmt: skip
