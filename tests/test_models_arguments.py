"""Arguments say at once what cannot be used: numbers, folders and files, of every command."""

import argparse
import importlib
import math
import re
from pathlib import Path

import pytest

from models.arguments import (
    MOST_SEED,
    any_seed,
    file_to_write,
    folder_there,
    folder_to_fill,
    number,
    share,
    whole,
)

ROOT = Path(__file__).parents[1]


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


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        *[(whole(), text) for text in ("0", "-1", "1.5", "nan", "", "x", "99999999999999")],
        *[(any_seed, text) for text in ("-1", "1e3", str(MOST_SEED + 1))],
        *[(number(-2, 5), text) for text in ("nan", "inf", "-inf", "5.01", "-2.5", "", "x", "1,5")],
        *[(share, text) for text in ("-0.1", "1.1", "nan")],
    ],
)
def test_a_number_that_cannot_be_is_one_sentence_with_its_bounds(kind, given, capsys):
    parser = argparse.ArgumentParser()
    parser.add_argument("--value", type=kind)
    with pytest.raises(SystemExit):
        parser.parse_args([f"--value={given}"])
    assert re.search(
        r"argument --value: '.*' is not a (whole )?number from \S+ to \S+$",
        capsys.readouterr().err.rstrip(),
    )


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (whole(), "1", 1),
        (any_seed, "0", 0),
        (any_seed, str(MOST_SEED), MOST_SEED),
        (number(-2, 5), "-2", -2.0),
        (number(-2, 5), "5", 5.0),
        (number(0, math.inf), "1e9", 1e9),
        (share, "1", 1.0),
    ],
)
def test_a_number_that_can_be_is_itself(kind, given, value):
    found = kind(given)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("name", ["train", "export", "live", "benchmarks"])
def test_no_command_takes_a_number_without_its_bounds(name):
    """`type=int` takes -1 for a count, `type=float` nan for a time."""
    told = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / name).rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\btype=(int|float)\b", line)
    ]
    assert not told


def _flags():
    """Every flag of `dancelive` that takes a number."""
    for action in importlib.import_module("live.arguments.parser").parser()._actions:
        if action.type in (None, str) or not action.option_strings:
            continue
        if type(action.default) in (int, float) or action.dest == "delay_ms":
            yield action.option_strings[0]


@pytest.mark.parametrize("flag", list(_flags()))
@pytest.mark.parametrize("given", ["nan", "inf", "-1e9", "-100000", "", "x"])
def test_no_flag_of_the_show_takes_what_is_no_number(flag, given, capsys):
    with pytest.raises(SystemExit):
        importlib.import_module("live.arguments.parser").parser().parse_args([f"{flag}={given}"])
    assert f"{flag}: " in capsys.readouterr().err


def test_every_flag_with_a_number_is_asked():
    assert {"--seed", "--fps", "--size", "--delay-ms", "--duration", "--bpm"} <= set(_flags())


def test_how_far_numbers_go_where_nothing_is_said():
    assert whole()(str(2**31 - 1)) == 2**31 - 1
    for text in (str(2**31), "0"):
        with pytest.raises(argparse.ArgumentTypeError, match="from 1 to 2147483647"):
            whole()(text)
    assert MOST_SEED == 4_294_967_295
    assert whole(3, 5)("3") == 3 and whole(3, 5)("5") == 5
    for text in ("2", "6"):
        with pytest.raises(argparse.ArgumentTypeError):
            whole(3, 5)(text)
    assert share("0") == 0
