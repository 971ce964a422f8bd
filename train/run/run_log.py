"""What a training run tells of itself, in its folder: settings once, figures as it goes on.

run.json: settings, seed, git revision, versions. log.jsonl: one row of figures at a time; with
TensorBoard installed the same as scalars in `tensorboard/`.
"""

import dataclasses
import json
import platform
import subprocess
import time
import weakref
from pathlib import Path
from typing import Any

import torch

from models.json_file import JsonError, read_json
from train.run import distributed
from train.run.processor import processor


class RunLog:
    """Opened once a session; rows later than the checkpoint it is resumed from are left out."""

    def __init__(self, folder: Path, settings: Any, seed: int, step: int) -> None:
        self._is_open = distributed.is_first()
        if not self._is_open:
            return
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "log.jsonl"
        self._scalars: Any = None
        self._folder, self._step = folder, step
        _forget_after(self._log, step)
        facts = {
            "settings": dataclasses.asdict(settings),
            "seed": seed,
            "revision": git_revision(),
            "torch": torch.__version__,
            "python": platform.python_version(),
            "machine": f"{processor()} ({torch.backends.cpu.get_cpu_capability()})",
            "threads": torch.get_num_threads(),
            "started_at_step": step,
            "date": time.strftime("%Y-%m-%d %H:%M"),
        }
        sessions = folder / "run.json"
        try:
            before = read_json(sessions)
        except JsonError:  # the first session, or one whose record a full disk cut off
            before = []
        text = json.dumps([*before, facts], indent=1)
        sessions.write_text(text + "\n", encoding="utf-8")

    def note(self, iteration: int, **figures: float) -> None:
        """One row after so many finished steps; only the first of several processes writes."""
        if not self._is_open:
            return
        row = {key: float(f"{value:.5g}") for key, value in figures.items()}
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"iteration": iteration, **row}) + "\n")
        board = self._board()
        if board is not None:
            for key, value in row.items():
                board.add_scalar(key, value, iteration)
            board.flush()

    def _board(self) -> Any:
        if self._scalars is None:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                self._scalars = False
            else:
                self._scalars = SummaryWriter(
                    str(self._folder / "tensorboard"), purge_step=self._step
                )
                # Many trainings in one process (conditions) must not leave a thread each.
                weakref.finalize(self, self._scalars.close)
        return self._scalars or None


def _forget_after(log: Path, step: int) -> None:
    """Drop rows of steps that are done again, and a row that was cut off."""
    if not log.exists():
        return
    kept: list[str] = []
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.get("iteration", 0) <= step:
            kept.append(line + "\n")
    log.write_text("".join(kept), encoding="utf-8")


def git_revision() -> str | None:
    """Of the program that trains, with "+" where it was changed since; None outside git."""
    here = Path(__file__).parent
    try:
        revision = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=here, capture_output=True, check=True
        ).stdout
        changed = subprocess.run(
            ["git", "status", "--porcelain", "-uno"], cwd=here, capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return revision.decode().strip() + ("+" if changed.strip() else "")
