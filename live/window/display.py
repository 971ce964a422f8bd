"""Is there a display for a window? Asked before Qt starts: without one Qt ends the process."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

from models.program import HIDDEN, interpreter

PROBE_TIMEOUT_S = 15.0
_PROBE = """
import json
from PySide6.QtWidgets import QApplication
def size(screen):
    ratio = screen.devicePixelRatio()
    return [round(side * ratio) for side in screen.size().toTuple()]
print(json.dumps([[screen.name(), *size(screen)] for screen in QApplication([]).screens()]))
"""


class Display(NamedTuple):
    """What there is for windows."""

    works: bool
    reason: str = ""  # why it does not, and what to do, in one sentence
    screens: tuple[tuple[str, tuple[int, int]], ...] = ()  # name and (W, H) px of each


def has_display() -> tuple[bool, str]:
    """Whether a window can be opened; if not, why and what to do, in one sentence."""
    return find_display()[:2]


def find_display() -> Display:
    """The display of this program, tried."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform.startswith(("linux", "freebsd")) and not platform:
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return Display(False, "There is no display (DISPLAY and WAYLAND_DISPLAY are not set).")
    # Qt aborts the process where its platform does not start, so another process tries it first.
    try:
        tried = subprocess.run(
            [interpreter(), "-c", _PROBE],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_TIMEOUT_S,
            creationflags=HIDDEN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Display(False, "The display does not answer.")
    if tried.returncode:
        return Display(False, explain(tried.stderr))
    return Display(True, screens=_screens(tried.stdout))


def _screens(told: str) -> tuple[tuple[str, tuple[int, int]], ...]:
    """What the probe printed; none where something else printed as well."""
    try:
        return tuple((str(name), (int(w), int(h))) for name, w, h in json.loads(told))
    except (ValueError, TypeError):
        return ()


def explain(stderr: str) -> str:
    """What Qt printed when it failed -> one sentence."""
    if "No module named 'PySide6'" in stderr:
        return "PySide6 is not installed: pip install 'PySide6-Essentials>=6.8,!=6.12.0'."
    if "xcb-cursor" in stderr or "libxcb-cursor" in stderr:
        return "Qt lacks a system library: apt-get install libxcb-cursor0."
    for line in stderr.splitlines():
        if "cannot open shared object file" in line:
            library = line.split(":")[-3].split()[-1] if line.count(":") >= 2 else line
            return f"Qt lacks the system library {library}: see the packages named in the README."
    if "could not connect to display" in stderr or "Could not load the Qt platform" in stderr:
        return f"The display {os.environ.get('DISPLAY', '')!r} cannot be opened."
    last = stderr.strip().splitlines()[-1:] or ["no reason given"]
    return f"Qt does not start here ({last[0].strip()})."
