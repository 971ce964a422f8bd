"""`python -m train.all`: every stage in order, from data to judged networks; skips what is done.

Stages: prepare, actions (ST-GCN), ear, dance, target, evaluate. Without data the project's own
choreography and a drawn person keep every stage running. Exporting is one command more, printed
at the end.
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

STAGES = ("prepare", "actions", "ear", "dance", "target", "evaluate")
HELD_OUT = {"alice": ("DANCE_C_8", "DANCE_R_8", "DANCE_W_21")}  # excerpts that judge a person
MADE_UP = ("alice", "bob")  # nobody was filmed for these
CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True)
class Step:
    """One command of a stage, without the interpreter, and the file that it ends with."""

    stage: str
    command: list[str]
    made: Path

    @property
    def is_done(self) -> bool:
        """Whether its outcome is there and whole; a training that was cut off goes on."""
        if not self.made.is_file():
            return False
        if self.made.suffix != ".safetensors":
            return True
        from models.nets.checkpoint import CheckpointError, read_header

        try:
            header = read_header(self.made)
        except CheckpointError:
            return False  # the training says what is wrong with it
        return header.get("step", 0) >= header.get("total", 0)


def steps(
    data: Path | None, out: Path, preset: str, target: str | None, consent: str = ""
) -> list[Step]:
    """All steps in order; those that the data at hand does not allow are replaced or left out."""
    small = "tiny" if "tiny" in preset else "stage"
    found: list[Step] = []

    def add(stage: str, made: Path, module: str, *words: str | Path) -> Path:
        found.append(Step(stage, [f"train.{module}", *map(str, words)], made))
        return made

    ballroom, free = out / "prepared" / "ballroom", out / "prepared" / "free"
    motion = _folder(data, "dance_with_melody")
    if motion:
        add("prepare", ballroom / "report.json", "prepare", motion, "--out", ballroom)
    if not motion or preset == "stage":
        add("prepare", free / "complete", "choreography", "--out", free, "--preset", small)
    songs = ballroom if motion else free

    actions = out / "stgcn" / "actions"
    seen: list[str | Path] = ["--songs", songs]
    for flag, folder in (("--bandai", _folder(data, "bandai_namco_motion")), ("--dance", motion)):
        seen += [flag, folder] if folder else []
    learn = ("--out", actions, "--preset", small)
    add("actions", actions / CHECKPOINT, "pretrain_stgcn", *seen, *learn)

    heard = ("--data", ballroom) if motion else ()
    ear = out / "beat" / "ear"
    add("ear", ear / CHECKPOINT, "beat", *heard, "--out", ear, "--preset", small)

    dances: dict[str, tuple[Path, str]] = {}  # name -> songs, preset
    if preset == "tiny":
        dances = {"free": (free, "tiny"), "free-paper": (free, "paper-tiny")}
        if motion:
            dances = {"ballroom": (ballroom, "tiny"), "ballroom-paper": (ballroom, "paper-tiny")}
    elif preset == "stage":
        dances = {"ballroom": (ballroom, "stage")} if motion else {}
        dances["free"] = (free, "stage")
    else:
        dances = {preset: (songs, preset)}
    for name, (learnt, form) in dances.items():
        run = out / "dance" / name
        words: list[str | Path] = [learnt, "--name", name, "--out", run, "--preset", form]
        if (name, form) == ("free", "stage"):
            words += ["--beat-pull", "1"]  # it is sure of its plans: they are on the beat anyway
        if "paper" in form:
            words += ["--actions", actions / CHECKPOINT]
        add("dance", run / CHECKPOINT, "dance", *words)

    person = _person(data, target)
    name = person.stem if person else "drawn"
    held = HELD_OUT.get(name, ())
    if name in MADE_UP:
        consent = consent or "Not needed: a made-up person."
    shown: list[str | Path] = [person] if person else ["--synthetic"]
    held_out = ["--hold-out", *held] if held else []
    painter = out / "target" / name
    if target != "none":
        learn = ["--name", name, "--out", painter, "--preset", small, "--no-export"]
        learn += ["--consent", consent] if consent else []
        add("target", painter / CHECKPOINT, "target", *shown, *learn, *held_out)

    for folder in dict.fromkeys(learnt for learnt, _ in dances.values()):
        runs = [out / "dance" / name for name, (learnt, _) in dances.items() if learnt == folder]
        report = out / "evaluation" / folder.name
        judge = ("--dance", *runs, "--data", folder, "--out", report)
        add("evaluate", report / "report.json", "evaluate", *judge)
    if target != "none" and (held or not person):
        report = out / "evaluation" / name
        judge = (painter / CHECKPOINT, *shown, *held_out, "--against", "nearest")
        kept = ("--out", report / "report.json", "--page", report / "report.html")
        add("evaluate", report / "report.json", "evaluate_target", *judge, *kept)
    return found


def _folder(data: Path | None, name: str) -> Path | None:
    return data / name if data and (data / name).is_dir() else None


def _person(data: Path | None, target: str | None) -> Path | None:
    """The video of the person: a file, or by name below the data."""
    if target and Path(target).is_file():
        return Path(target)
    name = target or "alice"
    folder = _folder(data, name)
    return folder / f"{name}.mp4" if folder and (folder / f"{name}.mp4").is_file() else None


def chosen(all_steps: list[Step], only: list[str] | None, first: str | None) -> list[Step]:
    """Those of the named stages, or from one stage on."""
    names = STAGES[STAGES.index(first) :] if first else STAGES
    return [step for step in all_steps if step.stage in names and step.stage in (only or names)]


def main(argv: list[str] | None = None) -> int:
    """Run the steps; stops at the first that fails and returns its exit code."""
    p = argparse.ArgumentParser(prog="python -m train.all", description=__doc__)
    p.add_argument("--data", type=Path, help="folder with dance_with_melody/, alice/, ...")
    p.add_argument("--out", type=Path, default=Path("runs"), help="where everything is written")
    p.add_argument(
        "--preset", default="stage", choices=("tiny", "stage", "paper", "paper-live"),
        help="which form the dance has (default: %(default)s)",
    )  # fmt: skip
    p.add_argument("--target", help="person: a video, a name below the data, or none")
    p.add_argument("--consent", default="", help="who is shown in the person's video and agreed")
    p.add_argument("--only", nargs="+", choices=STAGES, help="these stages alone")
    p.add_argument("--from", dest="first", choices=STAGES, help="this stage and those after it")
    args = p.parse_args(argv)
    everything = steps(args.data, args.out, args.preset, args.target, args.consent)
    for step in chosen(everything, args.only, args.first):
        if step.is_done:
            print(f"\n{step.stage}: done before, {step.made}", flush=True)
            continue
        print("\n$ python -m", *step.command, flush=True)
        ended = subprocess.run([sys.executable, "-m", *step.command], check=False)
        if ended.returncode:
            print(f"train.all: the stage {step.stage} failed; nothing before it is lost.")
            return ended.returncode
    print("\nTrained networks:")
    trained = [step.made for step in everything if step.made.name == CHECKPOINT]
    for path in trained:
        print(f"  {path}" if path.is_file() else f"  {path} (not yet)")
    print("Reports:")
    for step in everything:
        if step.stage == "evaluate" and step.made.is_file():
            print(f"  {step.made.with_suffix('.html')}")
    print("To play one of them:")
    for path in trained:
        if path.is_file() and path.parent.parent.name != "stgcn":
            print(f"  python -m export {path.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
