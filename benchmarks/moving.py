"""What a dancer that moves with the beat costs of each picture: `python -m benchmarks.moving`.

`alice` before her own place, black and a picture file, at two sizes of the stage: laid where she
stands, moved sideways, and at another size in each picture. Milliseconds of this thread's own time,
the painting of the person left out. Saves out/moving.json.
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from live.core.settings import Settings
from live.picture.screen import open_screen
from models.arguments import number
from models.skeleton import STANDING
from train.run.processor import processor

STAGES = ((1280, 720), (1920, 1080))
DEPTH = 0.1


def median_ms(lay: Callable[[float], object], count: int) -> float:
    """Of so many pictures; `lay` is given what a sine makes of each."""
    took = []
    for k in range(count):
        began = time.thread_time()
        lay(DEPTH * math.sin(k / 9))
        took.append((time.thread_time() - began) * 1e3)
    return round(float(np.median(took)), 1)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--count", type=number(10, 10_000), default=60)
    count = int(p.parse_args().count)
    cv2.setNumThreads(1)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        scenery = str(Path(folder) / "a.png")
        noise = np.random.default_rng(0).integers(0, 255, (1080, 1920, 3), np.uint8)
        cv2.imwrite(scenery, noise)
        for background in ("target", "black", scenery):
            for stage in STAGES:
                screen = open_screen(Settings(output=stage, background=background), "alice")
                picture = screen.painter.paint(screen.painter.place(STANDING))
                row = {
                    "behind": "picture" if background == scenery else background,
                    "stage": "x".join(map(str, stage)),
                    "still": median_ms(lambda _, s=screen, p=picture: s.around(p), count),
                    "x": median_ms(
                        lambda x, s=screen, p=picture: s.moved(1.0, (x, 0.0)).around(p), count
                    ),
                    "scale": median_ms(
                        lambda x, s=screen, p=picture: s.moved(1 + x, (0.0, 0.0)).around(p), count
                    ),
                }
                screen.close()
                rows.append(row)
                print(" ".join(map(str, row.values())), flush=True)
    out = Path("out/moving.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"processor": processor(), "ms": rows}, indent=1))


if __name__ == "__main__":
    main()
