"""Several dancers: processor time of the thread that paints, ms a picture of the stage; and of the
thread that dances, ms a chunk (0.1 s), where each dances by their own choice.

`python -m benchmarks.dancers [--target NAME] [--out FILE.json]`
"""

import argparse
import json
import time
from pathlib import Path

from benchmarks import timing
from live.core.messages import Beat
from live.core.settings import CANON, MIRRORED, MOST_DANCERS, UNISON, Settings
from live.core.stats import Stats
from live.dance.company import Company
from live.dance.performer import open_dancer, open_performer
from live.dance.tween import Tween
from live.picture.screen import open_screen
from live.show.dance import Dance
from live.sound.chunker import Chunker
from live.sound.open import open_source
from train.run.processor import processor

SECONDS = 40.0  # of the built-in band
FRAMES = 60  # measured, the last ones
CHUNKS_LEFT_OUT = 50
FPS, BPM = 30.0, 120.0
PX = 512


def _danced(n_soloists: int = 0, dance: str = "club") -> tuple[Tween, dict[str, float]]:
    """A dance to the built-in band, and ms of this thread's processor time a chunk."""
    settings = Settings(dance=dance)
    stage, chunker, times = Dance(open_performer(settings), Stats()), Chunker(), list[float]()
    stage.performer.ensemble.next_cast = [
        open_dancer(settings, dance, number + 1) for number in range(n_soloists)
    ]
    for block in open_source("demo", False, SECONDS).blocks():
        for chunk in chunker.feed(block):
            began = time.thread_time()
            stage.hear(chunk)
            times.append((time.thread_time() - began) * 1e3)
        if block.end >= SECONDS:
            break
    return stage.tween, timing.summary(times[CHUNKS_LEFT_OUT:])


def _frame(tween: Tween, target: str, n: int, way: str) -> dict[str, float]:
    """Poses and picture of one frame after the other, ms of this thread's processor time."""
    settings = Settings(target=target, output=(PX, PX), engine="cpu", dancers=n, company=way)
    screen = open_screen(settings, target)
    company = Company(tween, way)
    company.follow(Beat(0.0, 0.5, 0.0, BPM, 0.0, None, 0.9), 0.0)
    times = []
    for number in range(FRAMES):
        began = time.thread_time()
        _, poses = company.poses(SECONDS - 3 + number / FPS, n)
        screen.picture(poses)
        times.append((time.thread_time() - began) * 1e3)
    screen.close()
    return timing.summary(times)


def measure(target: str) -> dict[str, object]:
    """All of it."""
    tween, _ = _danced()
    found: dict[str, object] = {"processor": processor()}
    for dance in ("club", "ballroom"):
        for n in (1, 2, 4, MOST_DANCERS):
            found[f"{n} of their own choice, {dance}: chunk ms"] = _danced(n - 1, dance)[1]
    for name, counts in ((target, (1, 2, 4)), ("skeleton", (1, 8))):
        for n in counts:
            for way in (UNISON, MIRRORED, CANON) if n > 1 else (UNISON,):
                found[f"{n} {name} {way} {PX} px ms"] = _frame(tween, name, n, way)
    return found


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--target", default="alice")
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.target), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
