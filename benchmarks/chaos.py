"""A minute in which everything goes wrong at random: `python -m benchmarks.chaos --seed N`.

A real show (sound server, window, OSC, film) suffers faults of benchmarks/night/faults.py in
random order and is ended in a random way. Every second is watched: it goes on, no picture is black
for long, after each fault it is itself again within 3 s; in the end the film plays, poses and
statistics are there, and the exit code is 0. Ends with 1 where one of these was broken. The same
seed gives the same faults. Needs Linux with Xvfb, xdotool and PulseAudio.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from av.error import FFmpegError

from benchmarks.night import film
from benchmarks.night.disc_jockey import evening
from benchmarks.night.faults import CRASH, FAULTS, Fault
from benchmarks.night.terminal import as_in_a_terminal
from benchmarks.night.venue import ENDINGS, venue
from benchmarks.night.watch import Watch
from models.arguments import any_seed, number, whole
from models.pose_file import PoseFileError, read_pose_file
from train.run.processor import processor

QUIET_S = (0.5, 3.0)  # between two faults
TRACKS_S = 1.2  # a film that a crash cut ends with its last whole second of either track


def night(
    seed: int,
    seconds: float,
    folder: Path,
    faults: Sequence[Fault] = (*FAULTS, CRASH),
    patience: float = 1.0,
) -> dict[str, Any]:
    """One show; what was done to it and what broke."""
    rng = np.random.default_rng(seed)
    music = evening(seconds / 60 + 0.5, seed)
    how = str(rng.choice(list(ENDINGS)))
    with venue(music, folder, "--guard") as place:
        watch = Watch(place, patience)
        until = time.perf_counter() + seconds
        time.sleep(2.0)
        while time.perf_counter() < until and place.show.is_alive:
            watch.suffer(faults[int(rng.integers(len(faults)))], rng)
            time.sleep(rng.uniform(*QUIET_S))
        watch.close()
        code = place.end(how)
        broken = watch.broken + left_behind(folder, place.show.said)
        if code != ENDINGS[how]:
            broken.append(f"the exit code after {how} is {code}")
        said = place.show.said.splitlines()
    return {"seed": seed, "ended by": how, "exit code": code, "felt": watch.felt,
            "broken": broken, "said": said[-20:]}  # fmt: skip


def left_behind(folder: Path, said: str) -> list[str]:
    """What is wrong with what a show has written: films, poses, statistics, its last words."""
    broken: list[str] = []
    names = {path.name for path in folder.iterdir()}
    wanted = ("show.mp4", "show.npz", "stats.json")
    broken += [f"there is no {name}" for name in wanted if name not in names]
    for path in sorted(folder.iterdir()):
        try:
            match path.suffix:
                case ".mp4":
                    found = film.look_through(path)
                    if abs(found.seconds - found.sound_s) > TRACKS_S:
                        broken.append(
                            f"{path.name}: {found.seconds} s, its sound {found.sound_s} s"
                        )
                case ".npz":
                    read_pose_file(path)
                case ".json":
                    json.loads(path.read_text(encoding="utf-8"))
                case _:
                    pass
        except (OSError, FFmpegError, IndexError, PoseFileError, ValueError) as error:
            broken.append(f"{path.name} cannot be read: {error}")
    broken += [f"{name} was left" for name in sorted(names) if ".part." in name]
    if "Traceback" in said or "terminate called" in said:
        broken.append("a traceback was shown")
    return broken


def main(argv: list[str] | None = None) -> None:
    """Ends with 1 where something was broken."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    p.add_argument("--seed", type=any_seed, default=0, help="the first (%(default)s)")
    p.add_argument(
        "--nights", type=whole(), default=1, help="with the seeds after it (%(default)s)"
    )
    p.add_argument("--seconds", type=number(1, 1e6), default=60.0, help="of each (%(default)s)")
    p.add_argument(
        "--patience", type=number(1, 100), default=1.0,
        help="times every bar, on a machine that others use as well (%(default)s)",
    )  # fmt: skip
    p.add_argument("--out", type=Path, help="JSON of all")
    args = p.parse_args(argv)
    as_in_a_terminal()
    nights: list[dict[str, Any]] = []
    for seed in range(args.seed, args.seed + args.nights):
        with tempfile.TemporaryDirectory(prefix="chaos") as folder:
            nights.append(night(seed, args.seconds, Path(folder), patience=args.patience))
        last = nights[-1]
        print(f"seed {seed}: {len(last['felt'])} faults, {len(last['broken'])} broken", flush=True)
        for broken in last["broken"]:
            print(f"  {broken}", flush=True)
        if args.out:
            facts = {"processor": processor(), "load average": os.getloadavg()[0]}
            args.out.parent.mkdir(parents=True, exist_ok=True)
            args.out.write_text(json.dumps(facts | {"nights": nights}, indent=1) + "\n")
    sys.exit(int(any(one["broken"] for one in nights)))


if __name__ == "__main__":
    main()
