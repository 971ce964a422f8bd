"""Knobs and keys set controls; learning binds them and keeps that in the file."""

import tomllib

import pytest

from live.controls.commands import BY_NAME, command_for
from live.core import settings_file
from live.midi.bindings import Binding, BindingError, check_name, read_bindings
from live.midi.desk import Desk
from live.midi.grip import Grip
from live.midi.touch import CC, NOTE, PROGRAM, Pulse, SongPosition, Touch, heard


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_SETTINGS", str(tmp_path))
    return tmp_path / "dancelive.toml"


class Stage:
    """Controls that do at once what they are asked for."""

    def __init__(self, *bindings, **values):
        self.values = {"energy": 0.0, "scenes": ("home", "drop"), "scene": "home", "fade": 0.0,
                       "styles": ("house",), "style": "auto", "nudge": 0.0} | values  # fmt: skip
        self.asked, self.said, self.now = [], [], 100.0
        self.desk = Desk(list(bindings), self._ask, self.values.get, self.said.append)

    def _ask(self, name, value, at):
        assert command_for(name, value, self.values.get, at) is not None, (name, value)
        self.asked.append((name, value))
        if isinstance(value, float) and name != "nudge":
            self.values[name] = value

    def turn(self, *values, cc=21, wait=0.01):
        for value in values:
            self.now += wait
            self.desk.touch(Touch(CC, cc, 1, value), self.now)
            self.desk.flush()
        return self.take()

    def press(self, *velocities, note=36):
        for velocity in velocities:
            self.desk.touch(Touch(NOTE, note, 1, velocity), self.now)
        return self.take()

    def take(self):
        asked, self.asked = self.asked, []
        return asked


def cc(name, **options):
    return Binding(name, CC, 21, **options)


def note(name, **options):
    return Binding(name, NOTE, 36, **options)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("b0 15 40", Touch(CC, 21, 1, 64)), ("bf 77 7f", Touch(CC, 119, 16, 127)),
        ("90 24 64", Touch(NOTE, 36, 1, 100)), ("90 24 00", Touch(NOTE, 36, 1, 0)),
        ("81 24 40", Touch(NOTE, 36, 2, 0)), ("c2 05", Touch(PROGRAM, 5, 3, 127)),
        ("c2 05 00 00", Touch(PROGRAM, 5, 3, 127)), ("f8", Pulse.TICK), ("fa", Pulse.START),
        ("fb", Pulse.CONTINUE), ("fc", Pulse.STOP), ("f2 08 01", SongPosition(136)),
        ("", None), ("b0", None), ("b0 15", None), ("b0 7b 00", None), ("b0 80 10", None),
        ("e0 00 40", None), ("d0 10", None), ("f0 7e 7f 06 01 f7", None), ("fe", None),
        ("ff", None), ("f2 08", None), ("15 40", None), ("c0", None), ("90 ff ff", None),
    ],
)  # fmt: skip
def test_what_bytes_say(data, told):
    assert heard(bytes.fromhex(data)) == told


def test_a_fader_waits_until_it_passes_what_is_set():
    stage = Stage(cc("energy"))
    assert stage.turn(0, 20, 40) == []
    assert stage.turn(70) == [("energy", pytest.approx((1 + 6 / 63) - 1))]
    assert stage.turn(127) == [("energy", 1.0)] and stage.turn(0) == [("energy", -1.0)]
    assert stage.turn(64) == [("energy", 0.0)], "the middle is the middle"


def test_another_hand_takes_it_out_of_a_fader():
    stage = Stage(cc("energy"))
    stage.turn(60, 100)
    stage.values["energy"] = -1.0
    assert stage.turn(101, wait=1.0) == [], "set elsewhere meanwhile"
    assert stage.turn(50) == [] and stage.turn(0) == [("energy", -1.0)]


def test_a_fader_in_motion_does_not_wait_for_the_show_to_tell():
    stage = Stage(cc("energy"))
    stage.turn(60, 68)
    stage.values["energy"] = 0.0  # as the dance thread told it last
    assert [value for _, value in stage.turn(90, 100, 127)][-1] == 1.0


def test_of_many_messages_the_last_value_counts():
    stage = Stage(cc("energy"))
    for value in (*range(50, 128), 90):
        stage.desk.touch(Touch(CC, 21, 1, value), 100.0)
    stage.desk.flush()
    assert stage.take() == [("energy", pytest.approx(26 / 63))]
    stage.desk.flush()
    assert stage.take() == []


