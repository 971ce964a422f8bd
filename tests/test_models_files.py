"""A file is whole or as it was before, whatever happens while it is written."""

import numpy as np
import pytest

from models.files import write_whole


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
