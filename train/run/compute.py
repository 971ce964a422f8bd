"""How a training computes its steps here: float32 or bfloat16, and on how many threads.

bfloat16 halves a step where the processor multiplies it, and takes ten times as long where it is
emulated; only a try tells. The choice stands in the checkpoint, and a resumed training keeps it.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from models.nets.checkpoint import read_header
from train.run import distributed

PRECISION, THREADS = "precision", "threads"  # fields of a checkpoint's header
HOPELESS = 2.0  # times as long for a small convolution: then the step itself need not be tried
WORTH = 0.95  # of float32's time: more than this and the digits are kept
WORTH_THREADS = 0.8  # of the time on half as many threads
TRIES = 3  # timed steps of each, in turns

Attempt = Callable[[bool], object]
Say = Callable[[str], None]
Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True)
class Compute:
    """How the steps of one training are computed."""

    bfloat16: bool
    threads: int

    def header(self) -> dict[str, Any]:
        """As it stands in the checkpoint."""
        return {PRECISION: in_words(self.bfloat16), THREADS: self.threads}


def in_words(bfloat16: bool) -> str:
    return "bfloat16" if bfloat16 else "float32"


class Trial:
    """Stands for a Run in steps that are only tried: nothing is averaged, shared or saved."""

    step = 1

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)

    def share_gradients(self) -> None:
        """Nothing to share."""


def choose(
    wanted: bool | None,
    path: Path,
    device: torch.device,
    prepare: Callable[[], Attempt],
    say: Say = tqdm.write,
) -> Compute:
    """The faster precision, and as many threads as are worth it; torch is set to them.

    `wanted` is bfloat16 or not, None: what is faster; the threads are at most those that torch is
    set to. A training with a checkpoint at `path` goes on as it began. `prepare` gives a function
    that takes one step in bfloat16 or not, with copies of what it changes. Of several processes
    the first decides. Raises CheckpointError for a file that is none.
    """
    kept = distributed.of_first(lambda: read_header(path) if path.exists() else {})
    most = torch.get_num_threads()
    bfloat16 = kept[PRECISION] == "bfloat16" if PRECISION in kept else wanted
    threads = int(kept.get(THREADS, 1)) if kept else 0
    if most == 1 or device.type == "cuda" or distributed.count() > 1:
        threads = most
    if bfloat16 is None and device.type == "cuda":
        bfloat16 = torch.cuda.is_bf16_supported()
    if (bfloat16 is None or not threads) and distributed.is_first():
        with torch.random.fork_rng(devices=[]):
            bfloat16, threads = _tried(bfloat16, threads, most, prepare, say)
    chosen = Compute(distributed.any_of(bool(bfloat16)), min(threads, most))
    torch.set_num_threads(chosen.threads)
    return chosen


def _tried(
    bfloat16: bool | None, threads: int, most: int, prepare: Callable[[], Attempt], say: Say
) -> tuple[bool, int]:
    """What is not yet known, by taking steps."""
    torch.set_num_threads(threads or 1)
    if bfloat16 is None and is_emulated():
        say("In float32: this processor only emulates bfloat16.")
        bfloat16 = False
    if bfloat16 is not None and threads:
        return bfloat16, threads
    attempt = prepare()
    if bfloat16 is None:
        plain, half = _seconds([lambda: attempt(False), lambda: attempt(True)])
        bfloat16 = half < WORTH * plain
        say(
            f"In {in_words(bfloat16)}: a step takes {plain:.2f} s in float32, "
            f"{half:.2f} s in bfloat16."
        )
    if not threads:
        threads = _worth(most, lambda: attempt(bfloat16), say)
    return bfloat16, threads


def _worth(most: int, attempt: Callable[[], object], say: Say) -> int:
    """Threads that are worth it: twice as many as long as a step gets a fifth faster."""

    def on(count: int) -> Callable[[], object]:
        def step() -> None:
            torch.set_num_threads(count)
            attempt()

        return step

    threads = 1
    while 2 * threads <= most:
        fewer, more = _seconds([on(threads), on(2 * threads)])
        say(
            f"A step takes {fewer:.2f} s on {_threads(threads)}, "
            f"{more:.2f} s on {_threads(2 * threads)}."
        )
        if more >= WORTH_THREADS * fewer:
            break
        threads *= 2
    return threads


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _seconds(ways: list[Callable[[], object]]) -> list[float]:
    """The usual time of each, taken in turns; the first of each warms up."""
    took: list[list[float]] = [[] for _ in ways]
    for number in range(TRIES + 1):
        for way, times in zip(ways, took, strict=True):
            began = time.perf_counter()
            way()
            if number:
                times.append(time.perf_counter() - began)
    return [median(times) for times in took]


def is_emulated() -> bool:
    """Whether a small convolution and its gradient take far longer in bfloat16; 0.1 s."""
    weight = torch.randn(32, 32, 3, 3, requires_grad=True)
    seen = torch.randn(2, 32, 32, 32)

    def seconds(dtype: torch.dtype) -> float:
        began = time.perf_counter()
        made = functional.conv2d(seen.to(dtype), weight.to(dtype), padding=1)
        made.float().square().sum().backward()
        return time.perf_counter() - began

    took = {dtype: [seconds(dtype) for _ in range(6)] for dtype in (torch.float32, torch.bfloat16)}
    return min(took[torch.bfloat16]) > HOPELESS * min(took[torch.float32])


def twin(model: Model) -> Model:
    """A copy to be trained and thrown away."""
    return copy.deepcopy(model)
