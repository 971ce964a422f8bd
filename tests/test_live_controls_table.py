"""What is asked for by a control from where it is now: relative numbers, the next of a choice."""

import pytest

from live.controls.commands import BY_NAME, command_for
from live.controls.keys import KEYS, OF_WINDOWS, PRESSES, learned_name
from live.core.messages import ChooseStyle, SetBpm, SetEnergy, SetGain, SwitchTarget
from live.midi.bindings import check_name

NOW = {
    "energy": 0.5, "gain": -3.0, "bpm": 120.0, "target": "bob", "dancers": 3, "company": "canon",
    "targets": ("alice", "bob", "skeleton"), "style": "auto", "styles": ("house", "salsa"),
    "background": "target", "backgrounds": ("target", "black"), "quantise": "off",
    "scene": "", "dance": "club", "dances": ("ballroom", "club"), "scenes": tuple("abcdefghi"),
}  # fmt: skip


def _asked(name, value, now=NOW):
    return command_for(name, value, now.get, 1.0)


@pytest.mark.parametrize(
    ("name", "value", "command"),
    [
        ("energy", "+0.25", SetEnergy(0.75)), ("energy", "-0.25", SetEnergy(0.25)),
        ("energy", "+9", SetEnergy(1.0)), ("gain", "-3", SetGain(-6.0)),
        ("gain", "-99", SetGain(-40.0)), ("bpm", "+1.5", SetBpm(121.5)),
        ("target", "next", SwitchTarget("skeleton")),
        ("target", "previous", SwitchTarget("alice")),
        ("style", "next", ChooseStyle("house")), ("style", "previous", ChooseStyle("salsa")),
    ],
)  # fmt: skip
def test_from_where_it_is_now(name, value, command):
    assert _asked(name, value) == [command]


def test_a_choice_goes_round():
    assert _asked("target", "next", NOW | {"target": "skeleton"}) == [SwitchTarget("alice")]
    assert _asked("target", "previous", NOW | {"target": "alice"}) == [SwitchTarget("skeleton")]
    assert _asked("style", "next", NOW | {"style": "salsa"}) == [ChooseStyle("auto")]
    assert _asked("style", "next", NOW | {"styles": ()}) == [ChooseStyle("3")]
    assert _asked("style", "previous", NOW | {"styles": ()}) == [ChooseStyle("4")]


def test_from_what_is_none_of_the_names():
    assert _asked("style", "next", NOW | {"style": "3"}) == [ChooseStyle("auto")]
    assert _asked("style", "previous", NOW | {"style": "3"}) == [ChooseStyle("salsa")]
    assert _asked("target", "next", NOW | {"target": "gone"}) == [SwitchTarget("alice")]


def test_from_what_is_not_known_there_is_no_way():
    for name, value in (("energy", "+0.1"), ("style", "next"), ("target", "previous")):
        assert _asked(name, value, {}) is None


@pytest.mark.parametrize(
    "value", ["0.1", "+", "+x", "+inf", "+-1", "+1e3", " +1", "+1 ", "+1.", "+9999999", "-nan"]
)
def test_what_is_no_way_from_here(value):
    assert _asked("energy", value) is None


@pytest.mark.parametrize(
    "value",
    [10**400, -(10**400), float("nan"), float("inf"), [], ["sine"], {}, b"", 1j, (), (None,),
     ("scale", "sine", 10**400), ("scale", "sine", "nan"), ("scale", None), "x" * 1000],
)  # fmt: skip
def test_no_value_breaks_a_control(value):
    """A scene, a written show or a network says what it likes."""
    for name in BY_NAME:
        assert _asked(name, value) in (None, []) or isinstance(value, float), name


def test_a_tempo_does_not_fall_off_its_end():
    assert _asked("bpm", "-100") is None
    assert _asked("bpm", "-120") == [SetBpm(0.0)], "0 is by ear"


def test_each_key_asks_for_something_by_itself_alone():
    names = [key for _, keys in KEYS for key in keys.values]
    assert len(names) == len(set(names)) == len(PRESSES)
    here = {name for name, _ in OF_WINDOWS}
    assert here == {"learn", "panel", "keys"}
    for key, (name, value) in PRESSES.items():
        assert (name in here) != bool(_asked(name, value)), key


@pytest.mark.parametrize(("set_", "learned"), [
    (("energy", 0.25), "energy"), (("energy", "+0.1"), "energy"), (("mirror", None), "mirror"),
    (("target", "next"), "target"), (("scene", 3), "scene 3"), (("scene", "drop"), "scene drop"),
    (("nudge", -10.0), "nudge -10"), (("out_on", "web"), "out_on web"), (("tap", None), "tap"),
    (("keep_scene", "a"), "keep_scene a"),
])  # fmt: skip
def test_a_knob_can_learn_what_a_hand_has_set(set_, learned):
    assert learned_name(*set_) == learned
    check_name(learned)
