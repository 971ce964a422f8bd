"""Arguments that name folders and files say at once what cannot be used."""

import argparse

import pytest

from models.arguments import file_to_write, folder_there, folder_to_fill


@pytest.mark.parametrize(
    ("kind", "name", "why"),
    [
        (folder_there, "absent", "no folder"),
        (folder_there, "file", "is no folder"),
        (folder_to_fill, "file", "is a file"),
        (folder_to_fill, "file/below/it", "is a file"),
        (file_to_write, "folder", "is a folder"),
        (file_to_write, "file/below", "is a file"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path, kind, name, why, capsys):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    parser = argparse.ArgumentParser()
    parser.add_argument("--place", type=kind)
    with pytest.raises(SystemExit):
        parser.parse_args(["--place", str(tmp_path / name)])
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (folder_there, "folder"),
        (folder_to_fill, "folder"),
        (folder_to_fill, "new/and/deep"),
        (file_to_write, "file"),
        (file_to_write, "new/file"),
    ],
)
def test_what_can_be_is_its_path(tmp_path, kind, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert kind(str(tmp_path / name)) == tmp_path / name
