"""Learn a dance: `python -m train.dance SONGS --name mine`, from prepared songs or from none.

The presets `stage` and `tiny` choose among motion plans, `paper` and `paper-live` are the paper's
network with its critics. Goes on exactly where it was stopped when the same command is given again.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from models.bundle import BundleError
from models.nets.checkpoint import CheckpointError
from models.nets.stgcn import load_actions
from models.runtime.engines import EngineError
from train.dancer import paper as paper_dance
from train.dancer import stage as stage_dance
from train.dancer.config import ACTIONS, DANCE_PRESETS, PaperTraining
from train.dancer.corrupt import corrupted_songs
from train.run import distributed
from train.run.device import chosen_device
from train.songs.song import DataError, load_songs
from train.synthetic.choreography import own_songs

# Of the paper's dance: the two critics and the losses beside them.
PARTS = ("local", "whole", "l1", "features", "perceptual", "gradient_penalty")


def paper_settings(settings: PaperTraining, without: list[str]) -> PaperTraining:
    """The same with some of its parts switched off (names of PARTS)."""
    off = dict.fromkeys((part for part in without if part not in ("local", "whole")), 0.0)
    weights = replace(settings.weights, **off)
    local, whole = settings.local and "local" not in without, "whole" not in without
    return replace(settings, weights=weights, local=local, whole=settings.whole and whole)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m train.dance", description=__doc__)
    p.add_argument("data", type=Path, nargs="?", help="prepared songs; none: own choreography")
    p.add_argument("--name", required=True)
    p.add_argument("--out", type=Path, help="folder of the run (default: runs/dance/NAME)")
    p.add_argument("--preset", choices=sorted(DANCE_PRESETS), default="stage")
    p.add_argument("--iterations", type=int)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    stage = p.add_argument_group("stage and tiny")
    stage.add_argument("--plans", type=int, help="how many motion plans to choose from")
    stage.add_argument("--beat-pull", type=float, help="how much plans on the beat are preferred")
    paper = p.add_argument_group("paper and paper-live")
    paper.add_argument("--without", nargs="+", choices=PARTS, default=[], help="parts left out")
    paper.add_argument(
        "--corrupt", action="store_true", help="learn from poses as a detector loses and mixes them"
    )
    paper.add_argument(
        "--actions", type=Path, default=ACTIONS, help="the trained action network (%(default)s)"
    )
    return p


def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    args = parser().parse_args(argv)
    torch.set_num_threads(args.threads)
    try:
        device = chosen_device(args.device)
    except ValueError as error:
        raise SystemExit(f"train.dance: {error}") from error
    settings = DANCE_PRESETS[args.preset]
    if args.iterations:
        settings = replace(settings, iterations=args.iterations)
    out = args.out or Path("runs/dance") / args.name
    try:
        few = "tiny" in args.preset
        songs = distributed.first_alone(
            lambda: load_songs(args.data) if args.data else own_songs(out / "songs", few)
        )
        if isinstance(settings, PaperTraining):
            settings = paper_settings(settings, args.without)
            actions = load_actions(args.actions)[0] if settings.weights.perceptual else None
            sure = None
            if args.corrupt:
                songs, sure = corrupted_songs(songs, args.seed)
            path = paper_dance.train(
                songs, args.name, out, settings, actions, args.seed, sure, device
            )
        else:
            sizes = settings.spec
            if args.beat_pull is not None:
                sizes = replace(sizes, beat_pull=args.beat_pull)
            if args.plans:
                sizes = replace(sizes, n_plans=args.plans)
            settings = replace(settings, spec=sizes)
            path = stage_dance.train(songs, args.name, out, settings, args.seed, device)
    except (DataError, CheckpointError, BundleError, EngineError) as error:
        raise SystemExit(f"train.dance: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit("train.dance: stopped; the same command goes on from here.") from None
    print(path)


if __name__ == "__main__":
    main()
