"""Inputs to a worker and what becomes of each: a result, a sentence, or a failure."""

import multiprocessing
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.fuzz.worker import RESULT, SENTENCE, TRACEBACK, serve, used_mb, waited_s

HANG, MEMORY, DEATH = "hang", "memory", "death"
FAILURES = (TRACEBACK, HANG, MEMORY, DEATH)
LOOK_S = 0.02  # between two looks at a worker's memory
START_S = 300.0  # to import on a busy machine
END_S = 5.0
TIRED_MB = 700.0  # a worker that keeps so much is replaced, not the next input blamed


@dataclass(frozen=True)
class Limits:
    """What an input may take."""

    seconds: float = 30.0  # at work or asleep; waiting for a core of a busy machine is no hang
    memory_mb: float = 1_500.0


@dataclass(frozen=True)
class Verdict:
    """What became of one input: RESULT when any reader took it, a failure when any failed."""

    outcome: str
    words: str
    seconds: float
    peak_mb: float

    @property
    def is_failure(self) -> bool:
        return self.outcome in FAILURES

    @property
    def brief(self) -> str:
        """The last line of its words."""
        lines = [line for line in self.words.splitlines() if line.strip()]
        return lines[-1].strip()[:200] if lines else ""


class WorkerError(Exception):
    """The worker cannot even begin."""


class Harness:
    """Has inputs read by one worker after the other."""

    def __init__(self, readers: str, limits: Limits | None = None) -> None:
        """`readers`: "module:function" that gives them. Raises WorkerError."""
        self.limits = limits or Limits()
        self.n_workers = 0
        self._readers = readers
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "worker.log"
        self._pipe, self._worker = self._start()

    def try_input(self, path: Path) -> Verdict:
        """Have one input read."""
        if not self._worker.is_alive():
            self._pipe, self._worker = self._start()
        began, waited_before = time.monotonic(), waited_s(self._worker.pid)
        self._pipe.send(str(path))
        most = 0.0
        while not self._pipe.poll(LOOK_S):
            took, used = time.monotonic() - began, used_mb(self._worker.pid)
            most = max(most, used)
            if used > self.limits.memory_mb:
                return self._end(MEMORY, f"{used:.0f} MB are in use", took, most)
            waited = max(0.0, waited_s(self._worker.pid) - waited_before)
            if took - waited > self.limits.seconds:
                return self._end(HANG, f"no answer after {took - waited:.0f} s", took, most)
        try:
            outcomes, peak, left = self._pipe.recv()
        except EOFError:
            self._worker.join()
            code = self._worker.exitcode or 0
            words = f"{self._said()}\n" + (f"signal {-code}" if code < 0 else f"exit code {code}")
            return self._end(DEATH, words, time.monotonic() - began, most)
        if left > TIRED_MB:
            self.stop()
        return self._judged(outcomes, time.monotonic() - began, peak)

    def stop(self, is_busy: bool = False) -> None:
        """End the worker; the next input gets another."""
        self._pipe.close()
        if is_busy:
            self._worker.kill()
        self._worker.join(END_S)
        self._worker.kill()
        self._worker.join()

    def close(self) -> None:
        """End all."""
        self.stop()
        self._folder.cleanup()

    def _judged(self, outcomes: list[Any], seconds: float, peak: float) -> Verdict:
        failed = [f"{reader}: {words}" for reader, what, words in outcomes if what == TRACEBACK]
        if failed:
            return Verdict(TRACEBACK, "\n".join(failed), seconds, peak)
        if peak > self.limits.memory_mb:
            return Verdict(MEMORY, f"{peak:.0f} MB were in use", seconds, peak)
        said = "; ".join(words for _, what, words in outcomes if what == SENTENCE)
        is_read = any(what == RESULT for _, what, _ in outcomes)
        return Verdict(RESULT if is_read else SENTENCE, said, seconds, peak)

    def _end(self, outcome: str, words: str, seconds: float, most: float) -> Verdict:
        self.stop(is_busy=True)
        return Verdict(outcome, words, seconds, most)

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-4_000:]

    def _start(self) -> tuple[Connection, Any]:
        context = multiprocessing.get_context("spawn")
        pipe, theirs = context.Pipe()
        arguments = (theirs, self._readers, str(self._log))
        worker = context.Process(target=serve, args=arguments, daemon=True)
        worker.start()
        theirs.close()
        self.n_workers += 1
        try:
            if not pipe.poll(START_S):
                raise EOFError
            pipe.recv()
        except EOFError:
            worker.kill()
            raise WorkerError(f"The worker does not begin: {self._said()}") from None
        return pipe, worker