@pytest.mark.parametrize(
    ("way", "right", "left"), [("twos", 2, 126), ("offset", 66, 62), ("sign", 2, 66)]
)
def test_an_endless_encoder_goes_on_from_what_is_set(way, right, left):
    stage = Stage(cc("energy", relative=way), energy=0.5)
    assert stage.turn(right) == [("energy", pytest.approx(0.5 + 2 * 2 / 128))]
    assert stage.turn(left, left) == [
        ("energy", pytest.approx(0.5)),
        ("energy", pytest.approx(0.5 - 4 / 128)),
    ]
    stage.values["energy"] = 0.0  # as told before all of it was done
    assert stage.turn(right) == [("energy", pytest.approx(0.5))]
    stage.values["energy"] = -1.0
    assert stage.turn(left, wait=1.0) == [("energy", -1.0)]


def test_what_adds_up_is_given_steps():
    assert Stage(cc("nudge", relative="twos")).turn(1, 127) == [
        ("nudge", 1000 / 128),
        ("nudge", -1000 / 128),
    ]
    assert Stage(note("nudge 10")).press(100, 0) == [("nudge", 10.0)]
    with pytest.raises(BindingError, match="adds up"):
        check_name("nudge")


def test_a_key_is_a_switch_a_trigger_or_the_next():
    assert Stage(note("mirror")).press(100, 0, 90) == [("mirror", None), ("mirror", None)]
    assert Stage(note("mirror", momentary=True)).press(100, 0) == [
        ("mirror", True),
        ("mirror", False),
    ]
    assert Stage(note("tap")).press(100, 0) == [("tap", None)]
    assert Stage(note("scene")).press(100, 0) == [("scene", "next")]
    assert Stage(note("scene drop")).press(100, 0) == [("scene", "drop")]
    assert Stage(note("energy +0.1")).press(100) == [("energy", "+0.1")]
    assert Stage(note("fade 2")).press(100) == [("fade", 2.0)]
    assert Stage(note("blackout 1")).press(100) == [("blackout", 1.0)]


def test_a_knob_is_pressed_from_its_middle_on():
    assert Stage(cc("mirror")).turn(10, 63, 64, 127, 100, 20, 80) == [("mirror", None)] * 2
    assert Stage(cc("mirror", momentary=True)).turn(127, 90, 0) == [
        ("mirror", True),
        ("mirror", False),
    ]


def test_a_knob_goes_through_names():
    stage = Stage(cc("scene"))
    assert stage.turn(0, 63) == [], "that one is set"
    assert stage.turn(64, 100, 127, 10) == [("scene", "drop")]
    assert Stage(cc("style")).turn(127) == [("style", "house")]
    assert Stage(cc("scene", relative="twos")).turn(1, 127) == [
        ("scene", "next"),
        ("scene", "previous"),
    ]
    assert Stage(cc("scene"), scenes=()).turn(64) == []


def test_a_program_is_a_scene():
    stage = Stage()
    stage.desk.touch(Touch(PROGRAM, 1, 9, 127), 1.0)
    assert stage.take() == [("scene", 1)]


def test_other_channels_and_numbers_are_other_knobs():
    stage = Stage(cc("energy", channel=2))
    assert stage.turn(64, 127) == []
    assert Stage(cc("energy")).turn(64, 127, cc=22) == []


def test_learning_binds_what_is_touched_and_keeps_it(own_file):
    own_file.write_text("# mine\n[scenes.drop]\nenergy = 1.0\n")
    stage = Stage()
    stage.desk.learn("energy")
    assert stage.desk.learning == "energy"
    stage.press(0)
    stage.turn(64)
    assert stage.desk.learning == "" and len(stage.said) == 2
    assert (
        stage.said[1]
        == f"MIDI: cc 21 on channel 1 sets energy from now on; it is kept in {own_file}."
    )
    assert stage.turn(127) == [] and stage.turn(64, 127)[-1] == ("energy", 1.0)
    stage.desk.learn("scene drop")
    stage.press(80)
    assert stage.press(80) == [("scene", "drop")]
    text = own_file.read_text()
    assert text.startswith("# mine") and tomllib.loads(text)["midi"] == {
        "energy": {"cc": 21, "channel": 1}, "scene drop": {"note": 36, "channel": 1},
    }  # fmt: skip
    assert [b.name for b in read_bindings()] == ["energy", "scene drop"]


def test_learning_ends_with_nothing_touched():
    stage = Stage()
    for name in ("energy", ""):
        stage.desk.learn("energy")
        stage.desk.learn(name)
        assert stage.desk.learning == ""
    assert stage.said[-1] == "MIDI: energy is not learned."
    stage.desk.learn("")
    assert len(stage.said) == 4


def test_a_key_cannot_turn_and_learning_goes_on():
    stage = Stage()
    stage.desk.learn("energy")
    stage.press(100)
    assert "a key cannot turn energy" in stage.said[-1] and stage.desk.learning == "energy"


