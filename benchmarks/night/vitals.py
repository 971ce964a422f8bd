"""A process from outside: memory, threads, open files, time of the processor (Linux)."""

import re
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = 100.0  # of /proc/PID/stat


@dataclass(frozen=True)
class Vitals:
    """Of one moment."""

    memory_mb: float  # resident
    threads: int
    handles: int  # open files, sockets, pipes
    cpu_s: float  # since the process began


def vitals(pid: int) -> Vitals | None:
    """None when there is no such process any more."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return None
    memory = re.search(r"VmRSS:\s+(\d+) kB", status)
    threads = re.search(r"Threads:\s+(\d+)", status)
    if not memory or not threads:  # it is ending
        return None
    return Vitals(
        round(int(memory[1]) / 1e3, 1),
        int(threads[1]),
        handles,
        (int(stat[11]) + int(stat[12])) / TICKS_PER_S,
    )
