"""The program that draws on the chip, started by process.py.

wgpu ends its process when a chip is lost, so a show must not be in it. On stdin views and plate,
then a line for each picture; on stdout a line for each answer. What is told and drawn lies in
memory that both have.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from models.puppet.chip.device import Chip, find_chip
from models.puppet.chip.memory import FAILED, READY, Plan, attached


def main() -> None:
    """One argument, JSON: the fields of a plan and the memory's name; or {}: what is there?"""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the show, which ends this
    with os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8") as answers:
        os.dup2(2, 1)  # what a driver prints is no answer
        try:
            _serve(json.loads(sys.argv[1]), answers.write)
        except Exception as error:  # whatever a driver throws
            said = " ".join(str(error).split()) or type(error).__name__
            answers.write(f"{FAILED} {said}\n")
            raise


def _serve(asked: dict[str, Any], answer: Callable[[str], object]) -> None:
    if not asked:
        answer(f"{READY} {json.dumps(find_chip()[1:])}\n")
        return
    memory = attached(asked.pop("memory"))
    plan = Plan(**asked)
    views, plate = (sys.stdin.buffer.read(4 * n) for n in (plan.n_texels, plan.size**2))
    chip = Chip(find_chip().adapter, plan, views, plate)
    told, drawn = plan.told(memory), plan.drawn(memory)
    answer(f"{READY}\n")
    for _ in sys.stdin.buffer:
        chip.draw(told, drawn)
        answer(f"{READY}\n")


if __name__ == "__main__":
    main()
