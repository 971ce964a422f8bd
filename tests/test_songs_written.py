"""A show that is written down: every wrong entry is named and left out, all else is there."""

from pathlib import Path

import pytest

from live.arguments.asked import settings_of
from live.arguments.parser import parser
from live.core.settings import Cue
from live.show.cues import command_of
from live.show.show_file import ShowFileError, read_show, seconds_of

EVENING = """
songs = ["a.flac", "/music/set"]
crossfade = 6
loop = true

[[cue]]
at = 0
energy = 0.5

[[cue]]
song = 2
at = "1:05.5"
target = "bob"
mirror = true

[[cue]]
song = "a"
bar = 33
blackout = 0
"""


def read(tmp_path, text):
    path, told = tmp_path / "show.toml", []
    path.write_text(text, encoding="utf-8")
    return read_show(path, told.append), told


def test_an_evening(tmp_path):
    show, told = read(tmp_path, EVENING)
    assert told == []
    assert show.settings == {
        "input": str(tmp_path / "a.flac"), "then": ("/music/set",), "crossfade": 6.0, "loop": True,
    }  # fmt: skip
    assert show.cues == (
        Cue("show.toml, cue 1", (("energy", 0.5),), time=0.0),
        Cue("show.toml, cue 2", (("target", "bob"), ("mirror", True)), time=65.5, song=2),
        Cue("show.toml, cue 3", (("blackout", 0),), bar=33, song="a"),
    )


def test_the_example_of_the_docs_is_one(tmp_path):
    page = (Path(__file__).parents[1] / "docs" / "evening.md").read_text(encoding="utf-8")
    show, told = read(tmp_path, page.split("```toml")[1].split("```")[0])
    assert told == [] and len(show.cues) == 4
    known = {"targets": (), "styles": ("house",)}.get
    for cue in show.cues:
        for name, value in cue.sets:
            assert not isinstance(command_of(name, value, known), str), name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gap = -1", "gap is a number of seconds from 0 to 600."),
        ("crossfade = true", "crossfade is a number of seconds from 0 to 30."),
        ("crossfade = nan", "crossfade is a number of seconds from 0 to 30."),
        ("loop = 1", "loop is true or false."),
        ("songs = 7", 'songs is a list of files, like ["a.flac", "folder"].'),
        ("songs = [7]", "7 among the songs is no file."),
        ("tempo = 128", "there is no tempo, but songs, gap, crossfade, loop and [[cue]]."),
        ("[cue]\nat = 1", "a cue begins with [[cue]], in two brackets."),
        ("cue = [1]", "cue 1: it is no table."),
        ("[[cue]]\nenergy = 1", 'cue 1: it needs either at (seconds or "M:SS") or bar.'),
        ("[[cue]]\nat = 1\nbar = 1\nenergy = 1",
         'cue 1: it needs either at (seconds or "M:SS") or bar.'),
        ("[[cue]]\nat = -1\nenergy = 1",
         "cue 1: at = -1 is neither a number of seconds nor a time like 1:05."),
        ("[[cue]]\nat = 'soon'\nenergy = 1",
         "cue 1: at = 'soon' is neither a number of seconds nor a time like 1:05."),
        ("[[cue]]\nbar = 0\nenergy = 1", "cue 1: bar = 0 is not a number from 1."),
        ("[[cue]]\nat = 1\nsong = 1.5\nenergy = 1",
         "cue 1: song = 1.5 is neither a place in the list, from 1, nor a file's name."),
        ("[[cue]]\nat = 1\nsong = 2", "cue 1: it sets nothing."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_left_out(tmp_path, text, told):
    show, said = read(tmp_path, f"{text}\n")
    assert said == [f"show.toml: {told} It is left out."]
    assert (show.settings, show.cues) == ({}, ())


def test_what_is_right_beside_it_stays(tmp_path):
    show, told = read(tmp_path, "songs = ['a', 7, 'b']\ngap = 2\ncrossfade = 3\n[[cue]]\nat = 'x'"
                      "\nenergy = 1\n[[cue]]\nat = 5\nenergy = 1\n")  # fmt: skip
    assert len(told) == 3 and "either a gap or a crossfade" in told[2]
    assert show.settings["then"] == (str(tmp_path / "b"),) and "gap" not in show.settings
    assert [cue.label for cue in show.cues] == ["show.toml, cue 2"]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (0, 0.0), (2.5, 2.5), ("0:05", 5.0), ("1:05", 65.0), ("1:02:03.5", 3723.5), ("90:00", 5400),
        ("1:5", 65.0), (True, None), ("5", None), ("1:2:3:4", None), (float("inf"), None),
        (float("nan"), None), (10**400, None), ("9" * 5000 + ":00", None),
        ("", None), ([], None), ("-1:00", None),
    ],
)  # fmt: skip
def test_times_as_people_write_them(written, seconds):
    assert seconds_of(written) == seconds


def test_a_time_of_the_language_itself(tmp_path):
    show, told = read(tmp_path, "[[cue]]\nat = 01:02:03.5\nenergy = 1\n")
    assert show.cues[0].time == 3723.5 and told == []


@pytest.mark.parametrize(
    "text", [b"songs = [", b"\xff\xfe", b"a = 1\na = 2", b"[" * 5000, b"gap = " + b"1" * 5000, b""]
)
def test_what_is_no_show_at_all_is_refused_in_a_sentence(tmp_path, text):
    path = tmp_path / "show.toml"
    path.write_bytes(text)
    with pytest.raises(ShowFileError, match=r"show\.toml is (not written as TOML|empty)"):
        read_show(path, pytest.fail)
    with pytest.raises(ShowFileError, match="There is no file"):
        read_show(tmp_path / "none.toml", pytest.fail)


def asked(*words):
    return settings_of(parser().parse_args([str(word) for word in words]))


def test_flags_go_before_what_is_written(tmp_path):
    read(tmp_path, EVENING)
    path = tmp_path / "show.toml"
    settings = asked("--show", path)
    assert (settings.input, settings.then) == (str(tmp_path / "a.flac"), ("/music/set",))
    assert (settings.crossfade, settings.gap, settings.loop) == (6.0, 0.0, True)
    assert len(settings.cues) == 3
    settings = asked("--show", path, "--input", "mic", "--gap", "2", "--no-loop")
    assert (settings.input, settings.then, settings.loop) == ("mic", (), False)
    assert (settings.crossfade, settings.gap) == (0.0, 2.0)
