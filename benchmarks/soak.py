"""A night in real time: `python -m benchmarks.soak --hours 2 [--out out/soak.json]`.

Microphone through a sound server, window on an X server, OSC, film and poses: songs and pauses, and
every fault of benchmarks/night/faults.py in turn, one each `--every` seconds. One JSON, and beside
it rows of each second and one picture: memory, threads, handles and poses over the night; after
what time the show was itself again after each fault; what sound was lost though nothing was done
to it; how far sound and picture of the film stand apart at its beginning and its end. Ends with 1
where something broke. Needs Linux with Xvfb, xdotool and PulseAudio.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.chaos import left_behind
from benchmarks.night import film, report
from benchmarks.night.disc_jockey import RATE, evening
from benchmarks.night.faults import FAULTS
from benchmarks.night.second_ear import SecondEar
from benchmarks.night.venue import DEVICE, TARGETS, Venue, venue
from benchmarks.night.watch import Watch
from models.arguments import any_seed, number
from models.pose_file import read_pose_file
from models.types import Array
from train.run.processor import processor

CALM_S = 20.0  # at the beginning and the end, where picture and sound are compared
SONGS_MIN = 15.0  # of music, over and over
SYNC_S = 0.04
FELT_S = 3.0  # after a fault, in which lost sound is its own


def night(
    seconds: float, every: float, seed: int, folder: Path, out: Path, patience: float = 1.0
) -> dict[str, Any]:
    """The whole night; what was measured."""
    rng = np.random.default_rng(seed)
    music = evening(min(SONGS_MIN, seconds / 60 + 1), seed)
    began = time.perf_counter()
    with venue(music, folder) as place:
        first_s = time.perf_counter() - began
        watch = Watch(place, patience)
        calm = min(CALM_S, seconds / 4)
        calms = [listened(place, calm)]
        faults, until = 0, watch.began + seconds - calm
        while time.perf_counter() < until and place.show.is_alive:
            due = time.perf_counter() + every
            watch.suffer(FAULTS[faults % len(FAULTS)], rng)
            faults += 1
            time.sleep(max(0.0, min(due, until) - time.perf_counter()))
        place.choose(TARGETS[0])
        calms.append(listened(place, calm))
        watch.close()
        code = place.end("SIGTERM")
        broken = watch.broken + left_behind(folder, place.show.said)
        if code != 0:
            broken.append(f"the exit code is {code}")
        apart = sync(place, calms, calm)
        said = place.show.said.splitlines()
        stats = json.loads(place.stats.read_text(encoding="utf-8"))
        found = asdict(film.look_through(place.film))
    for where, one in apart.items():
        if one["apart"] is not None and abs(one["apart"]) > patience * SYNC_S:
            broken.append(
                f"sound and picture of the film are {one['apart']} s apart at its {where}"
            )
    unprovoked = lost_alone(stats["lost_s"], watch, calms[0].media_at_0)
    if unprovoked and patience == 1:
        broken.append(f"sound was lost at {unprovoked} s, and nothing was done to it")
    slow = [felt for felt in watch.felt if not is_quick(felt)]
    facts = {
        "processor": processor(),
        "seconds": seconds,
        "first pose after s": round(first_s, 2),
        "growth": report.growth(watch.vitals),
        "chunks": {key: stats[key] for key in ("chunks", "chunks_lost")}
        | {"lost outside of faults s": unprovoked},
        "frames": {key: stats[key] for key in ("frames", "frames_late")},
        "film": found,
        "sound - picture": apart,
        "faults": len(watch.felt),
        "not itself again in time": slow,
        "broken": broken,
        "felt": watch.felt,
        "statistics": stats,
        "said": said[-200:],
    }
    report.save(out, facts, watch)
    return facts


def is_quick(felt: dict[str, Any]) -> bool:
    """Whether the show was itself again in time."""
    took = felt["recovered after s"]
    return took is not None and took <= felt["bar s"]


def lost_alone(
    lost: list[tuple[float, float]], watch: Watch, media_at_0: float
) -> list[tuple[float, float]]:
    """Of the sound that was lost, (from, until) in media time, what no fault explains; s since."""
    shift = -media_at_0 - watch.began
    ranges = [(round(a + shift, 1), round(b + shift, 1)) for a, b in lost]
    faults = [(felt["at s"] - 0.5, felt["at s"] + felt["lasted s"] + FELT_S) for felt in watch.felt]
    return [(a, b) for a, b in ranges if not any(c <= a and b <= d for c, d in faults)]


class Calm(NamedTuple):
    """A while without faults: what was to be heard at the microphone, and where in media time."""

    ear: SecondEar
    media_at_0: float  # media time at host time 0


def listened(place: Venue, seconds: float) -> Calm:
    """Let the show be for a while, and listen beside it."""
    ear = SecondEar(f"{DEVICE}.monitor", RATE, place.mic.env)
    time.sleep(seconds)
    ear.close()
    now = time.perf_counter()
    frames = place.show.heard.between(now - 5.0, now)
    media = float(np.median([media - at for at, _, media in frames])) if frames else 0.0
    return Calm(ear, media)


def sync(place: Venue, calms: list[Calm], calm: float) -> dict[str, dict[str, float | None]]:
    """At both ends of the film: how late its sound and its picture are, s, and the difference."""
    poses = read_pose_file(place.poses)
    end = float(poses.time[-1])
    found: dict[str, dict[str, float | None]] = {}
    for where, heard, at in (
        ("beginning", calms[0], calm - film.WINDOW_S - 2), ("end", calms[1], end - calm + 4)
    ):  # fmt: skip

        def music(since: float, until: float, heard: Calm = heard) -> Array:
            return heard.ear.between(since - heard.media_at_0, until - heard.media_at_0)

        sound = film.sound_lag(place.film, at, music)
        picture = film.picture_lag(place.film, at, poses, TARGETS[0])
        both = None if sound is None or picture is None else round(sound - picture, 4)
        found[where] = {
            "sound": None if sound is None else round(sound, 4),
            "picture": None if picture is None else round(picture, 4),
            "apart": both,
        }
    return found


def main(argv: list[str] | None = None) -> None:
    """Ends with 1 where something broke."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    p.add_argument("--hours", type=number(0.001, 1e4), default=2.0)
    p.add_argument(
        "--every", type=number(1, 1e6), default=30.0, help="s from fault to fault (%(default)s)"
    )
    p.add_argument("--seed", type=any_seed, default=0)
    p.add_argument(
        "--patience", type=number(1, 100), default=1.0,
        help="times every bar, on a machine that others use as well (%(default)s)",
    )  # fmt: skip
    p.add_argument("--out", type=Path, default=Path("out/soak.json"))
    args = p.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        facts = night(
            args.hours * 3600, args.every, args.seed, Path(folder), args.out, args.patience
        )
    short = {
        key: value for key, value in facts.items() if key not in ("felt", "statistics", "said")
    }
    print(json.dumps(short, indent=1))
    sys.exit(int(bool(facts["broken"])))


if __name__ == "__main__":
    main()
