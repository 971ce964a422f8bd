"""Bytes into another process, which may be slow: whoever writes never waits."""

import contextlib
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence

from models.program import HIDDEN

CONNECTED = b"connected\n"  # what a process says that can tell
END_S = 1.5  # so long it may take to say good-bye


class PipeError(Exception):
    """The process ended; says why in a few words."""


class Pipe:
    """A process that is fed; what it has not taken waits here, without bound: ask `waiting`."""

    def __init__(self, command: Sequence[str], tells: bool) -> None:
        """`tells`: whether it says on its stdout when it has connected. Raises OSError."""
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            creationflags=HIDDEN,
        )  # fmt: skip
        self.is_connected = not tells
        self.n_taken = 0  # bytes
        self.taken_at = time.perf_counter()  # host time at which it last took something
        self._bytes = 0
        self._waiting: deque[bytes | None] = deque()
        self._condition = threading.Condition()
        self._error = b""
        self._threads = [
            threading.Thread(target=body, name=f"stream {name}", daemon=True)
            for name, body in (("pipe", self._feed), ("ready", self._hear), ("error", self._read))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Bytes that it has not taken yet."""
        return self._bytes

    def check(self) -> None:
        """Raises PipeError once the process has ended."""
        if (code := self._process.poll()) is not None:
            self._threads[2].join(0.5)
            lines = self._error.decode(errors="replace").strip().splitlines()
            raise PipeError(lines[-1] if lines else f"it ended with code {code}")

    def write(self, data: bytes) -> int:
        """Returns at once. Raises PipeError."""
        self.check()
        with self._condition:
            if not self._bytes:
                self.taken_at = time.perf_counter()
            self._waiting.append(bytes(data))
            self._bytes += len(data)
            self._condition.notify()
        return len(data)

    def close(self) -> None:
        """Let it end by itself for a moment, then end it; never raises."""
        with self._condition:
            self._waiting.append(None)
            self._condition.notify()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(0.5)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _feed(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(OSError, ValueError), stdin:
            while True:
                with self._condition:
                    self._condition.wait_for(lambda: self._waiting)
                    data = self._waiting.popleft()
                if data is None:
                    return
                stdin.write(data)
                stdin.flush()
                with self._condition:
                    self._bytes -= len(data)
                    self.n_taken += len(data)
                    self.taken_at = time.perf_counter()

    def _hear(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        for line in stdout:
            self.is_connected = self.is_connected or line == CONNECTED

    def _read(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        for line in stderr:
            self._error = (self._error + line)[-2000:]
