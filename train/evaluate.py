"""Measure dances on songs they never learned: `python -m train.evaluate --dance ballroom free`.

Runs them as the stage does, beside the real dancers and simple baselines, and writes report.json
and report.html. What each measure means is in docs/metrics.md.
"""

import argparse
import sys
from pathlib import Path

from models.arguments import folder_there, folder_to_fill, number, whole
from models.bundle import BundleError
from models.command import command
from models.nets.checkpoint import CheckpointError
from models.runtime.engines import EngineError
from train.dance_eval import report
from train.dance_eval.evaluate import SHOWN_SECONDS, Stage, evaluate, measured_songs
from train.dance_eval.music import load_music
from train.dance_eval.perform import Show
from train.songs.song import SPLITS, DataError


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m train.evaluate", description=__doc__)
    p.add_argument(
        "--dance", nargs="+", default=["ballroom", "free"], metavar="NAME|PATH|CHECKPOINT",
        help="bundles by name or path, checkpoints, or folders of training runs",
    )  # fmt: skip
    p.add_argument(
        "--data", type=folder_there, help="prepared songs; none: the project's own choreography"
    )
    p.add_argument("--split", nargs="+", choices=SPLITS, default=["test"])
    p.add_argument(
        "--music",
        nargs="+",
        default=[],
        metavar="FILE[@BPM]",
        help="music nobody has danced to, with its tempo where librosa would find another",
    )
    p.add_argument("--out", type=folder_to_fill, default=Path("runs/evaluation"))
    p.add_argument("--seeds", type=whole(), default=3, help="takes of each song (default: 3)")
    p.add_argument("--shown", action="store_true", help="by the program itself, as on its screen")
    p.add_argument("--live", action="store_true", help="the same in real time")
    p.add_argument(
        "--phase-lock",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="of the program, as shown (default: yes)",
    )
    p.add_argument("--seconds", type=number(0.1, 1e6), help="of each song at most (as shown: 60)")
    p.add_argument("--beat", choices=("heard", "grid", "none"), default="heard")
    p.add_argument("--metre", choices=("told", "unknown"), default="told")
    p.add_argument("--temperature", type=number(0, 100), default=1.0)
    p.add_argument("--energy", type=number(-1, 1), default=0.0)
    p.add_argument(
        "--phase-delay", type=number(-10, 10), default=0.0, help="s the beat is given late"
    )
    p.add_argument("--threads", type=whole(), default=1)
    return p


@command("train.evaluate", "the same command begins again")
def main(argv: list[str] | None = None) -> int:
    """0 and a report, or 1 and one sentence."""
    args = parser().parse_args(argv)
    import torch

    torch.set_num_threads(args.threads)
    show = Show(args.beat, args.metre == "told", args.temperature, args.energy, args.phase_delay)
    try:
        songs, known = measured_songs(args.data, args.split)
        stage = Stage(
            songs,
            [load_music(path) for path in args.music],
            show,
            list(range(max(1, args.seeds))),
            args.shown or args.live,
            args.live,
            args.phase_lock,
            args.seconds or (SHOWN_SECONDS if args.shown or args.live else None),
        )
        evaluation = evaluate(args.dance, stage, known)
        evaluation.facts |= {"data": str(args.data or "own choreography"), "split": args.split}
        for line in report.write(evaluation, args.out):
            print(line)
    except (DataError, BundleError, EngineError, CheckpointError) as error:
        print(f"train.evaluate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
