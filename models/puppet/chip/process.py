"""The process that draws on the chip, from outside: started, asked, waited for, ended.

It is one of its own because wgpu ends its process when a chip is lost (a driver that is reset, a
card that is pulled out), and because a driver that hangs must not be waited for.
"""

import json
import queue
import subprocess
import threading
import weakref
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.util import find_spec
from multiprocessing.shared_memory import SharedMemory
from typing import NamedTuple

from models.program import HIDDEN, command, environment
from models.puppet.chip.memory import FAILED, READY, Plan
from models.runtime.engines import EngineError

INSTALL_HINT = "wgpu is not installed: run `pip install 'dancelive[chip]'`."
_PROGRAM = "models.puppet.chip.worker"
START_S = 20.0  # a driver may compile at its start
_SLICE_S = 0.05
_MOST_BYTES = 48_000_000  # some systems share no more than 64 MB between processes


class ChipInfo(NamedTuple):
    """What draws."""

    name: str
    backend: str  # Vulkan, Metal or D3D12
    is_software: bool  # it is the processor that behaves as a chip: slow, for tests


def look() -> ChipInfo:
    """The chip of this machine. Raises EngineError."""
    found = _found()
    if isinstance(found, str):
        raise EngineError(found)
    return found


@cache
def _found() -> ChipInfo | str:
    """Looked for once, for it takes a second; or why there is none."""
    if find_spec("wgpu") is None:
        return INSTALL_HINT
    try:
        done = subprocess.run(
            command(_PROGRAM, {}), capture_output=True, encoding="utf-8", timeout=START_S,
            env=environment(), creationflags=HIDDEN, check=False,
        )  # fmt: skip
        return ChipInfo(*json.loads(_told(done.stdout)))
    except (OSError, subprocess.TimeoutExpired, EngineError) as error:
        return str(error)


class DrawingProcess:
    """A worker that draws; used by one thread."""

    def __init__(self, plan: Plan, textures: Iterable[bytes]) -> None:
        """`textures` are the views of a plan and its plate. Raises EngineError."""
        if plan.n_drawn > _MOST_BYTES:
            raise EngineError(f"A picture of {plan.size} px is too large for the graphics chip.")
        self.memory = SharedMemory(create=True, size=plan.n_told + plan.n_drawn)
        self.process = process = subprocess.Popen(
            command(_PROGRAM, asdict(plan) | {"memory": self.memory.name}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment(), creationflags=HIDDEN,
        )  # fmt: skip
        assert process.stdin is not None
        self._asks = process.stdin
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        weakref.finalize(self, _end, process, self.memory)
        threading.Thread(
            target=_listen, args=(process, self._answers), name="chip", daemon=True
        ).start()
        self._ask(*textures)
        self._wait(START_S)

    def draw(self, patience: float) -> None:
        """What is told in the memory, drawn into it, within `patience` seconds.

        Raises EngineError.
        """
        self._ask(b"draw\n")
        self._wait(patience)

    def _wait(self, patience: float) -> None:
        # In slices: while this program was stopped, its time went on, the chip's did not.
        for _ in range(round(patience / _SLICE_S)):
            with suppress(queue.Empty):
                _told(self._answers.get(timeout=_SLICE_S))
                return
            if self.process.poll() is not None and self._answers.empty():
                _told(FAILED)
        self.process.kill()  # what it says later is no answer to what is asked then
        raise EngineError("The graphics chip does not answer.")

    def _ask(self, *words: bytes) -> None:
        with suppress(OSError):  # it has ended, and its last words are the answer
            for word in words:
                self._asks.write(word)
            self._asks.flush()


def _told(answer: str) -> str:
    """What follows after a good answer. Raises EngineError."""
    first, _, rest = answer.strip().partition(" ")
    if first != READY:
        raise EngineError(rest or "The graphics chip was lost.")
    return rest


def _listen(process: "subprocess.Popen[bytes]", heard: "queue.SimpleQueue[str]") -> None:
    assert process.stdout is not None
    with process.stdout as answers:
        for line in answers:
            heard.put(line.decode("utf-8", "replace"))
    heard.put(FAILED)
    process.wait()


def _end(process: "subprocess.Popen[bytes]", memory: SharedMemory | None) -> None:
    """It is not waited for: it may hang in its driver."""
    process.kill()
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()
    if memory is not None:
        memory.close()
        memory.unlink()
