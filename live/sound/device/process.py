"""PortAudio from outside: questions, and a stream that is open in a process of its own.

Whatever a driver does, nothing of it stays here: a question that hangs is given up, a stream is
closed by ending its process. Any thread.
"""

import json
import logging
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import BufferedReader
from typing import Any, cast

from live.sound.device.messages import ANSWER, HANGS, MISSING, REFUSED, Pipe
from live.sound.source import SourceError
from models.program import HIDDEN, command, environment

PATIENCE_S = 20.0  # for an answer; the program itself says sooner that a driver hangs
_END_S = 1.0
_PROGRAM = "live.sound.device.program"
log = logging.getLogger(__name__)


class Refused(SourceError):
    """The device, or its driver, does not want; the text is PortAudio's reason."""


def ask(job: str, **asked: Any) -> Any:
    """The answer of a fresh PortAudio, which knows the devices of now; takes 0.2 s.

    Raises SourceError without PortAudio, and its kind Refused when PortAudio refuses or hangs.
    """
    try:
        done = subprocess.run(
            command(_PROGRAM, asked | {"job": job}), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=_stderr(), timeout=PATIENCE_S, env=environment(),
            creationflags=HIDDEN, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Refused(HANGS) from error
    except OSError as error:
        raise Refused(str(error)) from error
    return _answered(done.stdout)


def _answered(line: bytes) -> Any:
    try:
        said = json.loads(line)
    except ValueError as error:
        raise Refused("the sound driver has crashed") from error
    if MISSING in said:
        raise SourceError(said[MISSING])
    if REFUSED in said:
        raise Refused(said[REFUSED])
    return said[ANSWER]


def _stderr() -> int | None:
    """ALSA writes pages whenever a list is read, which is every second after a loss."""
    return None if log.isEnabledFor(logging.DEBUG) else subprocess.DEVNULL


class DeviceProcess:
    """A running stream, and a thread that hears what it says."""

    def __init__(
        self,
        job: str,
        asked: Mapping[str, Any],
        hear: Callable[[Pipe], object],
        ended: Callable[[], object],
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`hear` reads messages until there are no more, then `ended` is called, both on the
        thread; `settings` go into the environment.

        Raises Refused or SourceError when it does not open, or not within PATIENCE_S.
        """
        self._hear, self._ended = hear, ended
        self._sending = threading.Lock()
        try:
            self._process = subprocess.Popen(
                command(_PROGRAM, {**asked, "job": job}), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=_stderr(), env=environment() | dict(settings or {}),
                creationflags=HIDDEN,
            )  # fmt: skip
        except OSError as error:
            raise Refused(str(error)) from error
        answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._listen, args=(answers,), name="sound-device", daemon=True
        )
        self._thread.start()
        try:
            _answered(answers.get(timeout=PATIENCE_S))
        except queue.Empty:
            self.close()
            raise Refused(HANGS) from None
        except SourceError:
            self.close()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: bytes, patience: float = -1.0) -> bool:
        """False when it did not go: nobody is there, or another message is stuck for longer than
        `patience` seconds (-1 = wait for it).
        """
        assert self._process.stdin
        if not self._sending.acquire(timeout=patience):
            return False
        try:
            self._process.stdin.write(message)
            self._process.stdin.flush()
        except (OSError, ValueError):
            return False
        finally:
            self._sending.release()
        return True

    def close(self) -> None:
        """End the process and with it whatever the device holds; returns within a second."""
        self._process.kill()
        if self._thread is not threading.current_thread():
            self._thread.join(_END_S)

    def _listen(self, answers: "queue.SimpleQueue[bytes]") -> None:
        process = self._process
        assert process.stdout and process.stdin
        try:
            with process.stdout as told:
                answers.put(told.readline())
                self._hear(cast(BufferedReader, told))
        finally:
            self._ended()
            process.kill()  # an end of what it says is its end
            process.wait()
            with self._sending, suppress(OSError):
                process.stdin.close()
