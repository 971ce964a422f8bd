"""By which command each stage of `train.all` was done: `stages.json` in the folder of it all."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from models.files import write_whole
from train.run.stages import Step

RECORD = "stages.json"
_UNASKED = "--consent"  # its words change nothing in what is learned
_ANEW = "evaluate"  # a stage that is quickly done anew


class StageRecord:
    """What is known of the stages below `out`; of one that was done by hand nothing is."""

    def __init__(self, out: Path) -> None:
        self._out, self._path = out, out / RECORD
        self._done: dict[str, list[str]] = {}
        if self._path.is_file():
            self._done = json.loads(self._path.read_text(encoding="utf-8"))

    def is_other(self, step: Step) -> bool:
        """Whether it was begun by a command that says something else."""
        return self._done.get(self._key(step), self._words(step)) != self._words(step)

    def refusal(self, steps: Iterable[Step]) -> str:
        """One sentence about the first of them that was done otherwise; else nothing."""
        for step in steps:
            if step.stage == _ANEW or not self.is_other(step):
                continue
            before, now = self._done[self._key(step)], self._words(step)
            return (
                f"{step.made.parent} was made by another command (then: {_apart(before, now)}; "
                f"now: {_apart(now, before)}): name another folder with --out, or delete this one."
            )
        return ""

    def note(self, step: Step) -> None:
        """The step begins now."""
        self._done[self._key(step)] = self._words(step)
        self._write()

    def forget(self, step: Step) -> None:
        """The step left nothing behind."""
        self._done.pop(self._key(step), None)
        self._write()

    def _write(self) -> None:
        self._out.mkdir(parents=True, exist_ok=True)
        with write_whole(self._path) as part:
            part.write_text(json.dumps(self._done, indent=1) + "\n", encoding="utf-8")

    def _key(self, step: Step) -> str:
        return self._placed(str(step.made))

    def _words(self, step: Step) -> list[str]:
        words = list(step.command)
        if _UNASKED in words:
            at = words.index(_UNASKED)
            del words[at : at + 2]
        return [self._placed(word) if os.sep in word else word for word in words]

    def _placed(self, path: str) -> str:
        """The same wherever it is said from: below the folder of it all, or from the root."""
        whole, out = Path(path).resolve(), self._out.resolve()
        return whole.relative_to(out).as_posix() if whole.is_relative_to(out) else str(whole)


def _apart(words: list[str], others: list[str]) -> str:
    """What only the first says."""
    return " ".join(word for word in words if word not in others) or "nothing more"
