"""Go on with a trained stage dance under the paper's judges, to see what they give it.

`python -m train.sharpen_dance RUN SONGS --out DIR [--perceptual W] [--critic W]`: the local critic
and the action network see the poses that the network draws next to each other. With both at 0 it is
the same training without them.
"""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from models import spec
from models.bundle import BundleError
from models.engines import EngineError
from models.nets.checkpoint import CheckpointError
from models.nets.dance_critics import LocalTemporalDiscriminator
from models.nets.dances import load_dance
from models.nets.generator import DanceGenerator
from models.nets.stgcn import ActionNetwork, load_actions
from train import dance_losses as judges
from train.choosing import Examiner, choose
from train.config import DANCE_PRESETS, DanceSharpening, DanceTraining
from train.data import Batch, DataError, Pieces, Song, load_songs
from train.diary import Diary
from train.loop import Run, constant_rate
from train.performing import BEST, CHECKPOINT
from train.stage_dance import lesson


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


def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    usual = DanceSharpening()
    p = argparse.ArgumentParser(prog="python -m train.sharpen_dance", description=__doc__)
    p.add_argument("start", type=Path, help="folder of the run, or its checkpoint")
    p.add_argument("data", type=Path, help="prepared songs")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--actions", type=Path, default=Path("runs/stgcn/actions") / CHECKPOINT)
    p.add_argument("--perceptual", type=float, default=usual.perceptual)
    p.add_argument("--critic", type=float, default=usual.critic)
    p.add_argument("--iterations", type=int, default=usual.iterations)
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args(argv)
    torch.set_num_threads(1)
    asked = replace(
        usual, perceptual=args.perceptual, critic=args.critic, iterations=args.iterations
    )
    start: Path = args.start
    if start.is_dir():
        start = start / BEST if (start / BEST).is_file() else start / CHECKPOINT
    try:
        actions = load_actions(args.actions)[0] if asked.perceptual else None
        print(sharpen(start, load_songs(args.data), args.out, asked, actions, args.seed))
    except (DataError, CheckpointError, BundleError, EngineError) as error:
        raise SystemExit(f"train.sharpen_dance: {error}") from error


if __name__ == "__main__":
    main()
