"""A screen without a monitor: an X server whose picture can be looked at, and hands on its keys."""

import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from models.types import Array

NEEDED = {"Xvfb": "xvfb", "xdotool": "xdotool"}  # program -> package


class DisplayError(Exception):
    """There is no such screen here, in one sentence."""


class Display:
    """One X server; `env` lets programs show their windows on it."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        """Raises DisplayError."""
        for program, package in NEEDED.items():
            if shutil.which(program) is None:
                raise DisplayError(f"{program} is not installed (apt-get install {package}).")
        self._folder = folder
        reading, writing = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size[0]}x{size[1]}x24",
             "-fbdir", str(folder), "-nolisten", "tcp", "-noreset"],
            pass_fds=[writing], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            self.server.wait(10)
            raise DisplayError("Xvfb does not start here.")
        self.env = {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "WAYLAND_DISPLAY": ""}

    def photo(self) -> Array:
        """The whole screen, uint8 (H, W, 3) RGB, from the server's own memory (XWD format)."""
        content = (self._folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", content[:100])
        n_header, width, height, row, n_colours = (header[i] for i in (0, 4, 5, 12, 19))
        pixels = np.frombuffer(content, np.uint8, row * height, n_header + 12 * n_colours)
        return pixels.reshape(height, row)[:, : 4 * width].reshape(height, width, 4)[..., 2::-1]

    def hand(self, *what: str) -> None:
        """Something that a person does at keyboard or mouse, in xdotool's words."""
        subprocess.run(
            ["xdotool", *what], env=os.environ | self.env, check=True, timeout=20,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def close(self) -> None:
        self.server.terminate()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:  # a night that was measured is not lost for it
            self.server.kill()


@contextmanager
def display(size: tuple[int, int] = (1280, 720)) -> Iterator[Display]:
    """A screen that ends with the context. Raises DisplayError."""
    with tempfile.TemporaryDirectory(prefix="screen") as folder:
        screen = Display(Path(folder), size)
        try:
            yield screen
        finally:
            screen.close()
