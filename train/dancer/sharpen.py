"""The last part of a stage dance's training: sharper plans with a discriminator."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models import spec
from models.nets.checkpoint import CheckpointError
from models.nets.dance.critics import LocalTemporalDiscriminator
from models.nets.dance.generator import DanceGenerator
from models.nets.dance.load_dance import load_dance
from models.nets.measure.stgcn import ActionNetwork
from train.dance_eval.selection import Validator, select
from train.dancer import paper_losses
from train.dancer.config import DANCE_PRESETS, DanceSharpening, DanceTraining
from train.dancer.stage import compute_losses
from train.run import compute
from train.run.compute import Trial
from train.run.device import CPU
from train.run.loop import Run, constant_rate
from train.run.names import CHECKPOINT
from train.run.progress import Progress
from train.run.run_log import RunLog
from train.songs.segments import Batch, Segments
from train.songs.song import DataError, Song


class WithCritic(nn.Module):
    """A dancer and the critic it learns with, as one module for one run."""

    def __init__(self, generator: DanceGenerator) -> None:
        super().__init__()
        self.generator = generator.requires_grad_(True)
        self.critic = LocalTemporalDiscriminator()


def sharpened_step(
    pair: WithCritic,
    actions: ActionNetwork | None,
    batch: Batch,
    settings: DanceTraining,
    sharpening: DanceSharpening,
    run: Run[WithCritic] | Trial,
) -> dict[str, Tensor]:
    """The losses of one step, their gradients in place."""
    pair.train()
    n_own = round(settings.own_share * len(batch.poses))
    losses, drawn, wanted = compute_losses(pair.generator, batch, settings, run.rng, n_own)
    found = {name: loss for name, loss in losses.items() if name != "total"}
    total = losses["total"]
    pair.critic.requires_grad_(False)
    with torch.autocast("cpu", torch.bfloat16, enabled=bool(sharpening.bfloat16)):
        if sharpening.critic:
            found["generator_loss"] = paper_losses.generator_loss(pair.critic(drawn))
            total = total + sharpening.critic * found["generator_loss"]
        if actions is not None and sharpening.perceptual:
            seen = paper_losses.true_features(actions, wanted)
            found["perceptual"] = paper_losses.perceptual(actions, drawn, seen)
            total = total + sharpening.perceptual * found["perceptual"]
    total.backward()
    pair.critic.requires_grad_(True)
    if sharpening.critic:
        with torch.autocast("cpu", torch.bfloat16, enabled=bool(sharpening.bfloat16)):
            scores = pair.critic(torch.cat([wanted, drawn.detach()]))
            found["discriminator_loss"] = paper_losses.discriminator_loss(*scores.chunk(2))
        found["discriminator_loss"].backward()
    return found


def sharpen(
    start: Path,
    songs: list[Song],
    out: Path,
    sharpening: DanceSharpening,
    actions: ActionNetwork | None,
    seed: int = 0,
) -> Path:
    """Train on from the averaged weights of `start`; returns the checkpoint.

    Raises CheckpointError when it is no stage dance, DataError without songs.
    """
    network, header = load_dance(start)
    if not isinstance(network, DanceGenerator):
        raise CheckpointError(f"{start} is no stage dance: name one that chooses plans.")
    settings = DANCE_PRESETS["stage"]
    assert isinstance(settings, DanceTraining)
    settings = replace(settings, spec=network.sizes)
    taught = [song for song in songs if song.split == "train"]
    if not taught:
        raise DataError("There is no song of the split train: prepare more data.")
    segments = Segments(taught, network.sizes.mel, settings.silence, network.sizes.styles)
    validator = Validator.of(songs)
    torch.manual_seed(seed)
    pair = WithCritic(network)
    optimizer = torch.optim.Adam(
        [
            {"params": list(pair.generator.parameters()), "lr": sharpening.learning_rate},
            {"params": list(pair.critic.parameters()), "lr": sharpening.critic_rate},
        ]
    )
    kept = ("kind", "name", "licence", "provenance", "horizons")
    facts = {key: header[key] for key in kept} | {"spec": asdict(network.sizes)}
    path = out / CHECKPOINT

    def prepare() -> compute.Attempt:
        tried = compute.twin(pair)
        batch = segments.batch(np.random.default_rng(0), settings.batch, spec.SEGMENT_CHUNKS)
        each = {half: replace(sharpening, bfloat16=half) for half in (False, True)}
        return lambda half: sharpened_step(tried, actions, batch, settings, each[half], Trial())

    chosen = compute.choose(sharpening.bfloat16, path, CPU, prepare)
    sharpening = replace(sharpening, bfloat16=chosen.bfloat16)
    facts |= chosen.header()
    run = Run(path, pair, optimizer, facts, sharpening.iterations, 0.98, seed, constant_rate)
    progress = Progress(run, RunLog(out, sharpening, seed, run.step), keep=0.98)
    for bar in run.steps():
        optimizer.zero_grad(set_to_none=True)
        batch = segments.batch(run.rng, settings.batch, spec.SEGMENT_CHUNKS)
        found = sharpened_step(pair, actions, batch, settings, sharpening, run)
        run.share_gradients()
        torch.nn.utils.clip_grad_norm_(pair.generator.parameters(), settings.clip_norm)
        optimizer.step()
        progress.follow(bar, found)
        if (run.step + 1) % sharpening.select_every == 0:
            progress.note()
            if validator:
                select(validator, run, run.ema.generator, progress.log, bar)
    return path