@pytest.mark.parametrize(
    "name", ["nothing", "ping", "targets", "keep_scene", "out_on", "midi_learn", "nudge"]
)
def test_what_no_knob_can_set_is_told(name):
    stage = Stage()
    stage.desk.learn(name)
    assert stage.desk.learning == "" and stage.said[-1].startswith("MIDI: ")


def test_forgetting(own_file):
    settings_file.keep("midi", "energy", {"cc": 21})
    settings_file.keep("midi", "mirror", {"note": 36})
    stage = Stage(*read_bindings())
    stage.desk.forget("energy")
    assert stage.said == ["MIDI: nothing sets energy any more."] and stage.turn(64, 127) == []
    assert [b.name for b in read_bindings()] == ["mirror"]
    stage.desk.forget("energy")
    assert stage.said[-1] == "MIDI: nothing was bound to energy."


def test_what_sets_what_is_told_a_line_each(own_file):
    stage = Stage(
        cc("energy", channel=3, relative="twos"), note("mirror", momentary=True), note("scene drop")
    )
    lines = ("energy (cc 21, channel 3, twos)", "mirror (note 36, momentary)")
    assert stage.desk.bindings == (*lines, "scene drop (note 36)")
    stage.desk.forget("mirror")
    stage.desk.learn("energy")
    stage.turn(64, cc=9)
    assert stage.desk.bindings == ("scene drop (note 36)", "energy (cc 9, channel 1)")


def test_a_damaged_file_is_not_written_over(own_file):
    own_file.write_text("[midi")
    stage = Stage()
    stage.desk.learn("energy")
    stage.turn(64)
    assert "in this show only" in stage.said[-1] and own_file.read_text() == "[midi"
    assert stage.turn(64, 127)[-1] == ("energy", 1.0)
    stage.desk.forget("energy")
    assert "in this show only" in stage.said[-1] and stage.turn(64, 127) == []


def test_wrong_bindings_are_named_and_left_out(own_file, caplog):
    own_file.write_text("""
[midi]
fade = 3
[midi.energy]
cc = 21
channel = 2
relative = "offset"
[midi.mirror]
note = 36
momentary = true
[midi.nudge]
cc = 3
relative = "sign"
[midi.gain]
cc = 120
[midi.blackout]
cc = 1
note = 2
[midi.x]
[midi.y]
cc = true
[midi.scale]
note = 5
[midi.dances]
note = 5
[midi.style]
note = 5
channel = 0
[midi.tap]
note = 5
color = "red"
[midi.half]
note = 5
momentary = 1
[midi.double]
cc = 5
relative = "up"
""")
    found = read_bindings()
    assert found == [
        Binding("energy", CC, 21, 2, False, "offset"),
        Binding("mirror", NOTE, 36, 0, True),
        Binding("nudge", CC, 3, 0, False, "sign"),
    ]
    assert [binding.table for binding in found] == [
        {"cc": 21, "channel": 2, "relative": "offset"},
        {"note": 36, "momentary": True},
        {"cc": 3, "relative": "sign"},
    ]
    told = [record.getMessage() for record in caplog.records]
    for name in (
        "fade",
        "gain",
        "blackout",
        "x",
        "y",
        "scale",
        "dances",
        "style",
        "tap",
        "half",
        "double",
    ):
        assert sum(f"midi.{name} " in line for line in told) == 1, name


def test_every_control_of_the_table_can_be_set_or_says_why_not():
    for name, control in BY_NAME.items():
        try:
            check_name(name)
        except BindingError as error:
            assert str(error).endswith((".", "'.")), name
            continue
        grip = Grip(Binding(name, CC, 1))
        for value in (0, 127):
            for given in grip.values(Touch(CC, 1, 1, value), {control.name: 0.0}.get, 1.0):
                assert (
                    command_for(name, given, {}.get, 1.0) is not None
                    or control.__class__.__name__ == "Choice"
                )


def test_a_knob_of_whole_numbers_is_never_between_two_and_stays_in_hand():
    stage = Stage(cc("dancers"), dancers=1.0)
    asked = [value for name, value in stage.turn(*range(0, 128, 3), wait=1.0) if name == "dancers"]
    assert asked == sorted(asked) and set(asked) == {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0}


def test_an_endless_encoder_goes_from_one_whole_number_to_the_next():
    stage = Stage(cc("dancers", relative="twos"), dancers=3.0)
    assert stage.turn(1, 1, 127, wait=1.0) == [("dancers", n) for n in (4.0, 5.0, 4.0)]
    assert stage.turn(*[1] * 9)[-1] == ("dancers", 8.0)
