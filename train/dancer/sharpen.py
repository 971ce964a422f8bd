"""The last part of a stage dance's training: sharper plans with a discriminator."""

from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from models import spec
from models.nets.checkpoint import CheckpointError
from models.nets.dance_critics import LocalTemporalDiscriminator
from models.nets.generator import DanceGenerator
from models.nets.load_dance import load_dance
from models.nets.stgcn import ActionNetwork
from train.dance_eval.perform import CHECKPOINT
from train.dance_eval.selection import Examiner, choose
from train.dancer import paper_losses as judges
from train.dancer.config import DANCE_PRESETS, DanceSharpening, DanceTraining
from train.dancer.stage import lesson
from train.run.loop import Run, constant_rate
from train.run.run_log import Diary
from train.songs.pieces import Batch, Pieces
from train.songs.song import DataError, Song


class Judged(nn.Module):
    """A dancer and the critic it learns with, as one module for one run."""

    def __init__(self, generator: DanceGenerator) -> None:
        super().__init__()
        self.generator = generator.requires_grad_(True)
        self.critic = LocalTemporalDiscriminator()


def sharpened_step(
    pair: Judged,
    actions: ActionNetwork | None,
    batch: Batch,
    settings: DanceTraining,
    sharpening: DanceSharpening,
    run: Run[Judged],
) -> dict[str, Tensor]:
    """The losses of one step, their gradients in place."""
    pair.train()
    n_own = round(settings.own_share * len(batch.poses))
    losses, drawn, wanted = lesson(pair.generator, batch, settings, run.rng, n_own)
    found = {name: loss for name, loss in losses.items() if name != "total"}
    total = losses["total"]
    pair.critic.requires_grad_(False)
    with torch.autocast("cpu", torch.bfloat16, enabled=sharpening.bfloat16):
        if sharpening.critic:
            found["fooling"] = judges.fooling(pair.critic(drawn))
            total = total + sharpening.critic * found["fooling"]
        if actions is not None and sharpening.perceptual:
            seen = judges.true_features(actions, wanted)
            found["perceptual"] = judges.perceptual(actions, drawn, seen)
            total = total + sharpening.perceptual * found["perceptual"]
    total.backward()
    pair.critic.requires_grad_(True)
    if sharpening.critic:
        with torch.autocast("cpu", torch.bfloat16, enabled=sharpening.bfloat16):
            verdicts = pair.critic(torch.cat([wanted, drawn.detach()]))
            found["telling"] = judges.telling(*verdicts.chunk(2))
        found["telling"].backward()
    return found


def sharpen(
    start: Path,
    songs: list[Song],
    out: Path,
    sharpening: DanceSharpening,
    actions: ActionNetwork | None,
    seed: int = 0,
) -> Path:
    """Go on from the averaged weights of `start`; returns the checkpoint.

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
    pieces = Pieces(taught, network.sizes.mel, settings.silence, network.sizes.styles)
    examiner = Examiner.of(songs)
    torch.manual_seed(seed)
    pair = Judged(network)
    optimizer = torch.optim.Adam(
        [
            {"params": list(pair.generator.parameters()), "lr": sharpening.learning_rate},
            {"params": list(pair.critic.parameters()), "lr": sharpening.critic_rate},
        ]
    )
    kept = ("kind", "name", "licence", "provenance", "horizons")
    facts = {key: header[key] for key in kept} | {"spec": asdict(network.sizes)}
    path = out / CHECKPOINT
    run = Run(path, pair, optimizer, facts, sharpening.iterations, 0.98, seed, constant_rate)
    diary = Diary(out, sharpening, seed, run.step)
    for bar in run.steps():
        optimizer.zero_grad(set_to_none=True)
        batch = pieces.batch(run.rng, settings.batch, spec.PIECE_CHUNKS)
        found = sharpened_step(pair, actions, batch, settings, sharpening, run)
        run.share_gradients()
        torch.nn.utils.clip_grad_norm_(pair.generator.parameters(), settings.clip_norm)
        optimizer.step()
        means = run.follow({name: loss.item() for name, loss in found.items()})
        done = run.step + 1
        if done % 10 == 0:
            bar.set_postfix({key: f"{value:.3f}" for key, value in means.items()})
        if done % sharpening.choose_every == 0:
            diary.note(done, **means)
            if examiner:
                choose(examiner, run, run.ema.generator, diary, bar)
    return path
