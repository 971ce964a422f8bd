"""Another listener at the microphone: what was to be heard there, and when."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping

import numpy as np

from models.types import Array


class SecondEar:
    """Listens to `device` of a sound server from now until `close`."""

    def __init__(self, device: str, rate: int, env: Mapping[str, str]) -> None:
        self.rate = rate  # Hz
        self._listener = subprocess.Popen(
            ["parec", f"--device={device}", "--raw", f"--rate={rate}", "--channels=1",
             "--format=s16le", "--latency-msec=10"],
            env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._sound = bytearray()
        self._began: list[float] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.kill()
        self._listener.wait()
        self._thread.join(5)

    def between(self, since: float, until: float) -> Array:
        """Float32 mono of two host times; silence where nothing was heard."""
        sound = np.frombuffer(bytes(self._sound[: len(self._sound) // 2 * 2]), "<i2")
        # Blocks come late by a jitter, never early.
        began = min(self._began, default=0.0)
        first, last = (round((at - began) * self.rate) for at in (since, until))
        found = np.zeros(last - first, np.float32)
        inside = sound[max(0, first) : max(0, last)]
        start = max(0, -first)
        found[start : start + len(inside)] = inside / 32768
        return found

    def _listen(self) -> None:
        assert self._listener.stdout
        while block := os.read(self._listener.stdout.fileno(), 4096):
            self._sound += block
            self._began.append(time.perf_counter() - len(self._sound) / 2 / self.rate)
