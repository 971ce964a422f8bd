"""Which tests run which lines, and how long they take: what is known before anything is changed."""

import itertools
import json
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

EVERY = "*"  # in place of a line: anything of the file


@dataclass
class Seen:
    """What the tests do when nothing is changed."""

    seconds: dict[str, float] = field(default_factory=dict)  # by test
    lines: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # file -> line -> tests
    failed: list[str] = field(default_factory=list)

    def add(self, told: dict[str, Any]) -> None:
        """What the tests of one file told of themselves."""
        self.seconds |= told["seconds"]
        self.failed += told["failed"]
        for file, lines in told["lines"].items():
            for line, tests in lines.items():
                self.lines.setdefault(file, {}).setdefault(line, []).extend(tests)

    def of(self, file: str, lines: tuple[int, int] | None, most_s: float) -> list[str]:
        """The tests that run these lines, or anything of the file, the quickest first.

        What runs when the file is imported, or only in other processes, any test may notice: behind
        those that run something of the file come the others. As many as take `most_s` together, but
        at least one.
        """
        known = self.lines.get(file, {})
        keys = [] if lines is None else [str(n) for n in range(lines[0], lines[1] + 1)]
        found = {test for key in keys for test in known.get(key, [])} or known.get(EVERY, [])
        ordered = self._by_time(found)
        if lines is None or not ordered:
            ordered += self._by_time(set(self.seconds) - set(ordered))
        ends = list(itertools.accumulate(self.seconds.get(test, 0.0) for test in ordered))
        return ordered[: max(1, sum(end <= most_s for end in ends))]

    def _by_time(self, tests: Iterable[str]) -> list[str]:
        left = set(tests) - set(self.failed)
        return sorted(left, key=lambda test: (self.seconds.get(test, 0.0), test))


def kept(path: Path) -> Seen | None:
    """What was seen before of the same tree."""
    return Seen(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


class Watch:
    """A pytest plugin: how long each test takes, which fails first, and which lines it runs."""

    def __init__(self, tree: Path, files: Iterable[str] = ()) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: list[str] = []
        self._lines: dict[str, dict[str, set[str]]] = {}
        self._files = {str(tree / file): file for file in files}
        self._now: set[tuple[str, str]] = set()

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        file = self._files.get(frame.f_code.co_filename)
        if file is None or frame.f_code.co_name == "<module>":
            return None
        now, seen = self._now, (file, str(frame.f_lineno))
        now.add(seen)

        def line(inner: FrameType, event: str, _: object) -> Any:
            now.add((file, str(inner.f_lineno)))
            return line

        return line

    def _phase(self, keep: Callable[[], list[str]]) -> Iterator[None]:
        self._now = set()
        if self._files:
            threading.settrace(self._trace)  # of threads that start from now on
            sys.settrace(self._trace)
        yield
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]  # None ends it; the stub does not know
        for file, line in tuple(self._now):  # threads may still be running
            by_line = self._lines.setdefault(file, {})
            for key in (line, EVERY):
                by_line.setdefault(key, set()).update(keep())

    def lines(self) -> dict[str, dict[str, list[str]]]:
        """File -> line -> tests that run it."""
        return {
            file: {line: sorted(tests) for line, tests in found.items()}
            for file, found in self._lines.items()
        }

    def hooks(self) -> object:
        """What pytest takes as a plugin."""
        import pytest

        watch = self

        class Hooks:
            @pytest.hookimpl(wrapper=True)
            def pytest_runtest_setup(self, item: Any) -> Any:
                # What a fixture of the file ran matters to all tests of the file.
                tests = [i.nodeid for i in item.session.items if i.path == item.path]
                yield from watch._phase(lambda: tests)

            @pytest.hookimpl(wrapper=True)
            def pytest_runtest_call(self, item: Any) -> Any:
                yield from watch._phase(lambda: [item.nodeid])

            def pytest_runtest_logreport(self, report: Any) -> None:
                watch.seconds[report.nodeid] += report.duration
                if report.failed:
                    watch.failed.append(report.nodeid)

        return Hooks()
