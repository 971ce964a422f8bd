"""What a knob is told to learn: a choice by its name, and only what there is."""

from dataclasses import replace

import pytest
from made_midi import MadePorts
from made_remote import SETTINGS, MadeStage

from live.controls.choices import named
from live.core import settings_file
from live.core.messages import MidiForget, MidiLearn
from live.midi import libremidi
from live.show.machines import open_machines


@pytest.fixture(scope="module")
def stage():
    made = MadeStage()
    yield made
    made.close()


@pytest.fixture
def told(stage):
    learned, stage.said = [], []
    stage.controls.to_midi = learned.append
    stage.controls.warn = stage.said.append
    return learned


def test_the_place_of_a_scene_is_learned_as_its_name(stage, told):
    names = stage.controls.read("scenes")
    assert len(names) >= 3
    for place, name in enumerate(names):
        stage.controls.ask("midi_learn", f"scene {place}")
        stage.controls.ask("midi_learn", f"scene {name}")
        assert told[-2:] == [MidiLearn(f"scene {name}")] * 2
    assert not stage.said


@pytest.mark.parametrize("name", ["energy", "scene next", "style 3", "target skeleton", "nudge 10"])
def test_what_stands_for_itself_is_learned_as_it_is(stage, told, name):
    stage.controls.ask("midi_learn", name)
    assert told == [MidiLearn(name)] and not stage.said


@pytest.mark.parametrize("name", ["scene nosuch", "scene 99", "background nosuch", "out_on nosuch"])
def test_what_there_is_not_is_told_with_what_there_is(stage, told, name):
    stage.controls.ask("midi_learn", name)
    assert not told and "There is no" in stage.said[0]
    assert name.startswith("out") or ", " in stage.said[0]


def test_forgetting_needs_nothing_to_be_there(stage, told):
    stage.controls.ask("midi_forget", "scene nosuch")
    assert told == [MidiForget("scene nosuch")]


def test_one_of_the_list_is_forgotten_by_its_line_or_its_name(stage, told):
    lines = stage.read("midi_bindings")
    assert lines == ("scene drop (note 37, channel 1)", "energy (cc 21, channel 1)")
    for asked in (lines[0], "scene drop", lines[1], "energy", "next"):
        assert stage.controls.ask("midi_forget", asked)
    names = ("scene drop", "scene drop", "energy", "energy", "next")
    assert told == [MidiForget(name) for name in names]
    for asked in ("", 0, None, "a" * 1000, "a\nb"):
        assert stage.controls.ask("midi_forget", asked) is None


def test_a_show_with_devices_lists_what_its_file_binds(stage, monkeypatch, tmp_path):
    monkeypatch.setenv("DANCELIVE_SETTINGS", str(tmp_path))
    settings_file.keep("midi", "energy", {"cc": 9})
    monkeypatch.setattr(libremidi, "Libremidi", lambda: MadePorts("knobs"))
    controls = stage.controls
    for name in ("to_midi", "learned", "bindings"):
        monkeypatch.setattr(controls, name, getattr(controls, name))  # and back again
    settings = replace(SETTINGS, midi=("knobs",))
    parts = open_machines(
        settings, None, controls, None, lambda: None, stage.told.append, stage.told.append
    )
    assert list(parts) == ["MIDI"] and stage.read("midi_bindings") == ("energy (cc 9)",)


def test_a_place_may_be_written_as_text(stage, told):
    names = ("a", "b", "7")
    assert [named(text, names) for text in ("b", "1", "7", "0")] == ["b", "b", "7", "a"]
    assert [named(text, names) for text in ("3", "-1", "1.0", "9" * 5000, "")] == [None] * 5
