"""How the paper's painter of one person learns: global generator, local enhancer, then the face.

For a graphics card; in its tiny form also for a processor. Resumes where it was stopped.
"""

import copy
import dataclasses
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from models.nets import checkpoint
from models.nets.picture.paper_painter import KIND, FedBackPainter
from models.nets.picture.vgg import Vgg19, load_vgg
from train.person.data import TargetData
from train.renderer.config import PaperTargetTraining
from train.renderer.model import header_of
from train.renderer.paper import step as steps
from train.renderer.paper.pairs import Pairs
from train.renderer.paper.step import PaperLearners
from train.renderer.preview import painted_after_others, save_preview
from train.renderer.train import NOTE_EVERY, note_losses
from train.run import compute
from train.run.device import CPU
from train.run.loop import Run
from train.run.names import CHECKPOINT
from train.run.pace import Pace, TimeLimit, median_seconds
from train.run.progress import Progress
from train.run.run_log import RunLog

PACE_EVERY = 50  # steps after which the goal is set anew, where minutes are given
_WARM_UP, _TIMED = 3, 4  # steps of each stage that tell its pace


def measure_pace(
    learners: PaperLearners, pairs: Pairs, settings: PaperTargetTraining, vgg: Vgg19 | None
) -> Pace:
    """A few steps of every stage with a copy of the networks."""
    tried = copy.deepcopy(learners)
    optimizer, rng = new_optimizer(tried, settings), np.random.default_rng(0)

    def seconds(stage: steps.Stage) -> float:
        def step() -> None:
            share = (stage.begin + stage.end) / 2
            named = steps.step(tried, optimizer, pairs.draw(rng), settings, vgg, share)
            for loss in named.values():
                loss.item()  # waits for the card

        return median_seconds(step, _WARM_UP, _TIMED)

    stages = steps.stages(settings)
    return Pace(tuple(s.end for s in stages), tuple(seconds(s) for s in stages))


def new_optimizer(learners: PaperLearners, settings: PaperTargetTraining) -> torch.optim.Adam:
    """As the authors have it. A network that is not in its stage has no gradient and stays."""
    rate = settings.learning_rate
    return torch.optim.Adam(learners.parameters(), lr=rate, betas=(0.5, 0.999))


def train_paper(
    data: TargetData,
    settings: PaperTargetTraining,
    out: Path,
    name: str,
    rights: dict[str, str] | None = None,
    seed: int = 0,
    minutes: float | None = None,
    device: torch.device = CPU,
    vgg: Path | None = None,
) -> Run[PaperLearners]:
    """Train until `settings.iterations`, from the checkpoint in `out` if there is one.

    `vgg` is a file of VGG-19 weights for the perceptual loss, which is left out without it. With
    `minutes` the goal follows the pace of the machine, and a resumed run is exact in everything
    but its length. Raises CheckpointError when a file cannot be used, ValueError without two
    frames in a row.
    """
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
    pairs = Pairs(data, device)
    seen = None if vgg is None else load_vgg(vgg).to(device)
    if seen is None:
        tqdm.write("Without VGG-19 weights (--vgg FILE) the perceptual loss is left out.")
    path = out / CHECKPOINT
    if minutes is not None and path.exists():  # where the stages lay when it was stopped
        before = checkpoint.read_header(path)
        checkpoint.require(path, before, "total")
        total = before["total"]
        settings = dataclasses.replace(settings, iterations=total)
    torch.manual_seed(seed)
    learners = PaperLearners(settings).to(device)

    def prepare() -> compute.Attempt:
        tried, pair = compute.twin(learners), pairs.draw(np.random.default_rng(0))
        optimizer = new_optimizer(tried, settings)
        return lambda _: steps.step(tried, optimizer, pair, settings, seen, 0.0)

    chosen = compute.choose(False, path, device, prepare)
    header = header_of(data, settings, name, rights) | {
        "kind": KIND,
        "perceptual": seen is not None,
        **chosen.header(),
    }
    run = Run(
        path, learners, new_optimizer(learners, settings), header, settings.iterations,
        settings.ema, seed, lambda step, total: steps.rate(settings, step / total),
    )  # fmt: skip
    limit = None
    if minutes is not None:
        pace = measure_pace(learners, pairs, settings, seen)
        limit = TimeLimit(minutes, pace, PACE_EVERY, keeps_stage=True)
        limit.begin(run)
        tqdm.write(f"{run.total:,} steps in {minutes:.0f} minutes on this machine.")
    progress = Progress(run, RunLog(out, settings, seed, run.step), every=NOTE_EVERY)
    for bar in run.steps():
        if limit is not None:
            limit.adjust(run, bar)
        share = run.step / run.total
        run.header["stage"] = steps.stage_at(settings, share).name
        pair = pairs.draw(run.rng)
        progress.follow(bar, steps.step(learners, run.optimizer, pair, settings, seen, share))
        note_losses(run)
        if (run.step + 1) % settings.preview_every == 0:
            progress.note()
            painter = FedBackPainter(run.ema.painter, run.header["stage"])
            save_preview(out, run.step + 1, painted_after_others(painter, data), data)
    return run
