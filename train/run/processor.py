"""What this machine computes with, for the records of trainings and benchmarks. No torch."""

import platform
from pathlib import Path

_LINUX = Path("/proc/cpuinfo")


def processor() -> str:
    """The processor's name as it calls itself, or its kind where the system does not tell."""
    if _LINUX.exists():
        for line in _LINUX.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
