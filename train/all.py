"""`python -m train.all`: every stage in order, from data to measured networks; skips what is done.

Stages: prepare, actions (ST-GCN), ear, dance, target, evaluate. Without data the project's own
choreography and a drawn person keep every stage running. Exporting is one command more, printed
at the end.
"""

import argparse
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from models.arguments import folder_there, folder_to_fill
from models.command import command
from train.person import consent
from train.person.held_out import every_fourth_song
from train.run.names import CHECKPOINT
from train.run.stage_record import StageRecord
from train.run.stages import NOBODY, PRESETS, STAGES, Plan, Step, chosen, find_person


def _arguments() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m train.all", description=__doc__)
    p.add_argument("--data", type=folder_there, help="folder with dance_with_melody/, alice/, ...")
    p.add_argument(
        "--out",
        type=folder_to_fill,
        help="where everything is written (default: runs; of tiny runs/tiny)",
    )
    p.add_argument(
        "--preset", default="stage", choices=PRESETS,
        help="which form the dance has (default: %(default)s)",
    )  # fmt: skip
    p.add_argument("--target", help="person: a video, a name below the data, or none")
    p.add_argument("--consent", default="", help="who is shown in the person's video and agreed")
    p.add_argument(
        "--hold-out", nargs="*", metavar="EXCERPT",
        help="of the person's video, to judge by (default: every fourth song of its pose file)",
    )  # fmt: skip
    p.add_argument("--only", nargs="+", choices=STAGES, help="these stages alone")
    p.add_argument("--from", dest="first", choices=STAGES, help="this stage and those after it")
    return p


def completed(plan: Plan, hold_out: list[str] | None) -> Plan:
    """With what lies beside the person's video where the command says nothing (None)."""
    video = None if plan.target == NOBODY else find_person(plan.data, plan.target)
    agreed, held = plan.consent, tuple(hold_out or ())
    if video:
        agreed = agreed or consent.beside(video)
        held = every_fourth_song(video) if hold_out is None else held
    return replace(plan, consent=agreed, hold_out=held)


def refusal(data: Path | None, target: str | None) -> str:
    """One sentence when there is no such person; else nothing."""
    if target not in (None, NOBODY) and find_person(data, target) is None:
        where = f" below {data}" if data else ""
        return f"there is no video {target!r}{where}: name a file, or NAME of NAME/NAME.mp4."
    return ""


def _run(steps: list[Step], record: StageRecord) -> int:
    """One after the other; stops at the first that fails and returns its exit code."""
    for step in steps:
        if step.is_done and not record.is_other(step):
            print(f"\n{step.stage}: done before, {step.made}", flush=True)
            continue
        print("\n$ python -m", *step.command, flush=True)
        record.note(step)
        ended = subprocess.run([sys.executable, "-m", *step.command], check=False)
        if ended.returncode:
            if not step.made.parent.exists():
                record.forget(step)
            print(f"train.all: the stage {step.stage} failed; nothing before it is lost.")
            return ended.returncode
    return 0


def _tell(steps: list[Step]) -> None:
    """What there is now, and how to play it."""
    print("\nTrained networks:")
    trained = [step.made for step in steps if step.made.name == CHECKPOINT]
    for path in trained:
        print(f"  {path}" if path.is_file() else f"  {path} (not yet)")
    print("Reports:")
    for step in steps:
        if step.stage == "evaluate" and step.made.is_file():
            print(f"  {step.made.with_suffix('.html')}")
    print("To play one of them:")
    for path in trained:
        if path.is_file() and path.parent.parent.name != "stgcn":
            print(f"  python -m export {path.parent}")


@command("train.all")
def main(argv: list[str] | None = None) -> int:
    """0, or the exit code of the step that failed."""
    args = _arguments().parse_args(argv)
    out = args.out or (Path("runs/tiny") if args.preset == "tiny" else Path("runs"))
    said = refusal(args.data, args.target)
    if said:
        raise SystemExit(f"train.all: {said}")
    plan = Plan(args.data, out, args.preset, args.target, args.consent)
    every = completed(plan, args.hold_out).steps()
    steps, record = chosen(every, args.only, args.first), StageRecord(out)
    said = record.refusal(steps)
    if said:
        raise SystemExit(f"train.all: {said}")
    code = _run(steps, record)
    if not code:
        _tell(every)
    return code


if __name__ == "__main__":
    sys.exit(main())
