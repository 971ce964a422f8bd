"""Fine-tune a trained stage dance with the paper's critics, to see what they give it.

`python -m train.sharpen_dance RUN SONGS --out DIR [--perceptual W] [--critic W]`: the local critic
and the action network see the poses that the network draws next to each other. With both at 0 it is
the same training without them.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from models.arguments import any_seed, folder_there, folder_to_fill, number, whole
from models.bundle import BundleError
from models.command import command
from models.nets.checkpoint import CheckpointError
from models.nets.measure.stgcn import load_actions
from models.runtime.engines import EngineError
from train.dancer.config import ACTIONS, DanceSharpening
from train.dancer.sharpen import sharpen
from train.run.arguments import add_precision, add_threads, bfloat16_of, set_threads
from train.run.names import BEST, CHECKPOINT
from train.songs.song import DataError, load_songs


@command("train.sharpen_dance")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    usual = DanceSharpening()
    p = argparse.ArgumentParser(prog="python -m train.sharpen_dance", description=__doc__)
    p.add_argument("start", type=Path, help="folder of the run, or its checkpoint")
    p.add_argument("data", type=folder_there, help="prepared songs")
    p.add_argument("--out", type=folder_to_fill, required=True)
    p.add_argument("--actions", type=Path, default=ACTIONS)
    p.add_argument("--perceptual", type=number(0, 1e6), default=usual.perceptual)
    p.add_argument("--critic", type=number(0, 1e6), default=usual.critic)
    p.add_argument("--iterations", type=whole(), default=usual.iterations)
    p.add_argument("--seed", type=any_seed, default=0)
    add_precision(p)
    add_threads(p)
    args = p.parse_args(argv)
    set_threads(args.threads)
    asked = replace(
        usual,
        perceptual=args.perceptual,
        critic=args.critic,
        iterations=args.iterations,
        bfloat16=bfloat16_of(args.precision),
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
