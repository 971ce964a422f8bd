"""A knob on the target: what a thousand wishes cost a running show in poses a second and memory.

`python -m benchmarks.wishes [--wishes 1000] [--rate 30] [--targets alice bob skeleton]
[--out FILE.json]`; `--rate 0.5` switches every two seconds, so that each target is shown.
"""

import argparse
import json
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.night.watched import Watched
from models.arguments import number, whole
from train.run.processor import processor

BEFORE_S = 6.0  # danced before the first wish
AFTER_S = 5.0  # and after the last
COUNTED_S = 2.0  # over which poses are counted: one that is late is not missing


def measure(
    wishes: int, rate: float, targets: Sequence[str], end_loading: bool
) -> dict[str, object]:
    """One show; `end_loading` ends it while the last wish is being loaded."""
    words = ["--input", "demo", "--mute", "--headless", "--target", targets[0]]
    with tempfile.TemporaryDirectory() as folder:
        show = Watched(words, {}, Path(folder) / "said.txt")
        show.wait_for_frames()
        time.sleep(BEFORE_S)
        memory, began = [memory_mb(show)], time.perf_counter()
        for n in range(wishes):
            time.sleep(max(0.0, began + n / rate - time.perf_counter()))
            show.tell("target", targets[(n + 1) % len(targets)])
            if n % max(1, round(rate)) == 0:
                memory.append(memory_mb(show))
        show.tell("target", targets[0])
        ended = time.perf_counter()
        time.sleep(AFTER_S)
        memory.append(memory_mb(show))
        if end_loading:
            show.tell("target", targets[1])
            time.sleep(0.3)
        show.send(signal.SIGTERM)
        code = show.wait()
        show.close()
        warnings = show.said.splitlines()[1:]
    rates = poses_a_second(show, began, ended + AFTER_S - 1.0)
    return {
        "processor": processor(),
        "load average": round(os.getloadavg()[0], 1),
        "wishes": wishes,
        "rate": rate,
        "poses/s before": round(
            float(np.mean(poses_a_second(show, began - BEFORE_S + 1.0, began))), 1
        ),
        "poses/s, least": round(min(rates), 1),
        "poses/s, median": round(float(np.median(rates)), 1),
        "poses/s, every 2 s": rates,
        "memory MB, before": memory[0],
        "memory MB, most": max(memory),
        "memory MB, after": memory[-1],
        "exit code": code,
        "said": warnings,
    }


def memory_mb(show: Watched) -> float:
    """Resident memory."""
    found = show.vitals()
    return found.memory_mb if found else 0.0


def poses_a_second(show: Watched, since: float, until: float) -> list[float]:
    """In every stretch of COUNTED_S."""
    edges = np.arange(since, until + 1e-6, COUNTED_S)
    counts, _ = np.histogram([at for at, *_ in show.heard.frames], edges)
    return [float(n / COUNTED_S) for n in counts]


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--wishes", type=whole(), default=1000)
    p.add_argument("--rate", type=number(0.1, 1e4), default=30.0)
    p.add_argument("--targets", nargs="+", default=["alice", "bob", "skeleton"])
    p.add_argument("--end-loading", action="store_true", help="end the show while one is loaded")
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.wishes, args.rate, args.targets, args.end_loading), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
