"""`python -m train.all`: every stage in order, from data to bundles; each goes on where it stopped.

Without data the synthetic choreography and a drawn person keep every stage running.
"""

import argparse
import subprocess
import sys
from pathlib import Path


def stages(data: Path | None, runs: Path, preset: str) -> list[list[str]]:
    """The command of each stage, without the interpreter."""
    prepared, dance, target = runs / "prepared", runs / "dance", runs / "target"
    found = data if data and data.is_dir() else None
    motion = found / "dance_with_melody" if found else None
    person = found / "alice" if found else None
    commands = []
    if motion and motion.is_dir():
        commands += [
            ["train.prepare", "--data", str(motion), "--out", str(prepared / "ballroom")],
            ["train.dance", "--data", str(prepared / "ballroom"), "--name", "ballroom",
             "--out", str(dance / "ballroom"), "--preset", preset],
        ]  # fmt: skip
    heard = ["--data", str(prepared / "ballroom")] if commands else []
    commands += [
        ["train.beat", *heard, "--out", str(runs / "beat" / "ear"), "--preset", preset],
        ["train.dance", "--name", "free", "--out", str(dance / "free"), "--preset", preset],
    ]
    if person and person.is_dir():
        commands += [
            ["train.target", str(person / "alice.mp4"), "--name", "alice",
             "--out", str(target / "alice"), "--preset", preset,
             "--hold-out", "DANCE_C_8", "DANCE_R_8", "DANCE_W_21"],
        ]  # fmt: skip
    else:
        commands += [
            ["train.target", "--synthetic", "--name", "drawn", "--out", str(target / "drawn"),
             "--preset", preset],
        ]  # fmt: skip
    trained = [Path(c[c.index("--out") + 1]) for c in commands if c[0] != "train.prepare"]
    commands += [["export", str(folder), "--out", str(runs / "bundles" / folder.name)]
                 for folder in trained]  # fmt: skip
    return commands


def main(argv: list[str] | None = None) -> int:
    """Run the stages; stops at the first that fails and returns its exit code."""
    p = argparse.ArgumentParser(prog="python -m train.all", description=__doc__)
    p.add_argument("--data", type=Path, help="folder that holds dance_with_melody/ and alice/")
    p.add_argument("--runs", type=Path, default=Path("runs"), help="where everything is written")
    p.add_argument("--preset", default="stage", choices=("stage", "tiny"))
    args = p.parse_args(argv)
    for command in stages(args.data, args.runs, args.preset):
        print("\n$ python -m", *command, flush=True)
        done = subprocess.run([sys.executable, "-m", *command], check=False)
        if done.returncode:
            return done.returncode
    bundles = args.runs / "bundles"
    print(f"\nbundles: {bundles}; to use them: DANCELIVE_BUNDLES={bundles} dancelive ...")
    return 0


if __name__ == "__main__":
    sys.exit(main())
