"""A training's step in bfloat16, in float32 and as it is chosen here, and whether all learn alike.

`python -m benchmarks.precision`; held to a plain processor with
`ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2`. Seconds are the processor's own, on one thread:
other work on the machine does not count. The losses are those of 20 steps from the same beginning.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from models.nets.measure.stgcn import ActionNetwork
from train.dancer.config import DANCE_PRESETS, PaperTraining
from train.dancer.paper import Learners, TrueFeatures, train_step
from train.dancer.paper_data import PaperSegments
from train.paper.config import ACTION_PRESETS
from train.person import drawn
from train.renderer import coverage
from train.renderer.config import TARGET_PRESETS
from train.renderer.model import new_model
from train.renderer.sampler import Sampler
from train.renderer.step import Stepper
from train.renderer.train import new_optimizer
from train.run import compute
from train.run.compute import Trial
from train.run.device import CPU
from train.run.processor import processor
from train.synthetic.choreography import make_songs

TIMED = 3  # steps
EQUAL = 20  # steps whose losses are compared

Step = Callable[[], float]  # its loss
Make = Callable[[bool], Step]  # in bfloat16 or not


def paper(bfloat16: bool) -> Step:
    """Generator and critics of the paper, all losses on; a batch of 16."""
    settings = DANCE_PRESETS["paper"]
    assert isinstance(settings, PaperTraining)
    settings = replace(settings, bfloat16=bfloat16)
    songs = [replace(song, split="train") for song in make_songs(2, 34.0)]
    segments = PaperSegments(songs, settings.spec.horizons, settings.snapped)
    torch.manual_seed(0)
    learners = Learners(settings)
    optimizer = torch.optim.Adam(learners.groups(settings))
    seen = TrueFeatures(ActionNetwork(12).eval().requires_grad_(False), settings)
    run = Trial()

    def step() -> float:
        batch = segments.batch(run.rng, settings.batch)
        named, _ = train_step(learners, optimizer, seen, batch, settings, run, None)
        return float(torch.stack(list(named.values())).sum())

    return step


def actions(bfloat16: bool) -> Step:
    """The action network, a batch of 4."""
    settings = replace(ACTION_PRESETS["stage"], batch=4)
    torch.manual_seed(0)
    network = ActionNetwork(16, settings.dropout)
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate)
    rng = np.random.default_rng(0)

    def step() -> float:
        poses = torch.from_numpy(rng.normal(0, 1, (settings.batch, 50, 18, 2)).astype(np.float32))
        goal = torch.from_numpy(rng.integers(16, size=settings.batch))
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits, _ = network(poses)
        loss = functional.cross_entropy(logits.float(), goal)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def person(bfloat16: bool) -> Step:
    """A person at 256 px, with the critic."""
    settings = replace(TARGET_PRESETS["stage"], bfloat16=bfloat16)
    data = drawn.synthetic(settings.spec.size, 24, 0)
    model = new_model(data, settings, 0, CPU)
    sampler = Sampler(data, model.painter, settings, None)
    stepper = Stepper(model, new_optimizer(model, settings), settings, coverage.measure(data))
    rng = np.random.default_rng(0)
    return lambda: stepper.step(sampler.draw(rng), 90, 100)["total"].item()


def seconds(step: Step) -> float:
    """Of the processor, for one step; the first is not counted."""
    step()
    began = time.process_time()
    for _ in range(TIMED):
        step()
    return (time.process_time() - began) / TIMED


def chosen(make: Make) -> bool:
    """What a training takes here that is not told."""

    def prepare() -> compute.Attempt:
        steps = {half: make(half) for half in (False, True)}
        return lambda half: steps[half]()

    return compute.choose(None, Path("no checkpoint"), CPU, prepare).bfloat16


def measure_one(make: Make) -> dict[str, object]:
    """Seconds of each, what is chosen, and how far its losses are from float32's."""
    half = chosen(make)
    took = {compute.in_words(one): round(seconds(make(one)), 3) for one in (True, False)}
    losses: list[list[float]] = []
    for one in (half, False):
        torch.manual_seed(1)
        step = make(one)
        torch.manual_seed(2)
        losses.append([step() for _ in range(EQUAL)])
    ours, plain = np.array(losses)
    return {
        **{f"step, {name} s": value for name, value in took.items()},
        "chosen": compute.in_words(half),
        "bfloat16 / chosen": round(took["bfloat16"] / took[compute.in_words(half)], 2),
        "losses, largest difference": float(f"{np.abs(ours / plain - 1).max():.2g}"),
    }


def measure() -> dict[str, object]:
    torch.set_num_threads(1)
    made: dict[str, Make] = {"paper": paper, "actions": actions, "person": person}
    found: dict[str, object] = {"processor": processor()}
    found["instructions"] = torch.backends.cpu.get_cpu_capability()
    return found | {name: measure_one(partial(make)) for name, make in made.items()}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
