"""What each part of the paper's training is worth: `python -m train.ablation SONGS`.

Every condition learns from the same segments for as many steps, with the same seeds; then all dance
the songs that none has learned, and some that all have. Out: runs/ablation/CONDITION-SEED with the
checkpoint and dances.npz. Resumes where it was stopped. `train.tables` makes the tables of it.
"""

import argparse
from pathlib import Path

from models.arguments import any_seed, folder_there, folder_to_fill, whole
from models.command import command
from models.nets.checkpoint import CheckpointError
from train.dancer.config import ACTIONS
from train.paper.conditions import run_ablation
from train.paper.config import ABLATION, ABLATION_ITERATIONS
from train.run.arguments import add_precision, add_threads, bfloat16_of, set_threads
from train.run.device import chosen_device
from train.songs.song import DataError, load_songs


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m train.ablation", description=__doc__)
    p.add_argument("data", type=folder_there, help="prepared songs")
    p.add_argument("--out", type=folder_to_fill, default=Path("runs/ablation"))
    p.add_argument("--conditions", nargs="+", choices=list(ABLATION), default=list(ABLATION))
    p.add_argument("--seeds", nargs="+", type=any_seed, default=[0])
    p.add_argument("--iterations", type=whole(), default=ABLATION_ITERATIONS)
    p.add_argument("--actions", type=Path, default=ACTIONS, help="action network (%(default)s)")
    p.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add_precision(p)
    add_threads(p)
    return p


@command("train.ablation")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    args = parser().parse_args(argv)
    try:
        device = chosen_device(args.device)
        set_threads(args.threads)
        songs = load_songs(args.data)
        run_ablation(
            songs,
            args.conditions,
            args.seeds,
            args.iterations,
            args.out,
            args.actions,
            device,
            bfloat16_of(args.precision),
        )
    except (DataError, CheckpointError, ValueError) as error:
        raise SystemExit(f"train.ablation: {error}") from error


if __name__ == "__main__":
    main()
