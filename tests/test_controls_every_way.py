"""Each control of the table through each way to it: all do the same, and the docs name each."""

from html import unescape
from pathlib import Path

import pytest

from live.controls.commands import BY_NAME, command_for
from live.controls.entries import Choice, Name, Number, Switch, Trigger, Words
from live.controls.keys import KEYS, OF_WINDOWS, help_text
from live.controls.modulation import Modulations
from live.controls.scenes import Scenes
from live.controls.table import CONTROLS
from live.core import settings_file
from live.core.settings import FITS, PERIODS, SHAPES
from live.midi.bindings import Binding, check_name
from live.midi.desk import Desk
from live.midi.touch import NOTE, Touch
from live.osc.address import build_message
from live.osc.listener import OscListener

DOCS = Path(__file__).parent.parent / "docs"
SET = [
    c for c in BY_NAME.values() if isinstance(c, Switch | Number | Choice | Trigger | Name | Words)
]
KNOWN = {
    "targets": ("alice", "bob"), "target": "bob", "dances": ("club", "ballroom"), "dance": "club",
    "styles": ("house", "salsa"), "style": "auto", "backgrounds": ("target", "black"),
    "background": "target", "scenes": (*(f"scene {n}" for n in range(9)), "alone"),
    "scene": "", "quantise": "off", **Modulations().values(), "shapes": SHAPES,
    "rates": tuple(PERIODS), "fits": FITS, "fit": "contain", "output": "512x512",
    "outs": ("web:8765",), "energy": 0.0, "dancers": 3, "company": "canon",
}  # fmt: skip
WRITTEN = [
    c for c in SET if len(c.example) == 1 and c.name != "scene"
]  # what has a value to be written
TOUCHED = [c for c in SET if not (c.name.startswith("midi_") or isinstance(c, Words))]
HOST_TIME = 7.0
_TAGS = {bool: "i", int: "i", float: "f", str: "s"}


def _value(control):
    """That of its example, or all where there are several."""
    values = control.example
    return tuple(values) if len(values) > 1 else values[0] if values else None


def _asked(control):
    return command_for(control.name, _value(control), KNOWN.get, HOST_TIME)


@pytest.mark.parametrize("control", SET, ids=lambda control: control.name)
def test_over_osc(control):
    """As a packet, with a value of the type that its example has."""
    done = []

    def ask(name, value, arrived_at):
        commands = command_for(name, value, KNOWN.get, HOST_TIME)
        done.extend(commands or ())
        return commands

    listener = OscListener(0, "/dancelive", ask, KNOWN.get)
    values = list(control.example)
    tags = "".join(_TAGS[type(one)] for one in values)
    message = build_message(f"/dancelive/{control.name}", tags, values)
    listener._packet(message.dgram, ("127.0.0.1", 9))
    listener.close()
    expected = _asked(control)
    assert expected and len(done) == len(expected)
    for one, other in zip(done, expected, strict=True):
        if any(isinstance(value, float) for value in values):
            assert repr(one)[:12] == repr(other)[:12], "the same to the digits of 32 bits"
        else:
            assert one == other


@pytest.mark.parametrize("control", WRITTEN, ids=lambda control: control.name)
def test_in_a_scene(control, tmp_path, monkeypatch):
    """What a scene can hold comes out of the file as it was written."""
    monkeypatch.setenv("DANCELIVE_SETTINGS", str(tmp_path))
    value = _value(control)
    settings_file.keep(settings_file.SCENES, "mine", {control.name: value})
    scenes = Scenes()
    if control.name == "quantise":
        assert scenes.quantum("mine") == value
    else:
        assert scenes.changes("mine") == [(control.name, value)]


@pytest.mark.parametrize("control", TOUCHED, ids=lambda control: control.name)
def test_by_a_pad(control):
    """A MIDI pad that is bound to the control and its value."""
    value, done = _value(control), []
    is_negative = isinstance(value, float) and value < 0 and not control.adds
    name = control.name if value is None else f"{control.name} {'=' * is_negative}{value}"
    check_name(name)

    def ask(name, value, at):
        done.extend(command_for(name, value, KNOWN.get, HOST_TIME))

    desk = Desk([Binding(name, NOTE, 36)], ask, KNOWN.get, done.append)
    for velocity in (100, 0):
        desk.touch(Touch(NOTE, 36, 1, velocity), HOST_TIME)
    assert done == _asked(control)


@pytest.mark.parametrize(("name", "keys"), KEYS, ids=[name for name, _ in KEYS])
def test_by_its_keys(name, keys):
    """Each key asks for something, and --help names it."""
    for value in keys.values.values():
        is_windows = (name, keys) in OF_WINDOWS  # what only concerns who sits before them
        assert is_windows or command_for(name, value, KNOWN.get, HOST_TIME)
    assert keys.help in " ".join(help_text().split())


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_the_docs_name_it(control):
    for page in ("osc.md", "osc.html"):
        told = unescape((DOCS / page).read_text(encoding="utf-8"))
        assert f"/dancelive/{control.name}" in told
    assert control.meaning and not control.meaning.endswith(".")
