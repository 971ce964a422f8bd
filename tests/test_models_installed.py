"""Packages that write over each other are named, and what to do about them."""

import re
from pathlib import Path

import pytest

from live import check
from models.installed import overlaid_opencv
from train.readers.blazepose.networks import FETCH

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


def test_the_networks_of_a_person_are_fetched_by_the_same_command_everywhere() -> None:
    """One release holds them, for an old Python; what it asks for is left where it is."""
    for name in ("Makefile", "Dockerfile", "docs/training.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not [word for word in FETCH.split() if word not in text], name
        assert set(re.findall(r"mediapipe==([\d.]+\d)", text)) == {"0.10.14"}
