"""Training of the beat network: `python -m train.beat --data PREPARED --out runs/beat/ear`.

Recordings are only those of the split train; val songs are measured on. Without data the project's
own band is the only teacher.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from models.nets.checkpoint import CheckpointError
from train.beats import data
from train.beats.config import BEAT_PRESETS
from train.beats.data import Tune
from train.beats.train import CLEAR, OWN, train
from train.songs.song import DataError, load_songs


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
        recordings = [tune for song in taught if (tune := data.of_song(song))]
        held_out = [tune for song in songs if song.split == "val" and (tune := data.of_song(song))]
    try:
        print(train(recordings, held_out, facts, args.out, settings))
    except CheckpointError as error:
        raise SystemExit(f"train.beat: {error}") from error


if __name__ == "__main__":
    main()
