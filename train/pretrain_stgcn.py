"""Training of the action network whose features compare dances. A command:

`python -m train.pretrain_stgcn --bandai DIR --dance DIR --out runs/stgcn/actions`. Writes the
checkpoint, log.jsonl, report.json (recall of every class) and confusion.png. Not shipped.
"""

import argparse
from dataclasses import replace

from models.arguments import folder_there, folder_to_fill, whole
from models.command import command
from models.nets.checkpoint import CheckpointError
from train.dancer.config import ACTIONS
from train.paper.action_network import ActionSources, learn_actions
from train.paper.config import ACTION_PRESETS
from train.run.arguments import add_precision, add_threads, bfloat16_of, set_threads
from train.run.device import chosen_device
from train.songs.song import DataError


@command("train.pretrain_stgcn")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m train.pretrain_stgcn", description=__doc__)
    parser.add_argument("--bandai", type=folder_there, help="folder with motion.npz")
    parser.add_argument(
        "--dance", type=folder_there, help="dance_with_melody folder, seen from any side"
    )
    parser.add_argument(
        "--songs", type=folder_there, help="the same songs prepared, seen from the front"
    )
    parser.add_argument("--letsdance", type=folder_there, help="Let's Dance, as it is published")
    parser.add_argument("--least", type=whole(), default=100, help="clips that an action must have")
    parser.add_argument("--out", type=folder_to_fill, default=ACTIONS.parent)
    parser.add_argument("--preset", choices=tuple(ACTION_PRESETS), default="stage")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add_precision(parser)
    add_threads(parser)
    args = parser.parse_args(argv)
    settings = ACTION_PRESETS[args.preset]
    if args.precision != "auto":
        settings = replace(settings, bfloat16=bfloat16_of(args.precision))
    set_threads(args.threads)
    sources = ActionSources(args.bandai, args.dance, args.songs, args.letsdance, args.least)
    try:
        device = chosen_device(args.device)
        path, found = learn_actions(sources, args.out, settings, device)
    except (DataError, CheckpointError, ValueError) as error:
        raise SystemExit(f"train.pretrain_stgcn: {error}") from error
    print(f"macro recall {found['macro_recall']:.3f}, {path}")
    for name, value in found["recall"].items():
        print(f"  {'-' if value is None else value:>6} {name}")


if __name__ == "__main__":
    main()
