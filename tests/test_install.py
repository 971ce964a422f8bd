"""What is installed: all files that a part needs, and a command no other package stands in for."""

import fnmatch
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dancelive_start import PARTS, foreign

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def kept_files() -> list[str]:
    """Those of the parts that git keeps."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PARTS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [name for name in listed.stdout.split("\0") if name]


def test_every_file_of_a_part_is_named_for_the_package():
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    patterns = [
        f"{package.replace('.', '/')}/{pattern}"
        for package, found in SETTINGS["tool"]["setuptools"]["package-data"].items()
        for pattern in found
    ]
    files = kept_files()
    assert files
    left_out = {
        name
        for name in files
        if not name.endswith((".py", ".md"))
        and not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
    }
    assert not left_out


def test_every_folder_of_a_part_is_a_package_that_begins_empty():
    folders = {(ROOT / name).parent for name in kept_files() if name.endswith(".py")}
    assert all((folder / "__init__.py").stat().st_size == 0 for folder in folders)


def test_the_parts_are_its_own_here():
    assert foreign() == ""


def started(other: Path) -> subprocess.CompletedProcess[str]:
    """The command, where `other` comes before its own folder."""
    code = (
        f"import sys; sys.path[:0] = [{str(other)!r}, {str(ROOT)!r}]; sys.argv[1:] = ['--version'];"
        "from dancelive_start import main; sys.exit(main())"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("part", PARTS)
def test_another_package_of_the_name_of_a_part_is_refused_unrun(tmp_path, part):
    (tmp_path / part).mkdir()
    (tmp_path / part / "__init__.py").write_text("raise SystemExit('it was run')")
    noted = tmp_path / "other_thing-1.0.dist-info"
    noted.mkdir()
    (noted / "METADATA").write_text("Metadata-Version: 2.1\nName: other-thing\nVersion: 1.0\n")
    (noted / "top_level.txt").write_text(f"{part}\n")
    ended = started(tmp_path)
    assert ended.returncode == 1 and not ended.stdout
    assert ended.stderr == (
        f"dancelive: the package {part} that is found (other-thing, {tmp_path / part}) is not its"
        " own: install dancelive into an environment of its own, with `pipx install`,"
        " `uv tool install` or `python -m venv`.\n"
    )


def test_a_package_that_wrote_among_its_files_is_refused(tmp_path, monkeypatch):
    for part in PARTS:
        (tmp_path / part).mkdir()
        (tmp_path / part / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    for part in PARTS:
        monkeypatch.delitem(sys.modules, part, raising=False)
    assert foreign(tmp_path) == ""
    (tmp_path / "models" / "__init__.py").write_text("from .resnet import ResNet\n")
    assert "the package models" in foreign(tmp_path) and "not its own" in foreign(tmp_path)


def test_a_folder_without_code_is_nobody(tmp_path):
    (tmp_path / "live").mkdir()
    ended = started(tmp_path)
    assert ended.returncode == 0 and ended.stdout.startswith("dancelive ")


def test_the_command_starts_with_the_look():
    assert SETTINGS["project"]["scripts"] == {"dancelive": "dancelive_start:main"}
    assert set(SETTINGS["tool"]["setuptools"]["py-modules"]) == {"dancelive", "dancelive_start"}
