"""A show as a program of its own, heard and told over OSC."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pythonosc.udp_client import SimpleUDPClient

from benchmarks.night.osc_ear import OscEar

ROOT = Path(__file__).parents[1]
_SETTINGS = os.environ["DANCELIVE_SETTINGS"]  # as conftest.py has it: each show has one inside


class StageProgram:
    """A headless show; `heard` are (host time of the arrival, address, arguments)."""

    def __init__(self, *words: str, env: dict[str, str] | None = None) -> None:
        self.heard: list[tuple[float, str, list[Any]]] = []
        self._ear = OscEar(lambda *said: self.heard.append(said))
        port = self._ear.port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "live.cli", "--headless", "--osc", f"127.0.0.1:{port}", *words],
            env=(env or dict(os.environ))
            | {"PYTHONPATH": str(ROOT), "DANCELIVE_SETTINGS": tempfile.mkdtemp(dir=_SETTINGS)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # with all that it starts it is a group, see `close`
        )

    def of(self, name: str, since: float = 0.0) -> list[tuple[float, list[Any]]]:
        """What came under /dancelive/NAME from host time `since` on: (host time, arguments)."""
        heard = self.heard[:]
        return [(at, said) for at, address, said in heard
                if address == f"/dancelive/{name}" and at >= since]  # fmt: skip

    def dance_for(self, seconds: float) -> None:
        """Until the show is there and has danced so long."""
        until = time.perf_counter() + 60
        while not self.of("frame") and time.perf_counter() < until:
            assert self.process.poll() is None, self.process.communicate()[1]
            time.sleep(0.02)
        time.sleep(seconds)

    def stall(self, seconds: float) -> float:
        """Stop the process for so long, as a suspended computer does; host time at its end."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)
        return time.perf_counter()

    def end(self) -> None:
        """Ask it to end, as a service manager does; it must end well."""
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=20)[1]
        assert self.process.returncode == 0, said

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()
        self._ear.close()


@contextmanager
def stage_program(*words: str, env: dict[str, str] | None = None) -> Iterator[StageProgram]:
    """A show that ends with the context, whatever happens in it."""
    program = StageProgram(*words, env=env)
    try:
        yield program
    finally:
        program.close()


def free_port() -> int:
    """Of UDP; free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wishes_to(port: int) -> SimpleUDPClient:
    """A client that sends commands to --osc-in."""
    return SimpleUDPClient("127.0.0.1", port)
