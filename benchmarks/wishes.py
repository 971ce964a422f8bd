"""A knob on the target: what a thousand wishes cost a running show in poses a second and memory.

`python -m benchmarks.wishes [--wishes 1000] [--rate 30] [--targets alice bob skeleton]
[--out FILE.json]`; `--rate 0.5` switches every two seconds, so that each target is shown.
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pythonosc.udp_client import SimpleUDPClient

from models.arguments import number, whole
from train.run.processor import processor

BEFORE_S = 6.0  # danced before the first wish
AFTER_S = 5.0  # and after the last
COUNTED_S = 2.0  # over which poses are counted: one that is late is not missing


class Ear:
    """Counts poses: host times of their arrival."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            if b"/frame\0" in self._socket.recv(65536):
                self.arrivals.append(time.perf_counter())

    def rates(self, since: float, until: float) -> list[float]:
        """Poses a second, in every stretch of COUNTED_S."""
        edges = np.arange(since, until + 1e-6, COUNTED_S)
        counts, _ = np.histogram(np.array(self.arrivals), edges)
        return [float(n / COUNTED_S) for n in counts]


def free_port() -> int:
    """Of UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_mb(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return round(int(found[1]) / 1e3, 1) if found else 0.0


def measure(
    wishes: int, rate: float, targets: Sequence[str], end_loading: bool
) -> dict[str, object]:
    """One show; `end_loading` ends it while the last wish is being loaded."""
    ear, port = Ear(), free_port()
    words = ["--input", "demo", "--mute", "--headless", "--target", targets[0]]
    words += ["--osc", f"127.0.0.1:{ear.port}", "--osc-in", str(port)]
    with tempfile.TemporaryFile("w+") as said:
        show = subprocess.Popen([sys.executable, "-m", "live.cli", *words], stderr=said)
        knob = SimpleUDPClient("127.0.0.1", port)
        while not ear.arrivals and show.poll() is None:
            time.sleep(0.05)
        time.sleep(BEFORE_S)
        memory, began = [memory_mb(show.pid)], time.perf_counter()
        for n in range(wishes):
            time.sleep(max(0.0, began + n / rate - time.perf_counter()))
            knob.send_message("/dancelive/target", targets[(n + 1) % len(targets)])
            if n % max(1, round(rate)) == 0:
                memory.append(memory_mb(show.pid))
        knob.send_message("/dancelive/target", targets[0])
        ended = time.perf_counter()
        time.sleep(AFTER_S)
        memory.append(memory_mb(show.pid))
        if end_loading:
            knob.send_message("/dancelive/target", targets[1])
            time.sleep(0.3)
        show.send_signal(signal.SIGTERM)
        code = show.wait(60)
        said.seek(0)
        warnings = said.read().splitlines()[1:]
    rates = ear.rates(began, ended + AFTER_S - 1.0)
    return {
        "processor": processor(),
        "load average": round(os.getloadavg()[0], 1),
        "wishes": wishes,
        "rate": rate,
        "poses/s before": round(float(np.mean(ear.rates(began - BEFORE_S + 1.0, began))), 1),
        "poses/s, least": round(min(rates), 1),
        "poses/s, median": round(float(np.median(rates)), 1),
        "poses/s, every 2 s": rates,
        "memory MB, before": memory[0],
        "memory MB, most": max(memory),
        "memory MB, after": memory[-1],
        "exit code": code,
        "said": warnings,
    }


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
