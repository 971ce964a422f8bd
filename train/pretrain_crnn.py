"""Training of the network that recognises genres of music. A command:

`python -m train.pretrain_crnn MUSIC --songs runs/prepared/ballroom`. Trains once for each of six
folds of songs, and tests every song on the network that never heard it. The songs of the dances'
val and test splits are the first fold: its network describes music for the table of the conditions.
"""

import argparse
from dataclasses import replace

from models.arguments import folder_there, folder_to_fill
from models.command import command
from models.nets.checkpoint import CheckpointError
from train.paper import genres
from train.paper.config import GENRE_PRESETS
from train.paper.genre_network import OUT, learn_genres
from train.run.arguments import add_precision, add_threads, bfloat16_of, set_threads
from train.run.device import chosen_device
from train.songs.song import DataError, load_songs, unseen


@command("train.pretrain_crnn")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m train.pretrain_crnn", description=__doc__)
    parser.add_argument(
        "music", type=folder_there, nargs="?", help="folder with manifest.json and sound"
    )
    parser.add_argument(
        "--fma", type=folder_there, help="the Free Music Archive instead, as published"
    )
    parser.add_argument(
        "--songs", type=folder_there, help="prepared songs: val and test are a fold"
    )
    parser.add_argument("--out", type=folder_to_fill, default=OUT)
    parser.add_argument("--preset", choices=tuple(GENRE_PRESETS), default="stage")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add_precision(parser)
    add_threads(parser)
    args = parser.parse_args(argv)
    set_threads(args.threads)
    settings = GENRE_PRESETS[args.preset]
    if args.precision != "auto":
        settings = replace(settings, bfloat16=bfloat16_of(args.precision))
    try:
        if args.fma is None and args.music is None:
            raise DataError("Name a folder with music, or --fma.")
        device = chosen_device(args.device)
        first = [song.name for song in unseen(load_songs(args.songs))] if args.songs else []
        music = genres.free_music(args.fma) if args.fma else genres.ballroom(args.music, first)
        for line in music.left_out:
            print("left out:", line)
        if music.left_out:
            print(len(music.left_out), "files left out,", len(music.tracks), "tracks used")
        found = learn_genres(music, args.out, settings, device)
    except (DataError, CheckpointError, ValueError) as error:
        raise SystemExit(f"train.pretrain_crnn: {error}") from error
    for key in ("top_1_segments", "top_2_segments", "top_1_songs", "top_2_songs"):
        print(key, found[key])


if __name__ == "__main__":
    main()
