"""The process that reads: inputs come over a pipe, what became of each goes back.

Its readers are made there, so that whoever starts it imports none of them.
"""

import faulthandler
import importlib
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.fuzz.kind import Reader

RESULT, SENTENCE, TRACEBACK = "result", "sentence", "traceback"
# Far above what is allowed to be in use, as torch and onnxruntime reserve what they never touch.
MOST_RESERVED = 12 * 2**30  # bytes
LONGEST_SENTENCE = 1_000  # letters

Outcome = tuple[str, str, str]  # reader, what became of it, its words


def serve(pipe: Connection, readers: str, log: str) -> None:
    """Read until the pipe is closed; whatever libraries print goes to the file `log`."""
    _quiet(log)
    _bound()
    _hear_threads()
    module, _, function = readers.partition(":")
    found: list[Reader] = list(getattr(importlib.import_module(module), function)())
    pipe.send(used_mb(os.getpid()))
    with suppress(EOFError, BrokenPipeError):
        while True:
            path = Path(pipe.recv())
            _forget_peak()
            pipe.send((outcomes(found, path), peak_mb(), used_mb(os.getpid())))


def outcomes(readers: Iterable[Reader], path: Path) -> list[Outcome]:
    """What each reader makes of one input, also on threads of its own."""
    found: list[Outcome] = []
    for reader in readers:
        _on_threads.clear()
        what, words = _outcome(reader, path)
        if _on_threads:
            what, words = TRACEBACK, "\n".join(_on_threads)
        found.append((reader.name, what, words))
    return found


_on_threads: list[str] = []  # tracebacks


def _hear_threads() -> None:
    def note(args: threading.ExceptHookArgs) -> None:
        trace = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
        _on_threads.append("".join(trace))

    threading.excepthook = note


def _outcome(reader: Reader, path: Path) -> tuple[str, str]:
    try:
        reader.read(path)
    except reader.errors as error:
        said = str(error)
        if not said.strip() or "\n" in said.strip() or len(said) > LONGEST_SENTENCE:
            return TRACEBACK, f"no sentence: {said[:LONGEST_SENTENCE]!r}\n{traceback.format_exc()}"
        return SENTENCE, said
    except BaseException:  # noqa: BLE001 - whatever it is, it is what is looked for
        return TRACEBACK, traceback.format_exc()
    return RESULT, ""


def used_mb(process: int, what: str = "VmRSS") -> float:
    """Memory of a process in use now (VmHWM: at most), 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    return int(found[1]) / 1e3 if found else 0.0


def waited_s(process: int) -> float:
    """How long threads of a process were ready and had no core; 0 where the system does not tell.

    A thread that has ended takes its share with it.
    """
    waited = 0
    for thread in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with suppress(OSError, IndexError):
            waited += int(thread.read_text().split()[1])
    return waited / 1e9


def peak_mb() -> float:
    """The most memory since `_forget_peak`; elsewhere than on Linux since the start."""
    if known := used_mb(os.getpid(), "VmHWM"):
        return known
    with suppress(ImportError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1e6 if sys.platform == "darwin" else 1e3)
    return 0.0


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _quiet(log: str) -> None:
    """Nothing on the terminal; a death by a signal leaves its stack in the log."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    faulthandler.enable(sys.stderr)


def _bound() -> None:
    """The same answer on every machine to whoever asks for more memory than there can be."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_RESERVED, most))
