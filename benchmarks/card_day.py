"""All that waits for a graphics card, in one command that can be stopped and run again.

`python -m benchmarks.card_day [--out out/card] [--minutes 9] [--tiny] [--only STAGE ...]`: engines
in every precision with their parity, a show of 60 pictures a second, a card that is full, then the
trainings that need one, then the tables for the docs. A call does what fits into its minutes; the
next goes on. Each stage leaves STAGE.json and STAGE.log in FOLDER/stages; what is skipped says why.
`--tiny` runs the whole course in little on the processor.

A machine without a network takes what it needs along: wheels of onnxruntime-gpu and tensorrt split
by `split -b 60M`, put together there by `cat` and installed by `pip install --no-index`. CUDA and
cuDNN may come from torch's wheels: `onnxruntime.preload_dlls` finds them. What was made comes home
by `--pack FOLDER` (parts of 15 MB: figures, then bundles, then checkpoints as far as 60 MB go) and
is laid out again by `--unpack FOLDER`, where the next call goes on.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from benchmarks.card import shards
from benchmarks.card.machine import card, packages
from benchmarks.card.plan import Material, Stage, stages
from benchmarks.card.sitting import BEGUN, DONE, FAILED, SKIPPED, State, keep, read, sit
from models.arguments import number
from models.command import command
from train.run.processor import processor

OUT = Path("out/card")


def _arguments() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m benchmarks.card_day",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("--out", type=Path, default=OUT, help="folder of the day (%(default)s)")
    p.add_argument("--minutes", type=number(0.1, 1e4), default=9.0, help="of this call")
    p.add_argument("--tiny", action="store_true", help="the whole course, on the processor")
    p.add_argument("--only", nargs="+", metavar="STAGE", help="these alone, also if they are done")
    p.add_argument("--list", action="store_true", help="the stages and how they stand")
    p.add_argument("--songs", type=Path, help="prepared songs (default: own choreography)")
    p.add_argument("--club", type=Path, help="prepared songs of the club (default: the same)")
    p.add_argument("--video", type=Path, help="of a person (default: a drawn figure)")
    p.add_argument("--vgg", type=Path, help="torchvision's vgg19, for the paper's person")
    p.add_argument("--pack", type=Path, metavar="FOLDER", help="into parts, afterwards")
    p.add_argument("--unpack", type=Path, metavar="FOLDER", help="parts, before anything else")
    return p


def day(
    todo: list[Stage], folder: Path, minutes: float, again: frozenset[str] = frozenset()
) -> list[State]:
    """What fits into the minutes; the state of each stage that was looked at."""
    until = time.monotonic() + 60 * minutes
    told: dict[str, State] = {}
    for stage in todo:
        before = read(folder, stage)
        if before and before.state == DONE and stage.name not in again:
            told[stage.name] = before
            continue
        first = told.get(stage.after)
        left = until - time.monotonic()
        if first and first.state in (FAILED, SKIPPED):
            why = f"{stage.after} {first.state}"
            told[stage.name] = keep(
                folder, State(stage.name, SKIPPED, why, command=list(stage.words))
            )
        elif left >= stage.least_s and (not stage.after or not first or first.state == DONE):
            print(f"{stage.name} ...", flush=True)
            told[stage.name] = sit(folder, stage, left)
        else:
            continue  # for the next call
        print(_line(told[stage.name]), flush=True)
    return list(told.values())


def _line(state: State) -> str:
    why = f": {state.why}" if state.why else ""
    return f"{state.name}: {state.state} after {state.seconds:g} s{why}"


@command("benchmarks.card_day")
def main(argv: list[str] | None = None) -> int:
    """1 where a stage failed, else 0."""
    args = _arguments().parse_args(argv)
    if args.unpack:
        print(f"{shards.unpack(args.unpack, args.out)} files laid out in {args.out}.")
    material = Material(args.songs, args.club, args.video, args.vgg)
    planned = stages(args.out, material, args.tiny)
    names = [stage.name for stage in planned]
    if unknown := set(args.only or ()) - set(names):
        print(f"There is no stage {min(unknown)}: {', '.join(names)}.", file=sys.stderr)
        return 2
    folder = args.out / "stages"
    if args.list:
        for stage in planned:
            print(_line(read(folder, stage) or State(stage.name, "not tried")))
        return 0
    todo = [stage for stage in planned if not args.only or stage.name in args.only]
    told = day(todo, folder, args.minutes, frozenset(args.only or ()))
    facts = {"card": card(), "packages": packages(), "processor": processor()}
    states = {state.name: state.state for state in told}
    (args.out / "day.json").write_text(json.dumps(facts | {"stages": states}, indent=1) + "\n")
    waiting = [stage.name for stage in todo if states.get(stage.name, BEGUN) == BEGUN]
    if waiting:
        print(f"The same command goes on with: {', '.join(waiting)}.")
    if args.pack:
        for name in shards.pack(args.out, args.pack):
            print(f"no room for {name}")
    return int(FAILED in states.values())


if __name__ == "__main__":
    sys.exit(main())
