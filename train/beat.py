"""Training of the beat network: `python -m train.beat --data PREPARED --out runs/beat/ear`.

Recordings are only those of the split train; val songs are measured on. Without data the project's
own band is the only teacher.
"""

import argparse
import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from models.nets.beat import BeatNetwork
from models.nets.checkpoint import CheckpointError
from train import beat_data
from train.beat_data import BeatBatch, BeatPieces, Tune
from train.config import BEAT_PRESETS, BeatTraining
from train.data import DataError, load_songs
from train.loop import Run

CLEAR = "CC0-1.0"
OWN = "played by this project's own code"


def lesson(network: BeatNetwork, batch: BeatBatch) -> dict[str, Tensor]:
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
        beat_data.of_band(seed, seconds)
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
            losses = lesson(network, batch)
            optimizer.zero_grad(set_to_none=True)
            losses["total"].backward()
            run.share_gradients()
            torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip_norm)
            optimizer.step()
            if (run.step + 1) % settings.judge_every == 0:
                with torch.no_grad():
                    found = [lesson(cast(BeatNetwork, run.ema), batch) for batch in fixed]
                held = {k: float(np.mean([f[k].item() for f in found])) for k in found[0]}
                row = {k: round(v.item(), 4) for k, v in losses.items()}
                row |= {f"held_out_{k}": round(v, 4) for k, v in held.items()}
                log.write(json.dumps({"step": run.step + 1, "at": time.time(), **row}) + "\n")
                log.flush()
                bar.set_postfix(row)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m train.beat", description=__doc__)
    parser.add_argument("--data", type=Path, help="prepared songs; without: the band alone")
    parser.add_argument("--out", type=Path, default=Path("runs/beat/ear"))
    parser.add_argument("--preset", choices=tuple(BEAT_PRESETS), default="stage")
    parser.add_argument("--iterations", type=int, help="instead of the preset's")
    args = parser.parse_args()
    torch.set_num_threads(1)
    settings = BEAT_PRESETS[args.preset]
    if args.iterations:
        settings = replace(settings, iterations=args.iterations)
    facts = {"name": "ear", "licence": CLEAR, "provenance": OWN}
    recordings: list[Tune] = []
    held_out: list[Tune] = []
    if args.data:
        try:
            songs = [song for song in load_songs(args.data) if not song.is_stand_in]
        except DataError as error:
            raise SystemExit(str(error)) from error
        taught = [song for song in songs if song.split == "train"]
        facts["licence"] = "; ".join(sorted({song.licence for song in taught}))
        facts["provenance"] = "; ".join(sorted({OWN, *(song.provenance for song in taught)}))
        recordings = [tune for song in taught if (tune := beat_data.of_song(song))]
        held_out = [
            tune for song in songs if song.split == "val" and (tune := beat_data.of_song(song))
        ]
    try:
        print(train(recordings, held_out, facts, args.out, settings))
    except CheckpointError as error:
        raise SystemExit(f"train.beat: {error}") from error


if __name__ == "__main__":
    main()
