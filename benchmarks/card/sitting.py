"""One stage run as a process of its own, with a log and an end in time; its state as JSON."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.card.machine import lacks
from benchmarks.card.plan import Stage
from models.command import STOPPED
from models.files import write_whole

DONE, BEGUN, FAILED, SKIPPED = "done", "begun", "failed", "skipped"
_SAVES_S = 40.0  # a training that is stopped may take to keep its checkpoint


@dataclass(frozen=True)
class State:
    """What came of a stage."""

    name: str
    state: str  # one of the four
    why: str = ""
    seconds: float = 0.0  # of all its sittings
    sittings: int = 0
    command: list[str] = field(default_factory=list)


def read(folder: Path, stage: Stage) -> State | None:
    """As it was left; None = never tried, or another command than now."""
    try:
        found = State(**json.loads((folder / f"{stage.name}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.command == list(stage.words) else None


def keep(folder: Path, state: State) -> State:
    """Write it beside the others."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(state), indent=1) + "\n"
    with write_whole(folder / f"{state.name}.json") as part:
        part.write_text(text, encoding="utf-8")
    return state


def sit(folder: Path, stage: Stage, seconds: float) -> State:
    """Run it for at most that long; the state is kept in `folder`, the log beside it."""
    before = read(folder, stage)
    words = list(stage.words)
    if why := lacks(stage.needs):
        return keep(folder, State(stage.name, SKIPPED, why, command=words))
    folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with (folder / f"{stage.name}.log").open("ab") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", *words], stdout=log, stderr=subprocess.STDOUT
        )
        is_over = False
        try:
            code = running.wait(max(1.0, seconds - _SAVES_S if stage.goes_on else seconds))
        except subprocess.TimeoutExpired:
            is_over = True
            code = _stopped(running)
        except BaseException:  # stopped by hand: nothing is left running
            _stopped(running)
            raise
    took = time.perf_counter() - began
    state, why = _judged(stage, code, is_over)
    return keep(
        folder,
        State(
            stage.name, state, why, round(took + (before.seconds if before else 0.0), 1),
            1 + (before.sittings if before else 0), words,
        ),
    )  # fmt: skip


def _stopped(running: "subprocess.Popen[bytes]") -> int:
    running.send_signal(signal.SIGINT)
    try:
        return running.wait(_SAVES_S)
    except subprocess.TimeoutExpired:
        running.kill()
        return running.wait()


def _judged(stage: Stage, code: int, is_over: bool) -> tuple[str, str]:
    if is_over:
        if stage.goes_on and code in (0, STOPPED):
            return BEGUN, "its time was over; the same command goes on"
        return FAILED, "it took too long"
    return (DONE, "") if code == 0 else (FAILED, f"exit code {code}, see its log")
