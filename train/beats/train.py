"""How the beat network learns: the band's songs and recordings -> checkpoint."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from models.nets.beat import BeatNetwork
from train.beats import data
from train.beats.config import BeatTraining
from train.beats.data import BeatBatch, BeatSegments, Tune
from train.run import compute
from train.run.device import CPU
from train.run.loop import Run
from train.run.names import CHECKPOINT
from train.run.progress import Progress
from train.run.run_log import RunLog
from train.songs.song import Song

CLEAR = "CC0-1.0"
OWN = "played by this project's own code"


def train_on_songs(songs: list[Song], out: Path, settings: BeatTraining, name: str = "ear") -> Path:
    """Train on prepared songs of the split train, measured on those of val; without, on the band.

    `name` is that of its bundle. Returns the checkpoint. Raises CheckpointError when it cannot
    resume.
    """
    songs = [song for song in songs if not song.is_stand_in]
    taught = [song for song in songs if song.split == "train"]
    facts = {"name": name, "licence": CLEAR, "provenance": OWN}
    if songs:
        facts["licence"] = "; ".join(sorted({song.licence for song in taught}))
        facts["provenance"] = "; ".join(sorted({OWN, *(song.provenance for song in taught)}))
    recordings = [tune for song in taught if (tune := data.of_song(song))]
    held_out = [tune for song in songs if song.split == "val" and (tune := data.of_song(song))]
    return train(recordings, held_out, facts, out, settings)


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
    """Train until done (or resume where it was left); returns the checkpoint."""
    torch.manual_seed(seed)
    network = BeatNetwork(settings.spec)
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate)
    path = out / CHECKPOINT
    mel = settings.spec.mel
    played = band_tunes(settings.band_songs, settings.band_seconds, 50_000)
    segments = BeatSegments(recordings, played, mel, settings.recorded)

    def prepare() -> compute.Attempt:
        tried = compute.twin(network)
        batch = segments.batch(np.random.default_rng(0), settings.batch, settings.segment_seconds)
        return lambda _: compute_losses(tried, batch)["total"].backward()

    chosen = compute.choose(False, path, CPU, prepare)
    header = {"kind": "beat", "spec": asdict(settings.spec), **facts, **chosen.header()}
    run = Run(path, network, optimizer, header, settings.iterations, settings.ema, seed)
    unheard = BeatSegments(held_out, band_tunes(6, 30.0, 90_000), mel, settings.recorded)
    fixed = [unheard.batch(np.random.default_rng(9), settings.batch, 20.0) for _ in range(2)]
    progress = Progress(run, RunLog(out, settings, seed, run.step), every=10)
    for bar in run.steps():
        batch = segments.batch(run.rng, settings.batch, settings.segment_seconds)
        losses = compute_losses(network, batch)
        run.descend(losses["total"], settings.clip_norm)
        progress.follow(bar, losses)
        if (run.step + 1) % settings.validate_every == 0:
            progress.note(**validation_losses(run.ema, fixed))
    return path


def validation_losses(network: BeatNetwork, batches: list[BeatBatch]) -> dict[str, float]:
    """Mean losses, `val_...`, of the averaged weights on batches never learnt from."""
    with torch.no_grad():
        found = [compute_losses(network, batch) for batch in batches]
    return {f"val_{key}": float(np.mean([f[key].item() for f in found])) for key in found[0]}
