"""How the beat network learns: the band's songs and recordings -> checkpoint."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from models.nets.beat import BeatNetwork
from train.beats import data
from train.beats.config import BeatTraining
from train.beats.data import BeatBatch, BeatPieces, Tune
from train.run.loop import Run

CLEAR = "CC0-1.0"
OWN = "played by this project's own code"


def compute_losses(network: BeatNetwork, batch: BeatBatch) -> dict[str, Tensor]:
    """Losses of one batch."""
    frames = torch.from_numpy(batch.frames)
    logits, _ = network.hear(frames, network.start(len(frames)))
    targets, weights = torch.from_numpy(batch.targets), torch.from_numpy(batch.weights)
    loss = functional.binary_cross_entropy_with_logits(logits, targets, weights, reduction="none")
    beat, downbeat = loss.mean((0, 1))
    return {"total": beat + downbeat, "beat": beat, "downbeat": downbeat}


def band_tunes(count: int, seconds: float, first_seed: int) -> list[Tune]:
    """Songs of the band, of any style and tempo."""
    seeds = range(first_seed, first_seed + count)
    return [
        data.of_band(seed, seconds)
        for seed in tqdm(seeds, desc="the band plays", dynamic_ncols=True, disable=None)
    ]


def train(
    recordings: list[Tune],
    held_out: list[Tune],
    facts: dict[str, Any],
    out: Path,
    settings: BeatTraining,
    seed: int = 0,
) -> Path:
    """Train until done (or go on where it was left); returns the checkpoint."""
    torch.manual_seed(seed)
    network = BeatNetwork(settings.spec)
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate)
    path = out / "checkpoint.safetensors"
    header = {"kind": "beat", "spec": asdict(settings.spec), **facts}
    run = Run(path, network, optimizer, header, settings.iterations, settings.ema, seed)
    mel = settings.spec.mel
    played = band_tunes(settings.band_songs, settings.band_seconds, 50_000)
    pieces = BeatPieces(recordings, played, mel, settings.recorded)
    judged = BeatPieces(held_out, band_tunes(6, 30.0, 90_000), mel, settings.recorded)
    fixed = [judged.batch(np.random.default_rng(9), settings.batch, 20.0) for _ in range(2)]
    out.mkdir(parents=True, exist_ok=True)
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        for bar in run.steps():
            batch = pieces.batch(run.rng, settings.batch, settings.piece_seconds)
            losses = compute_losses(network, batch)
            optimizer.zero_grad(set_to_none=True)
            losses["total"].backward()
            run.share_gradients()
            torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip_norm)
            optimizer.step()
            if (run.step + 1) % settings.validate_every == 0:
                with torch.no_grad():
                    found = [compute_losses(cast(BeatNetwork, run.ema), batch) for batch in fixed]
                held = {k: float(np.mean([f[k].item() for f in found])) for k in found[0]}
                row = {k: round(v.item(), 4) for k, v in losses.items()}
                row |= {f"held_out_{k}": round(v, 4) for k, v in held.items()}
                log.write(json.dumps({"step": run.step + 1, "at": time.time(), **row}) + "\n")
                log.flush()
                bar.set_postfix(row)
    return path
