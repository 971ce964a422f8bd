"""Training of the beat network: `python -m train.beat --data PREPARED --out runs/beat/ear`.

Recordings are only those of the split train; val songs are measured on. Without data the project's
own band is the only teacher.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from models.arguments import folder_there, folder_to_fill, whole
from models.command import command
from models.nets.checkpoint import CheckpointError
from train.beats.config import BEAT_PRESETS
from train.beats.train import train_on_songs
from train.run.arguments import add_threads, set_threads
from train.songs.song import DataError, load_songs


@command("train.beat")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m train.beat", description=__doc__)
    parser.add_argument("--data", type=folder_there, help="prepared songs; without: the band alone")
    parser.add_argument("--out", type=folder_to_fill, default=Path("runs/beat/ear"))
    parser.add_argument("--name", default="ear", help="of its bundle (default: %(default)s)")
    parser.add_argument("--preset", choices=tuple(BEAT_PRESETS), default="stage")
    parser.add_argument("--iterations", type=whole(), help="instead of the preset's")
    add_threads(parser)
    args = parser.parse_args(argv)
    set_threads(args.threads)
    settings = BEAT_PRESETS[args.preset]
    if args.iterations:
        settings = replace(settings, iterations=args.iterations)
    try:
        songs = load_songs(args.data) if args.data else []
        print(train_on_songs(songs, args.out, settings, args.name))
    except DataError as error:
        raise SystemExit(str(error)) from error
    except CheckpointError as error:
        raise SystemExit(f"train.beat: {error}") from error


if __name__ == "__main__":
    main()
