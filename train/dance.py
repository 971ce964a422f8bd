"""Learn a dance: `python -m train.dance SONGS --name mine`, from prepared songs or from none.

The presets `stage` and `tiny` choose among motion plans, `paper` and `paper-live` are the paper's
network with its critics. Resumes exactly where it was stopped when the same command is given again.
"""

import argparse
from pathlib import Path

from models.arguments import any_seed, folder_there, folder_to_fill, number, whole
from models.bundle import BundleError
from models.command import command
from models.nets.checkpoint import CheckpointError
from models.runtime.engines import EngineError
from train.dancer.config import ACTIONS, DANCE_PRESETS, PARTS
from train.dancer.learn import DanceRequest, learn_dance
from train.run.arguments import add_precision, add_threads, bfloat16_of, set_threads
from train.run.device import chosen_device
from train.songs.song import DataError


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m train.dance", description=__doc__)
    p.add_argument(
        "data", type=folder_there, nargs="?", help="prepared songs; none: own choreography"
    )
    p.add_argument("--name", required=True)
    p.add_argument(
        "--out", type=folder_to_fill, help="folder of the run (default: runs/dance/NAME)"
    )
    p.add_argument("--preset", choices=sorted(DANCE_PRESETS), default="stage")
    p.add_argument("--iterations", type=whole())
    p.add_argument("--seed", type=any_seed, default=0)
    p.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    stage = p.add_argument_group("stage and tiny")
    stage.add_argument("--plans", type=whole(2), help="how many motion plans to choose from")
    stage.add_argument(
        "--beat-pull", type=number(0, 1e3), help="how much plans on the beat are preferred"
    )
    stage.add_argument(
        "--energy-pull",
        type=number(0, 1e3),
        help="how much quick plans are preferred where the music is lively",
    )
    stage.add_argument(
        "--energy-size", type=number(0, 5), help="how much larger or smaller plans are then drawn"
    )
    stage.add_argument(
        "--style-pull", type=number(0, 1e3), help="how much a style keeps to its own plans"
    )
    paper = p.add_argument_group("paper and paper-live")
    paper.add_argument("--without", nargs="+", choices=PARTS, default=[], help="parts left out")
    paper.add_argument(
        "--minus-log",
        action="store_true",
        help="the attention of the critic `whole` as the paper prints it: -log softmax",
    )
    paper.add_argument(
        "--corrupt", action="store_true", help="learn from poses as a detector loses and mixes them"
    )
    paper.add_argument(
        "--actions", type=Path, default=ACTIONS, help="the trained action network (%(default)s)"
    )
    add_precision(p)
    add_threads(p)
    return p


@command("train.dance")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    args = parser().parse_args(argv)
    set_threads(args.threads)
    request = DanceRequest(
        data=args.data,
        name=args.name,
        out=args.out or Path("runs/dance") / args.name,
        preset=args.preset,
        iterations=args.iterations,
        seed=args.seed,
        plans=args.plans,
        beat_pull=args.beat_pull,
        energy_pull=args.energy_pull,
        energy_size=args.energy_size,
        style_pull=args.style_pull,
        without=tuple(args.without),
        minus_log=args.minus_log,
        corrupt=args.corrupt,
        actions=args.actions,
        bfloat16=bfloat16_of(args.precision),
    )
    try:
        device = chosen_device(args.device)
    except ValueError as error:
        raise SystemExit(f"train.dance: {error}") from error
    try:
        print(learn_dance(request, device))
    except (DataError, CheckpointError, BundleError, EngineError) as error:
        raise SystemExit(f"train.dance: {error}") from error


if __name__ == "__main__":
    main()
