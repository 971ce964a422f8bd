"""Tests run in a copy of the tree, each time in a fresh fork of a process that has torch loaded.

The fork has nothing of the project in memory, so that it imports the changed file; it tells by a
pipe how the tests ended.
"""

import ast
import hashlib
import importlib
import itertools
import json
import os
import select
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parent.parent.parent
COPIED = ("models", "train", "export", "live", "tests", "benchmarks", "docs")
FILES = (
    "pyproject.toml",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "dancelive.py",
    "Makefile",
)
LOADED = (
    "pytest", "numpy", "torch", "torch._dynamo", "scipy.signal", "scipy.interpolate", "scipy.ndimage",
    "sklearn.cluster", "sklearn.metrics", "safetensors.torch", "soundfile", "soxr", "cv2", "PIL.Image",
    "torchmetrics", "torch.utils.tensorboard", "onnxruntime", "matplotlib.pyplot", "av",
)  # fmt: skip
EVERY = "*"  # in place of a line: anything of the file


@dataclass
class Seen:
    """What the tests do when nothing is changed."""

    seconds: dict[str, float] = field(default_factory=dict)  # by test
    lines: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # file -> line -> tests
    failed: list[str] = field(default_factory=list)

    def of(self, file: str, lines: tuple[int, int] | None, most_s: float) -> list[str]:
        """The tests that run these lines, or anything of the file, the quickest first.

        As many as take `most_s` together, but at least one.
        """
        known = self.lines.get(file, {})
        keys = [EVERY] if lines is None else [str(n) for n in range(lines[0], lines[1] + 1)]
        found = {test for key in keys for test in known.get(key, [])} - set(self.failed)
        ordered = sorted(found, key=lambda test: self.seconds.get(test, 0.0))
        ends = itertools.accumulate(self.seconds.get(test, 0.0) for test in ordered)
        return [
            test
            for n, (test, end) in enumerate(zip(ordered, ends, strict=True))
            if not n or end <= most_s
        ]


def digest(tree: Path, asked: list[str]) -> str:
    """A name for what is in the tree and what is asked of it: the tests are watched only once."""
    found = hashlib.sha256(" ".join(asked).encode())
    for path in sorted(tree.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16] + ".json"


def kept(path: Path) -> Seen | None:
    """What was seen before of the same tree."""
    return Seen(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def load() -> None:
    """Import what the tests need and the project does not hold."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    for name in LOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def copy_tree(into: Path) -> Path:
    """The project without its data, to be changed at will."""
    for name in COPIED:
        shutil.copytree(ROOT / name, into / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, into / name)
    return into


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
            sys.settrace(self._trace)
        yield
        sys.settrace(None)
        for file, line in self._now:
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


@dataclass
class Trial:
    """Tests on their way in a fork."""

    key: Any
    pid: int
    pipe: int
    ends_at: float
    told: bytes = b""


def begin(tree: Path, tests: list[str], limit_s: float, key: Any, traced: Iterable[str]) -> Trial:
    """Fork and run the tests there; with `traced` all of them, else until one fails."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Trial(key, pid, reading, time.monotonic() + limit_s)
    os.setpgid(0, 0)
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    code, watch = 3, Watch(tree, traced)
    try:
        code = _run(tree, tests, watch, bool(traced))
    finally:
        found = {
            "code": int(code), "failed": watch.failed, "seconds": watch.seconds,
            "lines": watch.lines(),
        }  # fmt: skip
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(found).encode())
        os._exit(0)


def _run(tree: Path, tests: list[str], watch: Watch, is_traced: bool) -> int:
    import pytest

    os.chdir(tree)
    os.environ |= {"PYTHONPATH": str(tree), "NUMBA_CACHE_DIR": str(tree / "numba")}
    # A changed file may have the time and the size of the one before: no byte code of it is kept.
    sys.dont_write_bytecode = not is_traced
    sys.path[:] = [
        str(tree),
        *(p for p in sys.path if Path(p or ".").resolve() not in (ROOT, tree)),
    ]
    for name in [n for n in sys.modules if n.split(".")[0] == "benchmarks"]:
        del sys.modules[name]
    quick = [] if is_traced else ["-x"]
    options = ["-q", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:xdist", *quick]
    return pytest.main([*options, *tests], plugins=[watch.hooks()])


def finished(trials: list[Trial]) -> list[tuple[Trial, dict[str, Any] | None]]:
    """Wait until some have ended; None of one that took too long and was stopped."""
    left = max(0.0, min(trial.ends_at for trial in trials) - time.monotonic())
    ready, _, _ = select.select([trial.pipe for trial in trials], [], [], left)
    ended: list[tuple[Trial, dict[str, Any] | None]] = []
    for trial in trials:
        is_late = time.monotonic() > trial.ends_at
        if trial.pipe in ready and not is_late:
            part = os.read(trial.pipe, 1 << 20)
            trial.told += part
            if part:
                continue
        elif not is_late:
            continue
        else:
            os.killpg(trial.pid, signal.SIGKILL)
        os.close(trial.pipe)
        os.waitpid(trial.pid, 0)
        ended.append((trial, json.loads(trial.told) if trial.told and not is_late else None))
    return ended


def tests_near(files: Iterable[str]) -> list[str]:
    """Test files that import one of the files, or what imports one of them."""
    importers: dict[str, set[str]] = defaultdict(set)  # module -> files that import it
    sources = [p for top in ("models", "train", "export") for p in (ROOT / top).rglob("*.py")]
    sources += (ROOT / "tests").glob("test_*.py")
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                importers[name].add(path.relative_to(ROOT).as_posix())
    near: set[str] = set()
    for file in files:
        first = importers[_module(file)]
        near |= first.union(*(importers[_module(one)] for one in first))
    return sorted(one for one in near if one.startswith("tests/"))


def _module(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")
