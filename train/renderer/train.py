"""How the stage renderer of one person learns, until a number of steps or a time."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from models.nets.picture.renderer_critic import AdversarialPainter
from models.types import Array
from train.person.data import TargetData
from train.renderer import coverage
from train.renderer.config import TargetTraining
from train.renderer.coverage import Coverage
from train.renderer.model import begin_with, header_of, new_model, new_optimizer
from train.renderer.preview import painted_by, save_preview
from train.renderer.sampler import Sampler
from train.renderer.step import Stepper
from train.run import compute
from train.run.device import CPU, device_of
from train.run.loop import Run
from train.run.names import CHECKPOINT
from train.run.pace import Pace, TimeLimit, median_seconds
from train.run.progress import Progress
from train.run.run_log import RunLog

NOTE_EVERY = 10  # steps
PACE_EVERY = 200  # steps after which --minutes sets the number of iterations anew
_TRIED_TOTAL = 1_000_000  # steps of the training that a measured step is thought to belong to
_WARM_UP, _TIMED = 1, 3  # steps of each stage that tell its pace


def measure_pace(
    model: AdversarialPainter, sampler: Sampler, settings: TargetTraining, sure: Coverage
) -> Pace:
    """A few steps of each stage, without and with the critic, with a copy of the network."""
    pair = copy.deepcopy(model)
    stepper = Stepper(pair, new_optimizer(pair, settings), settings, sure)
    rng, total = np.random.default_rng(0), _TRIED_TOTAL

    def seconds(at: int) -> float:
        def step() -> None:
            stepper.step(sampler.draw(rng), at, total)["total"].item()

        return median_seconds(step, _WARM_UP, _TIMED)

    with_critic = int(settings.critic_from * total) + settings.critic_alone + 1
    return pace_of(settings.critic_from, seconds(0), seconds(with_critic))


def _for_this_machine(
    settings: TargetTraining,
    model: AdversarialPainter,
    sampler: Sampler,
    sure: Coverage,
    path: Path,
) -> compute.Compute:
    """How the training at `path` is computed."""

    def prepare() -> compute.Attempt:
        pair = compute.twin(model)
        optimizer = new_optimizer(pair, settings)
        each = {half: replace(settings, bfloat16=half) for half in (False, True)}
        steppers = {half: Stepper(pair, optimizer, one, sure) for half, one in each.items()}
        samples = sampler.draw(np.random.default_rng(0))
        return lambda half: steppers[half].step(samples, 0, _TRIED_TOTAL)["total"].item()

    return compute.choose(settings.bfloat16, path, device_of(model), prepare)


def pace_of(critic_from: float, plain: float, with_critic: float) -> Pace:
    """Seconds of a step before and after the critic comes, at that share of the training."""
    if critic_from <= 0:
        return Pace((1.0,), (with_critic,))
    if critic_from >= 1:
        return Pace((1.0,), (plain,))
    return Pace((critic_from, 1.0), (plain, with_critic))


def train(
    data: TargetData,
    settings: TargetTraining,
    out: Path,
    name: str,
    rights: dict[str, str] | None = None,
    seed: int = 0,
    minutes: float | None = None,
    danced: Array | None = None,
    device: torch.device = CPU,
    start: Path | None = None,
) -> Run[AdversarialPainter]:
    """Train until `settings.iterations`, from the checkpoint in `out` if there is one.

    `danced` are canonical poses (N, 18, 2) of dances; `start` is the checkpoint of a person to
    begin with. With `minutes` the goal follows the pace of
    the machine instead, and a resumed run is exact in everything but its length.
    """
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
    model = new_model(data, settings, seed, device)
    if start is not None:
        begin_with(model.painter, start)
    sampler, sure = Sampler(data, model.painter, settings, danced), coverage.measure(data)
    chosen = _for_this_machine(settings, model, sampler, sure, out / CHECKPOINT)
    settings = replace(settings, bfloat16=chosen.bfloat16)
    run = Run(
        out / CHECKPOINT, model, new_optimizer(model, settings),
        header_of(data, settings, name, rights) | chosen.header(), settings.iterations,
        settings.ema, seed,
    )  # fmt: skip
    limit = TimeLimit(minutes, measure_pace(model, sampler, settings, sure), PACE_EVERY)
    limit.begin(run)
    tqdm.write(limit.forecast(run))
    stepper = Stepper(model, run.optimizer, settings, sure)
    progress = Progress(run, RunLog(out, settings, seed, run.step), every=NOTE_EVERY)
    for bar in run.steps():
        limit.adjust(run, bar)
        progress.follow(bar, stepper.step(sampler.draw(run.rng), run.step, run.total))
        note_losses(run)
        if (run.step + 1) % settings.preview_every == 0:
            progress.note()
            save_preview(out, run.step + 1, painted_by(run.ema.painter, data), data)
    return run


def note_losses(run: Run) -> None:
    """The running means as the checkpoint tells them to people."""
    run.header["losses"] = {key: round(value, 5) for key, value in run.means.items()}
