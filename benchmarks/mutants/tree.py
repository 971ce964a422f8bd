"""Copies of the project to be changed at will, and the tests that are near a file."""

import ast
import hashlib
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
COPIED = ("models", "train", "export", "live", "tests", "benchmarks", "docs")
FILES = (
    "pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "dancelive.py", "Makefile",
)  # fmt: skip


def copy_tree(into: Path) -> Path:
    """The project without its data, to be changed at will."""
    for name in COPIED:
        shutil.copytree(ROOT / name, into / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, into / name)
    return into


def digest(tree: Path, asked: list[str]) -> str:
    """A name for what is in the tree and what is asked of it: the tests are watched only once."""
    found = hashlib.sha256(" ".join(asked).encode())
    for path in sorted(tree.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16] + ".json"


def tests_near(files: Iterable[str]) -> list[str]:
    """Test files that import one of the files, or what imports one of them."""
    importers: dict[str, set[str]] = defaultdict(set)  # module -> files that import it
    sources = [
        p for top in ("models", "train", "export", "live") for p in (ROOT / top).rglob("*.py")
    ]
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
