"""Several dancers: processor time of the thread that paints, ms a picture of the stage.

`python -m benchmarks.dancers [--target NAME] [--out FILE.json]`
"""

import argparse
import json
import time
from pathlib import Path

from benchmarks import timing
from live.core.messages import Beat
from live.core.settings import COMPANIES, Settings
from live.core.stats import Stats
from live.dance.company import Company
from live.dance.performer import open_performer
from live.dance.tween import Tween
from live.picture.screen import open_screen
from live.show.dance import Dance
from live.sound.chunker import Chunker
from live.sound.open import open_source
from train.run.processor import processor

SECONDS = 40.0  # of the built-in band
FRAMES = 60  # measured, the last ones
FPS, BPM = 30.0, 120.0
PX = 512


def _danced() -> Tween:
    """A dance to the built-in band."""
    dance, chunker = Dance(open_performer(Settings()), Stats()), Chunker()
    for block in open_source("demo", False, SECONDS).blocks():
        for chunk in chunker.feed(block):
            dance.hear(chunk)
        if block.end >= SECONDS:
            break
    return dance.tween


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
    tween = _danced()
    found: dict[str, object] = {"processor": processor()}
    for name, counts in ((target, (1, 2, 4)), ("skeleton", (1, 8))):
        for n in counts:
            for way in COMPANIES if n > 1 else COMPANIES[:1]:
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
