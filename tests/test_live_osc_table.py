"""The table of OSC addresses: what it says is so, and the pages made from it are up to date."""

import re
from pathlib import Path

import pytest

from live.controls.commands import BY_NAME, command_for
from live.controls.entries import Choice, Name, Number, Ping, Switch, Trigger, Words
from live.controls.table import CONTROLS
from live.osc.page import page
from live.osc.rows import sections, types_text, values_text
from live.osc.table import DIALECTS, OUT
from live.osc_docs import made, main

DOCS = Path(__file__).parent.parent / "docs"
NAMES = {"targets": ("alice", "skeleton"), "styles": ("house", "salsa"), "outs": ("web:8765",),
         "backgrounds": ("target", "black"),
         "scenes": ("home", "alone"), "scene": "", "dances": ("club", "ballroom")}  # fmt: skip
EVERY = [*OUT, *(sent for dialect in DIALECTS.values() for sent in dialect.messages)]


def test_the_docs_are_up_to_date():
    """Else: python -m live.osc_docs."""
    for path, text in made(DOCS).items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_the_docs_are_made_by_a_command(tmp_path):
    old = (DOCS / "osc.md").read_text(encoding="utf-8")
    (tmp_path / "osc.md").write_text(old.replace("128", "x"), encoding="utf-8")
    assert main(["--docs", str(tmp_path)]) == 0
    tables = [line for line in old.splitlines() if line.startswith("|")]
    new = (tmp_path / "osc.md").read_text(encoding="utf-8")
    assert [line for line in new.splitlines() if line.startswith("|")] == tables
    assert (tmp_path / "osc.html").read_text(encoding="utf-8") == page()


def test_no_name_stands_twice():
    names = [*(sent.name for sent in OUT), *(control.name for control in CONTROLS)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("sent", EVERY, ids=lambda sent: sent.name)
def test_each_example_that_leaves_is_of_its_types_and_ranges(sent):
    kinds = {"i": int, "f": float, "s": str}
    for argument, value in zip(sent.arguments, sent.example, strict=False):
        assert type(value) is kinds[argument.tag]
        if argument.low is not None:
            assert argument.low <= value
        if argument.high is not None:
            assert value <= argument.high
    assert len(sent.example) == len(sent.arguments) or len(sent.arguments) > 4


@pytest.mark.parametrize("control", BY_NAME.values(), ids=lambda control: control.name)
def test_each_example_that_comes_in_is_understood(control):
    example = control.example[0] if control.example else None
    if isinstance(control, Words):
        example = tuple(control.example)
    commands = command_for(control.name, example, NAMES.get, 1.0)
    if isinstance(control, Switch | Trigger | Number | Choice | Name | Words):
        assert commands is not None and len(commands) == 1
    else:
        assert commands is None and (example == "?" or isinstance(control, Ping))


@pytest.mark.parametrize(
    "control", [c for c in CONTROLS if isinstance(c, Number)], ids=lambda control: control.name
)
def test_the_ends_of_each_fader_are_understood(control):
    for end in (control.low, control.high, control.default):
        assert command_for(control.name, end, NAMES.get, 0.0) == [control.make(end)]


def test_types_are_counted_where_there_are_many():
    assert types_text("if") == "`if`"
    assert types_text("f" * 36) == "36 `f`"
    assert types_text("iiif" + "f" * 51) == "`iii` + 52 `f`"


def test_values_as_people_write_them():
    assert values_text([True, 3, 0.25, 120.0, "a b"]) == '1 3 0.25 120.0 "a b"'


def test_the_page_tells_what_holds_now():
    bare = page("/show")
    for section in sections("/show"):
        assert f'id="{section.name}"' in bare
    assert "/show/gain" in bare and "dancelive/" not in bare and ">now<" not in bare
    told = page("/show", {
        "gain": -3.0, "target": "<b>", "styles": ("house", "salsa"), "beat": (17, 128.0),
        "dancer/0/joint/nose": (0.5, 0.22), "blackout": False,
        "dancer/0/pose": [n / 8 for n in range(36)],
    })  # fmt: skip
    now = dict(re.findall(r'/show/([^<]+)</code></td>.*?<td class="now">(.*?)</td>', told))
    assert now["gain"] == "-3.0" and now["blackout"] == "0" and now["beat"] == "17 128.0"
    assert now["styles"] == "&quot;house&quot; &quot;salsa&quot;" and now["energy"] == ""
    assert now["target"] == "&quot;&lt;b&gt;&quot;"
    assert now["dancer/0/joint/&lt;joint&gt;"] == "nose 0.5 0.22"
    assert now["dancer/0/pose"] == "0.0 0.125 0.25 0.375 0.5 0.625 ..."
    assert told.count('class="now"') == len(OUT) + len(CONTROLS)


def test_the_page_needs_nothing_beside_it():
    assert not re.search(r"(src|href|url)\s*[=(]|@import", page())
