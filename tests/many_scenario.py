"""Run by torchrun (or alone): gradients of the stage's and the paper's losses on a shared batch.

`many_scenario.py OUT.safetensors`; each process takes its share of the segments, the first writes.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from seeds import rng_of, seed_of

from models.nets.dance.generator import DanceGenerator
from models.nets.measure.stgcn import ActionNetwork
from train.dancer.config import DANCE_PRESETS, DanceTraining, PaperTraining
from train.dancer.paper import Learners, TrueFeatures, critic_losses, dance_losses
from train.dancer.paper_data import PaperSegments, SegmentBatch
from train.dancer.stage import compute_losses
from train.run import distributed
from train.songs.segments import Batch, Segments
from train.synthetic.choreography import make_songs

PIECES = 2


def mine(values: np.ndarray) -> np.ndarray:
    """Numbers in double precision, so that no order of sums counts."""
    share = PIECES // distributed.count()
    own = values[distributed.rank() * share : (distributed.rank() + 1) * share]
    return own.astype(np.float64) if own.dtype == np.float32 else own


def stage_gradients(songs: list) -> dict[str, torch.Tensor]:
    settings = DANCE_PRESETS["tiny"]
    assert isinstance(settings, DanceTraining)
    batch = Segments(songs, settings.spec.mel).batch(rng_of(0), PIECES, 20)
    torch.set_default_dtype(torch.float64)  # from here on, also where single is asked for
    torch.Tensor.float = torch.Tensor.double
    torch.manual_seed(seed_of(0))
    network = DanceGenerator(settings.spec).double().eval()
    network.plan_steps.copy_(torch.randn_like(network.plan_steps) * 0.02)
    part = Batch(mine(batch.frames), mine(batch.controls), mine(batch.poses))
    compute_losses(network, part, settings, None).losses["total"].backward()
    distributed.average_gradients(network.parameters())
    return _named("stage", network)


def paper_gradients(songs: list) -> dict[str, torch.Tensor]:
    settings = DANCE_PRESETS["paper-tiny"]
    assert isinstance(settings, PaperTraining)
    torch.manual_seed(seed_of(0))
    learners = Learners(settings).double().eval()  # norms by their kept means: not over each share
    actions = ActionNetwork(3).double().eval().requires_grad_(False)
    rng = rng_of(0)
    whole = PaperSegments(songs, settings.spec.horizons, True).batch(rng, PIECES)
    numbers = [whole.numbers[i] for i in mine(np.arange(PIECES))]
    part = SegmentBatch(mine(whole.audio), mine(whole.poses), mine(whole.confidence), numbers)
    noise = mine(rng.normal(0, 0.33, (PIECES, 50, 10)).astype(np.float32))
    share = torch.from_numpy(mine(np.linspace(0.1, 0.9, PIECES).astype(np.float32)))
    seen = TrueFeatures(actions, settings)
    for critic in (learners.local, learners.whole):
        critic.requires_grad_(False)
    found, danced, _ = dance_losses(learners, seen, part, settings, torch.from_numpy(noise), None)
    torch.stack(list(found.values())).sum().backward()
    for critic in (learners.local, learners.whole):
        critic.requires_grad_(True)
    judged = critic_losses(learners, part, danced, settings, share)
    torch.stack(list(judged.values())).sum().backward()
    distributed.average_gradients(learners.parameters())
    return _named("paper", learners)


def _named(prefix: str, network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {f"{prefix}.{n}": p.grad for n, p in network.named_parameters() if p.grad is not None}


def main() -> None:
    torch.set_num_threads(1)
    songs = [
        dataclasses.replace(song, split="train") for song in make_songs(2, 12.0, seed=seed_of(6))
    ]
    found = stage_gradients(songs) | paper_gradients(songs)
    if distributed.is_first():
        save_file(found, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
