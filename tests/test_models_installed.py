"""Packages that write over each other are named, and what to do about them."""

import re
from pathlib import Path

import pytest

from live import check
from models.installed import overlaid_opencv
from train.readers.estimator import MISSING

ROOT = Path(__file__).parents[1]


def install(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As pip notes it."""
    noted = folder / f"{name.replace('-', '_')}-4.99.0.dist-info"
    noted.mkdir(parents=True)
    (noted / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 4.99.0\n")
    monkeypatch.syspath_prepend(str(folder))


def test_one_opencv_is_nothing_to_speak_of() -> None:
    assert overlaid_opencv() == ""


@pytest.mark.parametrize("other", ["opencv-python", "opencv-contrib-python"])
def test_a_second_opencv_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    install(tmp_path, other, monkeypatch)
    said = overlaid_opencv()
    assert f"pip uninstall -y {other} opencv-python-headless" in said
    assert said.endswith("pip install opencv-python-headless.")
    lines: list[str] = []
    check.report(lines.append)
    assert any(said in line for line in lines)


def test_wherever_mediapipe_is_installed_it_is_the_same_and_without_what_it_asks_for() -> None:
    """Its opencv-contrib-python would write over the headless one."""
    texts = [MISSING] + [
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("pyproject.toml", "Makefile", "README.md", "docs/training.md")
    ]
    for text in texts:
        assert "--no-deps mediapipe==0.10.14" in text
        assert set(re.findall(r"mediapipe==([\d.]+\d)", text)) == {"0.10.14"}
