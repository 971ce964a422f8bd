"""Readers with one fault each, for the harness of `benchmarks.fuzz`; what to do is in the input."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks.fuzz.kind import Reader


def readers() -> list[Reader]:
    return [Reader("fake", _read, (ValueError,))]


def _read(path: Path) -> None:
    match path.read_text():
        case "sentence":
            raise ValueError("This is no number.")
        case "two lines":
            raise ValueError("This is no number:\nat all")
        case "traceback":
            raise KeyError("spec")
        case "thread":
            thread = threading.Thread(target=lambda: [][1], name="part")
            thread.start()
            thread.join()
        case "hang":
            time.sleep(60)
        case "memory":
            np.ones(60 * 2**20).sum()
        case "slowly memory":
            kept = [np.ones(2**20)]
            while True:
                kept.append(np.ones(2**20))
        case "death":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "end":
            os._exit(7)
