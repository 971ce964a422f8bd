"""--guard: seconds from the kill of a show to the first OSC bundle of the next one.

`python -m benchmarks.guard [--times 5] [--target alice] [--dance ballroom]` (Linux); each time a
show of its own, so that the guard has not yet begun to wait between its starts.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.wishes import Ear, memory_mb
from train.run.processor import processor

BEFORE_S = 3.0  # danced before the kill


def back_after(words: list[str]) -> tuple[float, float]:
    """Seconds without a bundle behind a kill; memory of the guard, MB."""
    ear = Ear()
    show = ["--input", "demo", "--mute", "--headless", "--osc", f"127.0.0.1:{ear.port}", *words]
    guard = subprocess.Popen(
        [sys.executable, "-m", "live.cli", "--guard", *show], stderr=subprocess.DEVNULL
    )
    try:
        while not ear.arrivals:
            time.sleep(0.01)
        time.sleep(BEFORE_S)
        children = Path(f"/proc/{guard.pid}/task/{guard.pid}/children").read_text()
        killed_at = time.perf_counter()
        os.kill(int(children.split()[0]), signal.SIGKILL)
        time.sleep(0.1)  # what was on its way
        n_before = len(ear.arrivals)
        while len(ear.arrivals) == n_before:
            time.sleep(0.005)
        return ear.arrivals[n_before] - killed_at, memory_mb(guard.pid)
    finally:
        guard.terminate()
        guard.wait(30)


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--times", type=int, default=5)
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
