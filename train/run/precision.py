"""float32 or bfloat16: the faster of the two for the training's own step on this machine.

bfloat16 halves a step where the processor multiplies it, and takes ten times as long where it is
emulated; only a try tells. The choice stands in the checkpoint, and a resumed training keeps it.
"""

import copy
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from models.nets.checkpoint import read_header
from train.run import distributed

FIELD = "precision"  # of a checkpoint's header
HOPELESS = 2.0  # times as long for a small convolution: then the step itself need not be tried
WORTH = 0.95  # of float32's time: more than this and the digits are kept
TRIES = 3  # timed steps of each, in turns

Attempt = Callable[[bool], object]
Model = TypeVar("Model", bound=nn.Module)


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
    say: Callable[[str], None] = tqdm.write,
) -> bool:
    """Whether to train in bfloat16; a training with a checkpoint at `path` goes on as it began.

    `prepare` gives a function that takes one step in bfloat16 or not, with copies of what it
    changes. Of several processes the first decides. Raises CheckpointError for a file that is none.
    """
    kept = read_header(path).get(FIELD) if path.exists() else None
    if kept is not None:
        return kept == "bfloat16"
    if wanted is not None:
        return wanted
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    with torch.random.fork_rng(devices=[]):
        faster = distributed.is_first() and _is_faster(prepare, say)
    return distributed.any_of(faster)


def _is_faster(prepare: Callable[[], Attempt], say: Callable[[str], None]) -> bool:
    if is_emulated():
        say("In float32: this processor only emulates bfloat16.")
        return False
    attempt = prepare()
    took: dict[bool, list[float]] = {False: [], True: []}
    for number in range(TRIES + 1):
        for bfloat16, times in took.items():
            began = time.perf_counter()
            attempt(bfloat16)
            if number:  # the first of each warms up
                times.append(time.perf_counter() - began)
    plain, half = median(took[False]), median(took[True])
    faster = half < WORTH * plain
    say(f"In {in_words(faster)}: a step takes {plain:.2f} s in float32, {half:.2f} s in bfloat16.")
    return faster


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
