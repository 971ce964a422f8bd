"""A sound server that dies again and again: `python -m benchmarks.deaths [--count 200] [--seed 0]`.

A microphone listens through a sound server of its own, which is killed at random moments, every
second time just while the microphone is being opened again, and started anew. Threads, handles and
processes before and after, why it did not open at once, how long it took to be back, and how late
its blocks are handed over, as one JSON. Ends with 1 where something is left. Linux with PulseAudio.
"""

import argparse
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.night.virtual_mic import VirtualMic, virtual_mic_server
from benchmarks.night.vitals import vitals
from live.core.messages import AudioBlock
from live.sound.open import open_source
from live.sound.source import Source
from models.arguments import any_seed, whole
from train.run.processor import processor

DEVICE = "stage_mic"
BACK_S = 30.0  # then it is given up
SETTLED_S = 5.0
OPENS_S = 3.0  # within these it is tried again
OPENING_S = 0.15  # that it lasts
CLIENT = "threaded-ml\n"  # the thread of the sound server's library


def counts() -> dict[str, int]:
    """Of this process."""
    found = vitals(os.getpid())
    assert found is not None
    return {"threads": found.threads, "handles": found.handles, "processes": len(children())}


def children() -> list[Path]:
    """The processes that this one has started, in /proc."""
    found: list[Path] = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that has just ended
            found += [Path("/proc", pid) for pid in (task / "children").read_text().split()]
    return found


def is_opening() -> bool:
    """Whether a stream's process is with the sound server."""
    for child in children():
        with contextlib.suppress(OSError):
            if '"job": "capture"' in (child / "cmdline").read_text():
                names = [(task / "comm").read_text() for task in (child / "task").iterdir()]
                return CLIENT in names
    return False


def wait_for(what: Any, seconds: float) -> bool:
    """Whether `what` became true in time."""
    until = time.perf_counter() + seconds
    while not what() and time.perf_counter() < until:
        time.sleep(0.005)
    return bool(what())


def suffer(mic: VirtualMic, source: Source, rng: np.random.Generator, is_aimed: bool) -> float:
    """One death; s from when a new server is started until the microphone hears again.

    An aimed one takes the new server as well, while the microphone is being opened.
    """
    time.sleep(rng.uniform(0.0, 0.5))
    mic.do("kill")
    wait_for(lambda: not source.sound, BACK_S)
    if is_aimed:
        starting = threading.Thread(target=_start, args=(mic,))
        starting.start()
        wait_for(is_opening, OPENS_S)
        time.sleep(rng.uniform(0.0, OPENING_S))
        os.kill(mic.pid, signal.SIGKILL)
        starting.join()
        with contextlib.suppress(subprocess.CalledProcessError):
            mic.do("kill")
        wait_for(lambda: not source.sound, BACK_S)
    began = time.perf_counter()
    mic.start(DEVICE)
    is_back = wait_for(lambda: source.sound, BACK_S)
    return time.perf_counter() - began if is_back else float("inf")


def _start(mic: VirtualMic) -> None:
    """A server that may be killed before it is all there."""
    with contextlib.suppress(subprocess.CalledProcessError):
        mic.start(DEVICE)


class Reasons(logging.Handler):
    """Counts why the microphone did not open."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.counted: Counter[str] = Counter()
        logger = logging.getLogger("live.sound.microphone")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.DEBUG:
            self.counted[record.getMessage().partition("is not back: ")[2]] += 1


def night(count: int, seed: int) -> dict[str, Any]:
    """All deaths; what was measured."""
    rng = np.random.default_rng(seed)
    late: list[float] = []
    reasons = Reasons()

    def put(block: AudioBlock) -> None:
        if source.sound:
            late.append(time.perf_counter() - block.captured_at)

    with virtual_mic_server() as mic:
        mic.start(DEVICE)
        os.environ.update(mic.env)
        source = open_source(DEVICE)
        source.start(put)
        wait_for(lambda: source.sound, BACK_S)
        time.sleep(SETTLED_S)
        handed_over = [1e3 * one for one in late]
        before = counts()
        took = []
        for number in range(count):
            with contextlib.suppress(subprocess.CalledProcessError):
                took.append(suffer(mic, source, rng, number % 2 == 1))
            if number % 20 == 19:
                print(f"  {number + 1} deaths, {counts()}", file=sys.stderr, flush=True)
        wait_for(lambda: counts() == before, SETTLED_S)
        after = counts()
        restarts = source.restarts
        source.stop()
    return {
        "processor": processor(), "deaths": len(took), "restarts": restarts,
        "before": before, "after": after,
        "did not open": dict(reasons.counted),
        "heard again after s": figures(took, {"p50": 50, "p95": 95, "most": 100}),
        "handed over after ms": figures(handed_over, {"p50": 50, "p99": 99}),
    }  # fmt: skip


def figures(values: list[float], wanted: dict[str, int]) -> dict[str, float]:
    """Percentiles by name."""
    return {
        name: round(float(np.percentile(values, percent)), 2) for name, percent in wanted.items()
    }


def main(argv: list[str] | None = None) -> None:
    """Ends with 1 where a thread, a handle or a process is left."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.deaths", description=__doc__)
    p.add_argument("--count", type=whole(1), default=200)
    p.add_argument("--seed", type=any_seed, default=0)
    args = p.parse_args(argv)
    facts = night(args.count, args.seed)
    print(json.dumps(facts, indent=1))
    is_left = any(facts["after"][key] > facts["before"][key] for key in facts["before"])
    sys.exit(int(is_left or not np.isfinite(facts["heard again after s"]["most"])))


if __name__ == "__main__":
    main()
