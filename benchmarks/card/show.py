"""A show at many pictures a second with the card's memory looked at.

`python -m benchmarks.card.show BUNDLE --fps 60 --seconds 600 --out FILE.json`: the
show's own statistics, and the card's memory each few seconds; what grows is told in MB an hour.
"""

import argparse
import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import show
from benchmarks.card.machine import card
from models.arguments import number
from train.run.processor import processor

_LOOK_S = 2.0


def measure(bundle: Path, fps: float, seconds: float) -> dict[str, Any]:
    """The show on the best engine there is."""
    rows: list[tuple[float, int]] = []
    is_over = threading.Event()

    def look() -> None:
        began = time.perf_counter()
        while not is_over.wait(_LOOK_S):
            if found := card():
                rows.append((time.perf_counter() - began, found.used_mb))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        stats = show.show("demo", str(bundle), seconds, "--fps", f"{fps:g}")
    finally:
        is_over.set()
        looking.join()
    settled = np.array(rows[len(rows) // 5 :])
    growth = float(np.polyfit(*settled.T, 1)[0] * 3600) if len(settled) > 2 else None
    return {
        "processor": processor(),
        "card": card(),
        "asked fps": fps,
        "seconds": seconds,
        "card MB": [used for _, used in rows],
        "card MB an hour": None if growth is None else round(growth, 1),
        "stats": stats,
    }


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.card.show", description=__doc__)
    p.add_argument("bundle", type=Path)
    p.add_argument("--fps", type=number(1, 240), default=60.0)
    p.add_argument("--seconds", type=number(1, 1e5), default=600.0)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    found = measure(args.bundle.resolve(), args.fps, args.seconds)
    args.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
