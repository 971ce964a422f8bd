"""A file is whole or as it was before, whatever happens while it is written."""

import os
from pathlib import Path

import numpy as np
import pytest

from models.files import unreadable, url, write_whole


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
