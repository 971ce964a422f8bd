"""Is there a display for a window? Asked before Qt starts: without one Qt ends the process."""

import os
import subprocess
import sys

PROBE_TIMEOUT_S = 15.0
_PROBE = "from PySide6.QtWidgets import QApplication; QApplication([])"


def has_display() -> tuple[bool, str]:
    """Whether a window can be opened; if not, why and what to do, in one sentence."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform.startswith(("linux", "freebsd")) and not platform:
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return False, "There is no display (DISPLAY and WAYLAND_DISPLAY are not set)."
    # Qt aborts the process where its platform does not start, so another process tries it first.
    try:
        tried = subprocess.run(
            [sys.executable, "-c", _PROBE],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False, "The display does not answer."
    if tried.returncode == 0:
        return True, ""
    return False, explain(tried.stderr)


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
