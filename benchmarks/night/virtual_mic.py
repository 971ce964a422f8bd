"""A sound server of its own whose microphones hear what is played to them."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPT = Path(__file__).with_name("virtual_mic.sh")
NEEDED = ("pulseaudio", "pactl", "parec", "paplay", "pacat")


def is_missing() -> bool:
    """Whether this machine lacks what it is made of."""
    return not all(map(shutil.which, NEEDED))


class VirtualMic:
    """A private sound server with named microphones; `env` lets programs see them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._env = os.environ | {"VIRTUAL_MIC_DIR": str(folder)}
        self._players: list[subprocess.Popen[bytes]] = []
        self.env: dict[str, str] = {}

    def do(self, *words: str) -> str:
        ran = subprocess.run(
            [SCRIPT, *words], env=self._env, capture_output=True, text=True, timeout=30, check=True
        )
        return ran.stdout

    def start(self, *names: str) -> None:
        told = re.findall(r"(\w+)=(\S+)", self.do("start", *names))
        self.env = os.environ | {key: value.replace("\\", "") for key, value in told}

    @property
    def pid(self) -> int:
        """Of the server; raises OSError when there is none."""
        return int((self._folder / "daemon.pid").read_text())

    def play(self, path: Path, name: str) -> None:
        """Play in the background."""
        command: list[str | Path] = [SCRIPT, "play", path, name]
        self._players.append(subprocess.Popen(command, env=self._env, stderr=subprocess.DEVNULL))

    def pactl(self, *words: str) -> None:
        subprocess.run(["pactl", *words], env=self.env, check=True, stdout=subprocess.DEVNULL)

    def close(self) -> None:
        subprocess.run([SCRIPT, "stop"], env=self._env, check=False)
        for player in self._players:
            player.kill()
            player.wait()


@contextmanager
def virtual_mic_server() -> Iterator[VirtualMic]:
    """A server that is not started yet and that ends with the context."""
    # Not pytest's folder: the name of a socket has 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="mic") as folder:
        mic = VirtualMic(Path(folder))
        try:
            yield mic
        finally:
            mic.close()
