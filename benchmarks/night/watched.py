"""A show as a process of its own: heard and told over OSC, watched and stopped from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pythonosc.udp_client import SimpleUDPClient

from benchmarks.night.osc_ear import OscEar
from benchmarks.night.vitals import Vitals, vitals

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """Of UDP; free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Heard:
    """What a show has sent; each with the host time of its arrival."""

    frames: list[tuple[float, int, float]] = field(default_factory=list[tuple[float, int, float]])
    beats: list[float] = field(default_factory=list[float])
    statuses: list[tuple[float, str, bool]] = field(default_factory=list[tuple[float, str, bool]])

    def rate(self, since: float, until: float) -> float:
        """Bundles a second."""
        return len(self.between(since, until)) / max(until - since, 1e-9)

    def between(self, since: float, until: float) -> list[tuple[float, int, float]]:
        """(host time, number, media time) of the bundles that came then."""
        found: list[tuple[float, int, float]] = []
        for frame in reversed(self.frames):
            if frame[0] < since:
                break
            if frame[0] < until:
                found.append(frame)
        return found[::-1]

    def add(self, at: float, address: str, said: list[Any]) -> None:
        """One message."""
        match address.removeprefix("/dancelive/"):
            case "frame":
                self.frames.append((at, said[0], said[1]))
            case "beat":
                self.beats.append(at)
            case "status":
                self.statuses.append((at, said[0], bool(said[3])))
            case _:
                pass


class Watched:
    """A running show. `words` are its arguments beside those of OSC."""

    def __init__(self, words: Sequence[str], env: Mapping[str, str], said: Path) -> None:
        self.heard = Heard()
        self._said, self._is_guarded = said, "--guard" in words
        self._ear = OscEar(self.heard.add)
        self.port = free_port()
        osc = ["--osc", f"127.0.0.1:{self._ear.port}", "--osc-in", str(self.port)]
        own = {"DANCELIVE_SETTINGS": str(said.parent / "settings")}  # nobody's last show
        with said.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "live.cli", *osc, *words],
                env=dict(os.environ) | {"PYTHONPATH": str(ROOT)} | own | dict(env), stderr=file,
            )  # fmt: skip
        self._mouth = SimpleUDPClient("127.0.0.1", self.port)
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @property
    def pid(self) -> int:
        """Of the show itself, which --guard makes a child; 0 while there is none."""
        if not self._is_guarded:
            return self.process.pid
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = found.read_text().split() if found.exists() else []
        return int(children[0]) if children else 0

    @property
    def said(self) -> str:
        """All that it wrote to stderr."""
        return self._said.read_text(encoding="utf-8", errors="replace")

    def vitals(self) -> Vitals | None:
        return vitals(self.pid)

    def tell(self, name: str, *value: float | str) -> None:
        """One command, /dancelive/NAME."""
        self._mouth.send_message(f"/dancelive/{name}", list(value))

    def throw(self, packet: bytes) -> None:
        """Any bytes at its port of commands."""
        self._raw.sendto(packet, ("127.0.0.1", self.port))

    def send(self, number: int) -> None:
        """A signal to the program that was started."""
        self.process.send_signal(number)

    def strike(self, number: int) -> None:
        """A signal to the show itself."""
        if pid := self.pid:
            os.kill(pid, number)

    def stall(self, seconds: float) -> None:
        """Stop the process for so long, as a suspended computer does."""
        self.strike(signal.SIGSTOP)
        time.sleep(seconds)
        self.strike(signal.SIGCONT)

    def wait_for_frames(self, limit_s: float = 60.0) -> bool:
        """Whether it has begun to dance."""
        until = time.perf_counter() + limit_s
        while not self.heard.frames and self.is_alive and time.perf_counter() < until:
            time.sleep(0.05)
        return bool(self.heard.frames)

    def wait(self, limit_s: float = 60.0) -> int | None:
        """The exit code; None when it does not end, and is killed."""
        try:
            return self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            self.strike(signal.SIGKILL)
            self.process.kill()
            self.process.wait()
            return None

    def close(self) -> None:
        if self.is_alive:
            self.strike(signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        self._ear.close()
        self._raw.close()
