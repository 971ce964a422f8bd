"""`python -m benchmarks.fuzz KIND|all`: damaged and malicious inputs for the program's readers.

Small valid files are made and changed; the same seed gives the same inputs. Each is read in a
process of its own. Good is what is read, or refused in one sentence; a traceback, a hang, too much
memory and a death are failures: they are kept, said, and end the command with 1. Repeat one with
`--first NUMBER --count 1`.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzz.harness import Harness, Limits, Verdict
from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.kinds import KINDS
from benchmarks.fuzz.mutate import generator
from models.arguments import any_seed, whole

ALL = "all"


@dataclass
class Tally:
    """What became of the inputs of one kind."""

    outcomes: Counter[str] = field(default_factory=Counter[str])
    failed: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    slowest: float = 0.0
    most_mb: float = 0.0

    def add(self, verdict: Verdict) -> None:
        self.outcomes[verdict.outcome] += 1
        self.slowest = max(self.slowest, verdict.seconds)
        self.most_mb = max(self.most_mb, verdict.peak_mb)

    def line(self, name: str) -> str:
        told = ", ".join(f"{count} {what}" for what, count in self.outcomes.most_common())
        return (
            f"{name}: {told}; {self.seconds:.0f} s, the slowest {self.slowest:.1f} s, "
            f"at most {self.most_mb:.0f} MB"
        )


def fuzz(
    kind: Kind, seed: int, first: int, count: int, keep: Path, limits: Limits | None = None
) -> Tally:
    """Have `count` inputs from number `first` on read; failures are kept below `keep`."""
    tally, began = Tally(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{kind.name}-") as name:
        folder = Path(name)
        (folder / "valid").mkdir()
        valid = kind.begin(folder / "valid")
        harness = Harness(kind.readers, limits)
        try:
            for number in range(first, first + count):
                place = folder / "input"
                place.mkdir()
                path = kind.make(generator(seed, kind.name, number), valid, place)
                verdict = harness.try_input(path)
                tally.add(verdict)
                if verdict.is_failure:
                    kept = _keep(path, keep / kind.name, f"{seed}-{number}", verdict)
                    tally.failed.append(str(kept))
                    print(f"{kept}: {verdict.outcome}: {verdict.brief}", flush=True)
                shutil.rmtree(place)
        finally:
            harness.close()
    tally.seconds = time.monotonic() - began
    return tally


def _keep(path: Path, folder: Path, name: str, verdict: Verdict) -> Path:
    """The input under its seed and number, and beside it what was said of it."""
    kept = folder / f"{name}{path.suffix}"
    folder.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(path, kept)
    else:
        shutil.copyfile(path, kept)
    told = f"{verdict.outcome} {verdict.seconds:.1f} s {verdict.peak_mb:.0f} MB\n{verdict.words}\n"
    (folder / f"{name}.verdict").write_text(told, encoding="utf-8", errors="replace")
    return kept


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    p.add_argument("kind", choices=(*KINDS, ALL))
    p.add_argument("--seed", type=any_seed, default=0, help="which inputs (%(default)s)")
    p.add_argument("--count", type=whole(), default=2_000, help="of each kind (%(default)s)")
    p.add_argument("--first", type=whole(0), default=0, help="number of the first (%(default)s)")
    p.add_argument("--keep", type=Path, default=Path("out/fuzz"), help="for those that fail")
    p.add_argument("--out", type=Path, help="counts and times as JSON")
    return p


def main(argv: list[str] | None = None) -> int:
    """1 where an input failed, else 0."""
    args = parser().parse_args(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    names = KINDS if args.kind == ALL else [args.kind]
    found: dict[str, Tally] = {}
    for name in names:
        found[name] = fuzz(KINDS[name], args.seed, args.first, args.count, args.keep)
        print(found[name].line(name), flush=True)
    if args.out:
        told = {
            name: {**tally.outcomes, "seconds": round(tally.seconds, 1)}
            for name, tally in found.items()
        }
        args.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 1 if any(tally.failed for tally in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
