"""How many deliberate errors the tests notice: `python -m benchmarks.mutants FILE ...`.

Each mutant is one small change of a file in a copy of the tree. The tests that run the changed
lines (of the test files that import the file, or import what imports it) run until one fails, the
quickest first; what they have not noticed after `--patience` seconds of tests counts as living, and
tests that are marked slow are not asked.
Says what lived, and how many died of each file; saves one JSON. `--heart paper` takes the changes
of heart.py instead, each of which breaks what the paper's training is about, `--heart stage` those
of stage_heart.py, which an audience would notice: all must die.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.mutants import changes, seen, tree, trial
from benchmarks.mutants.heart import PAPER_HEART
from benchmarks.mutants.seen import Seen
from benchmarks.mutants.stage_heart import STAGE
from benchmarks.mutants.tree import ROOT
from models.arguments import any_seed, number, whole

HEARTS = {"paper": PAPER_HEART, "stage": STAGE}
BASE_LIMIT_S = 1_800.0  # of a test file that nothing is changed for
LIVES, TIME = "lives", "time limit"


@dataclass
class Mutant:
    """One changed file."""

    file: str
    line: int
    change: str
    lines: tuple[int, int] | None
    text: str
    name: str = ""  # of the heart
    noticed_by: str = ""  # the first test that failed, or LIVES

    @property
    def lives(self) -> bool:
        return self.noticed_by == LIVES


def drawn_mutants(files: Iterable[str], most: int, seed: int) -> list[Mutant]:
    """Some of all changes of each file."""
    found: list[Mutant] = []
    for file in files:
        source = (ROOT / file).read_text(encoding="utf-8")
        known = changes.changes_of(source)
        draw = random.Random(f"{seed} {file}")  # the same whichever other files are asked for
        for change in draw.sample(known, min(most, len(known))):
            text, line, words = changes.changed(source, change)
            found.append(Mutant(file, line, words, change.lines, text))
    return found


def heart_mutants(of: str) -> list[Mutant]:
    """The changes of one of HEARTS. Raises ValueError where a text is not just once in its file."""
    found: list[Mutant] = []
    for heart in HEARTS[of]:
        source = (ROOT / heart.file).read_text(encoding="utf-8")
        if source.count(heart.old) != 1:
            raise ValueError(f"{heart.name}: {heart.file} has to hold once: {heart.old!r}")
        line = source[: source.index(heart.old)].count("\n") + 1
        lines = changes.lines_at(source, line)
        text = source.replace(heart.old, heart.new)
        found.append(Mutant(heart.file, line, "", lines, text, heart.name))
    return found


def watch(trees: list[Path], files: list[str], tests: list[str]) -> Seen:
    """These tests with nothing changed: who runs which lines of the files, in what time."""
    found, waiting = Seen(), list(tests)
    going: list[trial.Trial] = []
    while waiting or going:
        while waiting and len(going) < len(trees):
            going.append(trial.begin(trees[0], [waiting[-1]], BASE_LIMIT_S, waiting.pop(), files))
        for ended, told in trial.finished(going):
            going.remove(ended)
            if told is None:
                print(f"left out, it takes too long: {ended.key}", flush=True)
                continue
            print(f"watched {ended.key}: {sum(told['seconds'].values()):.1f} s", flush=True)
            found.add(told)
    for test in found.failed:
        print(f"left out, it fails with nothing changed: {test}")
    return found


def attempt(
    trees: list[Path], mutants: list[Mutant], known: Seen, patience_s: float
) -> Iterator[Mutant]:
    """Run the tests of each mutant, as many at a time as there are trees; each as it ends."""
    waiting, free = list(reversed(mutants)), list(trees)
    going: list[trial.Trial] = []
    while waiting or going:
        while waiting and free:
            mutant = waiting.pop()
            tests = known.of(mutant.file, mutant.lines, patience_s)
            if not tests:
                mutant.noticed_by = LIVES
                yield mutant
                continue
            place = free.pop()
            _write(place / mutant.file, mutant.text)
            limit = 60 + 10 * sum(known.seconds[test] for test in tests)
            going.append(trial.begin(place, tests, limit, (mutant, place), ()))
        for ended, told in trial.finished(going) if going else []:
            going.remove(ended)
            mutant, place = ended.key
            _write(place / mutant.file, (ROOT / mutant.file).read_text(encoding="utf-8"))
            free.append(place)
            mutant.noticed_by = _noticed_by(told)
            yield mutant


def _noticed_by(told: dict[str, Any] | None) -> str:
    if told is None:
        return TIME
    if told["code"] == 0:
        return LIVES
    return told["failed"][0] if told["failed"] else "it cannot be imported"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    for kept in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        kept.unlink()


def summary(mutants: list[Mutant]) -> dict[str, list[int]]:
    """File -> how many died, of how many."""
    files = dict.fromkeys(mutant.file for mutant in mutants)
    return {
        file: [
            sum(not m.lives for m in mutants if m.file == file),
            sum(m.file == file for m in mutants),
        ]
        for file in files
    }


def save(out: Path, mutants: list[Mutant], seed: int) -> None:
    """What is known so far."""
    rows = [{k: v for k, v in asdict(m).items() if k not in ("text", "lines")} for m in mutants]
    found = {"seed": seed, "files": summary(mutants), "mutants": rows}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    p.add_argument("files", nargs="*", help="program files, from the project's folder")
    p.add_argument("--heart", choices=HEARTS, help="changes made by hand, all must die")
    p.add_argument("--again", type=Path, help="only those that lived in this earlier JSON")
    p.add_argument("--tests", nargs="+", help="these test files instead of those near the files")
    p.add_argument("--most", type=whole(), default=25, help="mutants of each file (%(default)s)")
    p.add_argument(
        "--patience", type=number(1, 1e5), default=20.0, help="seconds of tests (%(default)s)"
    )
    p.add_argument("--seed", type=any_seed, default=0, help="which are drawn (%(default)s)")
    p.add_argument("--jobs", type=whole(), default=2, help="at a time (%(default)s)")
    p.add_argument("--out", type=Path, default=Path("out/mutants.json"))
    return p


def main() -> None:
    """Ends with 1 where a change of the heart lived."""
    args = parser().parse_args()
    files = [Path(file).as_posix() for file in args.files]
    mutants = (
        heart_mutants(args.heart) if args.heart else drawn_mutants(files, args.most, args.seed)
    )
    if args.again:
        rows = json.loads(args.again.read_text(encoding="utf-8"))["mutants"]
        lived = {(r["file"], r["line"], r["change"]) for r in rows if r["noticed_by"] == LIVES}
        mutants = [m for m in mutants if (m.file, m.line, m.change) in lived]
    trial.load()
    with tempfile.TemporaryDirectory() as folder:
        trees = [tree.copy_tree(Path(folder).resolve() / f"tree{n}") for n in range(args.jobs)]
        files = sorted({mutant.file for mutant in mutants})
        tests = args.tests or tree.tests_near(files)
        kept = Path(tempfile.gettempdir()) / f"mutants-{tree.digest(trees[0], [*files, *tests])}"
        known = seen.kept(kept) or watch(trees, files, tests)
        kept.write_text(json.dumps(asdict(known)), encoding="utf-8")
        tried: list[Mutant] = []
        for mutant in attempt(trees, mutants, known, args.patience):
            tried.append(mutant)
            save(args.out, tried, args.seed)
            if mutant.lives or mutant.name:
                where = f"{mutant.file}:{mutant.line}: {mutant.name or mutant.change}"
                print(f"{where}\n    {mutant.noticed_by}", flush=True)
    dead = sum(not mutant.lives for mutant in mutants)
    for file, (died, count) in summary(mutants).items():
        print(f"{file}: {died} of {count} die")
    print(f"all: {dead} of {len(mutants)} die ({dead / max(1, len(mutants)):.0%})")
    if args.heart and dead < len(mutants):
        sys.exit(1)


if __name__ == "__main__":
    main()
