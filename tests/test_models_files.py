"""A file is whole or as it was before, whatever happens while it is written."""

import os
from pathlib import Path

import numpy as np
import pytest

from models import files
from models.files import give_name, unfit, unreadable, url, write_whole


def test_what_was_written_takes_the_place(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("before")
    with write_whole(path) as part:
        part.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_the_name_keeps_its_suffix_for_writers_that_look_at_it(tmp_path):
    path = tmp_path / "poses.npz"
    with write_whole(path) as part:
        assert (part.parent, part.suffix, part.name[0]) == (tmp_path, ".npz", ".")
        np.savez(part, numbers=np.arange(3))
    assert list(tmp_path.iterdir()) == [path]
    with np.load(path) as file:
        assert file["numbers"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_the_file_before_and_nothing_else(tmp_path, error):
    path = tmp_path / "report.json"
    path.write_text("before")
    with pytest.raises(error), write_whole(path) as part:
        part.write_text("half of")
        raise error
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_writer_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), write_whole(tmp_path / "picture.png"):
        pass
    assert not list(tmp_path.iterdir())


def test_what_a_crash_left_is_written_over(tmp_path):
    path = tmp_path / "report.json"
    (tmp_path / ".report.part.json").write_text("a crash")
    with write_whole(path) as part:
        part.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_why_nothing_can_be_read(tmp_path):
    empty, full, pipe = (tmp_path / name for name in ("empty", "full", "pipe"))
    empty.touch()
    full.write_bytes(b"\0")
    assert unreadable(full) == ""
    assert unreadable(empty) == f"{empty} is empty"
    assert unreadable(tmp_path) == f"{tmp_path} is a folder, not a file"
    assert unreadable(tmp_path / "none") == f"There is no file {tmp_path / 'none'}"
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        assert unreadable(pipe) == f"{pipe} is a pipe or a device, not a file"
    (tmp_path / "loop").symlink_to("loop")
    assert "loop" in unreadable(tmp_path / "loop")


@pytest.mark.skipif(os.name != "posix", reason="a file with a hole is as large as it says")
def test_to_look_at_a_file_reads_hardly_anything_of_it(tmp_path):
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**40)
    assert unreadable(tmp_path / "huge") == ""


def test_a_name_is_never_taken_for_an_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert url(Path("20:30.mp4")) == str(tmp_path / "20:30.mp4")


class InUse(PermissionError):
    """As Windows refuses."""

    winerror = 32


def refusing(times, error):
    """os.replace that refuses so often."""
    left = [times]

    def replace(part, path):
        if left[0]:
            left[0] -= 1
            raise error
        os.replace(part, path)

    return replace


@pytest.fixture
def pauses(monkeypatch):
    """How long it waited."""
    waited = []
    monkeypatch.setattr(files.time, "sleep", waited.append)
    return waited


def test_a_file_that_a_scanner_looks_at_gets_its_name_a_moment_later(tmp_path, pauses):
    part, path = tmp_path / "part", tmp_path / "film.mp4"
    part.write_text("film")
    give_name(part, path, refusing(3, InUse("used by another process")))
    assert path.read_text() == "film" and not part.exists()
    assert len(pauses) == 3 and sum(pauses) < 0.2


def test_a_file_that_stays_open_is_an_error_after_a_second(tmp_path, pauses):
    part = tmp_path / "part"
    part.write_text("film")
    with pytest.raises(InUse):
        give_name(part, tmp_path / "film.mp4", refusing(100, InUse("used by another process")))
    assert part.read_text() == "film" and 0.5 < sum(pauses) <= 1.0


def test_a_refusal_elsewhere_is_one_at_once(tmp_path, pauses):
    with pytest.raises(PermissionError):
        give_name(tmp_path / "a", tmp_path / "b", refusing(1, PermissionError("not yours")))
    assert not pauses


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("aux.mp4", "Windows keeps the name aux.mp4 for a device"),
        ("C:\\films\\Nul.tar.mp4", "Windows keeps the name Nul.tar.mp4 for a device"),
        ("com1 .mp4", "Windows keeps the name com1 .mp4 for a device"),
        ("20:30.mp4", "Windows has no names with : in them"),
        ("what?.mp4", "Windows has no names with ? in them"),
        ("a<b>.mp4", "Windows has no names with < > in them"),
        ("show.", "Windows has no names that end in a dot or a space"),
        ("C:\\films\\show.mp4", ""),
        ("C:show.mp4", ""),
        ("\\\\server\\share\\show.mp4", ""),
        ("D:/films/auxiliary.mp4", ""),
        ("console/show.mp4", ""),
    ],
)
def test_names_that_windows_does_not_have(name, why):
    assert unfit(name, "nt") == why
    assert unfit(name, "posix") == ""
