"""Tests run in a copy of the tree, each time in a fresh fork of a process that has torch loaded.

The fork has nothing of the project in memory, so that it imports the changed file; it tells by a
pipe how the tests ended.
"""

import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.mutants.seen import Watch
from benchmarks.mutants.tree import ROOT

LOADED = (
    "pytest", "numpy", "torch", "torch._dynamo", "scipy.signal", "scipy.interpolate",
    "scipy.ndimage", "sklearn.cluster", "sklearn.metrics", "safetensors.torch", "soundfile", "soxr",
    "cv2", "PIL.Image", "torchmetrics", "torch.utils.tensorboard", "onnxruntime",
    "matplotlib.pyplot", "av",
)  # fmt: skip
MORE_MEMORY = 3 << 30  # bytes that a changed program may take; one without end took the machine's
PROJECT = frozenset({"benchmarks", "models", "train", "export", "live"})


def load() -> None:
    """Import what the tests need and the project does not hold."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    for name in LOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


@dataclass
class Trial:
    """Tests on their way in a fork."""

    key: Any
    pid: int
    pipe: int
    ends_at: float
    told: bytes = b""


def begin(tree: Path, tests: list[str], limit_s: float, key: Any, traced: Iterable[str]) -> Trial:
    """Fork and run the tests there; with `traced` all of them, else until one fails."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Trial(key, pid, reading, time.monotonic() + limit_s)
    os.setpgid(0, 0)
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    code, watch = 3, Watch(tree, traced)
    _bound_memory()
    try:
        code = _run(tree, tests, watch, bool(traced))
    finally:
        found = {
            "code": int(code), "failed": watch.failed, "seconds": watch.seconds,
            "lines": watch.lines(),
        }  # fmt: skip
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(found).encode())
        os._exit(0)


def _bound_memory() -> None:
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        most = int(lines["VmData"].split()[0]) * 1024 + MORE_MEMORY
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _run(tree: Path, tests: list[str], watch: Watch, is_traced: bool) -> int:
    import pytest

    os.chdir(tree)
    os.environ |= {"PYTHONPATH": str(tree), "NUMBA_CACHE_DIR": str(tree / "numba")}
    # A changed file may have the time and the size of the one before: no byte code of it is kept.
    sys.dont_write_bytecode = not is_traced
    others = [p for p in sys.path if Path(p or ".").resolve() not in (ROOT, tree)]
    sys.path[:] = [str(tree), *others]
    for name in [n for n in sys.modules if n.split(".")[0] in PROJECT]:
        del sys.modules[name]  # what this program itself needed of it lies elsewhere
    which = ["-m", "not slow"] if is_traced else ["-m", "not slow", "-x"]
    # How long it may take is for the process that waits to say.
    settings = ["-o", "addopts=", "-o", "timeout=0", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return pytest.main(["-q", *which, *settings, *tests], plugins=[watch.hooks()])


def finished(trials: list[Trial]) -> list[tuple[Trial, dict[str, Any] | None]]:
    """Wait until some have ended; None of one that took too long and was stopped."""
    left = max(0.0, min(trial.ends_at for trial in trials) - time.monotonic())
    ready, _, _ = select.select([trial.pipe for trial in trials], [], [], left)
    ended: list[tuple[Trial, dict[str, Any] | None]] = []
    for trial in trials:
        is_late = time.monotonic() > trial.ends_at
        if trial.pipe in ready and not is_late:
            part = os.read(trial.pipe, 1 << 20)
            trial.told += part
            if part:
                continue
        elif not is_late:
            continue
        else:
            os.killpg(trial.pid, signal.SIGKILL)
        os.close(trial.pipe)
        os.waitpid(trial.pid, 0)
        ended.append((trial, json.loads(trial.told) if trial.told and not is_late else None))
    return ended
