"""A card that another program filled: does the show go on, and on what?

`python -m benchmarks.card.crowded BUNDLE --out FILE.json`: a show that starts on a full card, and
one whose card is filled while it plays. Both must end by themselves; the engine is told.
"""

import argparse
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from benchmarks import show
from benchmarks.card.machine import card

_SHOW_S = 20.0
_FILL_AFTER_S = 8.0
_LEFT_MB = 64  # of the card
_FILLS = (
    "import sys, torch\n"
    "free, _ = torch.cuda.mem_get_info()\n"
    f"kept = torch.empty(max(0, free - ({_LEFT_MB} << 20)), dtype=torch.uint8, device='cuda')\n"
    "print('full', flush=True)\n"
    "sys.stdin.read()\n"
)


class Neighbour:
    """A program that takes what is free of the card, until it is closed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _FILLS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def wait(self) -> bool:
        """Whether it has what it wanted."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip() == "full"

    def close(self) -> None:
        self._process.communicate(timeout=60)


def measure(bundle: Path) -> dict[str, Any]:
    """Both shows; "failed" says what ended one."""
    return {
        "card": card(),
        "full from the start": _beside(bundle, 0.0),
        "filled while it plays": _beside(bundle, _FILL_AFTER_S),
    }


def _beside(bundle: Path, after: float) -> dict[str, Any]:
    neighbours: list[Neighbour] = []

    def fill() -> None:
        neighbours.append(Neighbour())
        neighbours[0].wait()

    timer = threading.Timer(after, fill)
    timer.start()
    if not after:
        timer.join()
    try:
        return show.show("demo", str(bundle), _SHOW_S)
    except subprocess.CalledProcessError as error:
        return {"failed": str(error)}
    finally:
        timer.cancel()
        timer.join()
        for one in neighbours:
            one.close()


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.card.crowded", description=__doc__)
    p.add_argument("bundle", type=Path)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(measure(args.bundle.resolve()), indent=1) + "\n")


if __name__ == "__main__":
    main()
