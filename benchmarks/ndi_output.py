"""--out ndi of a real show, received by NDI's own library on the same computer.

`python -m benchmarks.ndi_output [--target skeleton] [--rows 720] [--fps 60] [--seconds 20]`: how
many pictures a second arrive; when they leave (`left`), as against when they are due; how long they
are on their way (`way`, from the library's own time of sending to the received pixels); and when
the stage itself gets each picture (`window`).
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.ndi_receiver import receiving
from benchmarks.timing import summary
from models.arguments import whole
from train.run.processor import processor

NAME = f"benchmark {os.getpid()}"
SETTLE_S = 3.0


def measured(target: str, rows: int, fps: int, seconds: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        stats = Path(folder) / "stats.json"
        rate = f",fps={fps}" if fps else ""
        show = subprocess.Popen([
            sys.executable, "-m", "live.cli", "--input", "demo", "--mute", "--headless",
            "--target", target, "--engine", "cpu", "--size", str(rows), "--no-adapt",
            "--output", f"{rows * 16 // 9}x{rows}", "--stats", str(stats),
            "--out", f"ndi:{NAME}{rate}",
        ])  # fmt: skip
        ways, arrivals = [], []
        with receiving(NAME, 60.0) as receiver:
            receiver.take(60.0)
            begin = time.time() + SETTLE_S
            while time.time() < begin + seconds and (got := receiver.take(5.0)) is not None:
                if got.at > begin:
                    ways.append((got.at - got.sent_at) * 1e3)
                    arrivals.append(got.at)
            show.send_signal(signal.SIGTERM)
            show.wait()
        told = json.loads(stats.read_text())
    output = told["outputs"][f"ndi:{NAME}"]
    return {
        "pictures/s": round((len(arrivals) - 1) / (arrivals[-1] - arrivals[0]), 2),
        "longest gap, ms": round(float(np.diff(arrivals).max()) * 1e3),
        "way, ms": summary(ways),
        "left, ms": output["left_ms"],
        "window, ms": told["frame_error_ms"],
        "output": {name: output[name] for name in ("sent", "repeated", "dropped")},
    }


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--target", default="alice-hd")
    p.add_argument("--rows", type=whole(128, 2160), default=720)
    p.add_argument("--fps", type=whole(0, 240), default=0)
    p.add_argument("--seconds", type=whole(), default=20)
    args = p.parse_args()
    print(json.dumps({
        "processor": processor(),
        "load average": round(os.getloadavg()[0], 1),
        "target, rows": (args.target, args.rows),
    } | measured(args.target, args.rows, args.fps, float(args.seconds)), indent=1))  # fmt: skip
