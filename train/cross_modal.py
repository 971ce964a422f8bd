"""The paper's cross-modal score: is a dance like the real dance to the most alike music? A command:

`python -m train.cross_modal SONGS`. Learns what makes dances to like music alike, in six folds
of songs, and says whether the score can be trusted: every song is judged once, by a score that
never met it: report.json. Needs `train.pretrain_crnn`.
"""

import argparse
import json
from pathlib import Path

from models.arguments import any_seed, folder_there, folder_to_fill
from models.command import command
from models.nets.checkpoint import CheckpointError
from train.paper.config import METRIC_PRESETS
from train.paper.cross_modal import OUT, STRICT
from train.paper.genre_network import OUT as CRNN_OUT
from train.paper.metric_training import learn_score
from train.songs.song import DataError, load_songs


@command("train.cross_modal")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m train.cross_modal", description=__doc__)
    parser.add_argument("data", type=folder_there, help="prepared songs")
    parser.add_argument("--crnn", type=folder_there, default=CRNN_OUT, help="its folder")
    parser.add_argument(
        "--out", type=folder_to_fill, help=f"folder (default: {OUT}, of strict {STRICT})"
    )
    parser.add_argument("--preset", choices=tuple(METRIC_PRESETS), default="stage")
    parser.add_argument("--seed", type=any_seed, default=0)
    args = parser.parse_args(argv)
    out: Path = args.out or (STRICT if args.preset == "strict" else OUT)
    import torch

    torch.set_num_threads(1)
    try:
        songs = load_songs(args.data)
        found = learn_score(songs, args.crnn, out, METRIC_PRESETS[args.preset], args.seed)
    except (DataError, CheckpointError) as error:
        raise SystemExit(f"train.cross_modal: {error}") from error
    print(json.dumps(found["summary"], indent=1))


if __name__ == "__main__":
    main()
