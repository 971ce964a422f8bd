"""The performer's hand: what is done to the picture at once, and what is handed on."""

import json
import time
from types import SimpleNamespace

import numpy as np
import pytest
from made_pictures import alone

from live.controls.commands import command_for
from live.controls.modulation import Modulations
from live.core.cutout import Cutout, PictureOnStage
from live.core.media_clock import MediaClock
from live.core.messages import (
    Beat,
    Blackout,
    ChangeSong,
    ChooseStyle,
    Freeze,
    Fullscreen,
    Mirror,
    Nudge,
    Pose,
    Reset,
    SetBpm,
    SetEnergy,
    SetGain,
    SetPhaseLock,
    SwitchTarget,
    Tap,
)
from live.core.settings import OutputSettings
from live.outputs.outputs import Outputs
from live.picture import backgrounds
from live.picture.screen import Shown
from live.show.controls import Controls
from live.show.wishes import Wish
from models.runtime.painter import Picture
from models.skeleton import STANDING, mirror


class Moving:
    """A dance that goes to the right."""

    def at(self, time):
        return Pose(time, STANDING + np.float32([time, 0]), 0.0)


def _current(change):
    """Of a screen: what is on it, and what it shall become."""
    return SimpleNamespace(
        screen=SimpleNamespace(
            painter=SimpleNamespace(name="alice"), placement=SimpleNamespace(output=(512, 512))
        ),
        wanted=Wish("alice"),
        crossfade=SimpleNamespace(seconds=0.0),
        change=lambda **fields: change(fields),
        place=lambda places, hold: change({"places": places("")}),
        release=lambda what: change(f"release {what}"),
    )


@pytest.fixture
def stage():
    switched, danced, window = [], [], []
    controls = Controls(Moving(), _current(switched.append), MediaClock(0.0), None, danced.append)
    controls.to_window = window.append
    return SimpleNamespace(controls=controls, switched=switched, danced=danced, window=window)


def test_what_is_on_is_set_or_turned_over(stage):
    controls = stage.controls
    for command, name in ((Blackout, "blackout"), (Freeze, "freeze"), (Mirror, "mirror")):
        seen = []
        for on in (None, True, None, None, False):
            controls.send(command(on))
            seen.append(controls.read(name))
        assert seen == [True, True, False, True, False], name
    assert not stage.danced


def test_a_song_is_changed_where_there_is_a_list(stage):
    changed = []
    stage.controls.send(ChangeSong(1))
    stage.controls.change_song = changed.append
    for name in ("next", "previous"):
        stage.controls.send(*command_for(name, None, stage.controls.read, 0.0))
    assert changed == [1, -1] and not stage.danced


def test_full_screen_is_as_the_window_says(stage):
    assert stage.controls.read("fullscreen") is False
    stage.controls.is_fullscreen = lambda: True
    assert stage.controls.read("fullscreen") is True


def test_a_held_pose_stays_the_one_that_was_shown(stage):
    controls = stage.controls
    controls.send(Freeze(True))
    held = controls.look.pose_at(1.0).joints
    assert np.array_equal(controls.look.pose_at(9.0).joints, held)
    controls.send(Freeze(True))  # again: the same pose goes on being held
    assert np.array_equal(controls.look.pose_at(10.0).joints, held)
    assert controls.look.pose_at(9.0).time == 9.0
    controls.send(Freeze(False))
    assert not np.array_equal(controls.look.pose_at(9.0).joints, held)


def test_the_mirror_turns_the_body(stage):
    stage.controls.send(Mirror(True))
    danced = Moving().at(0.3).joints
    assert np.array_equal(stage.controls.look.pose_at(0.3).joints, mirror(danced))


def test_black_hides_the_picture_and_who_is_cut_out(stage):
    grey = np.full((2, 2, 3), 9, np.uint8)
    solid = Picture(grey, np.full((2, 2), 255, np.uint8), np.zeros((2, 2), np.uint8), 0, 0)
    shown = Shown(grey, Cutout(solid, grey, PictureOnStage((2, 2), (0, 0), (1, 1))))
    assert alone(shown.cutout).any()
    assert stage.controls.look.seen(shown) is shown
    stage.controls.send(Blackout(True))
    stage.controls.at(0.1, None, 0.0)
    image, cutout = stage.controls.look.seen(shown)
    assert not image.any() and not alone(cutout).any()
    assert stage.controls.look.seen(Shown(shown.image, None)).cutout is None


def test_the_rest_is_handed_on(stage):
    for command in (Fullscreen(True), SwitchTarget("bob"), Tap(1.0), Reset()):
        stage.controls.send(command)
    assert stage.window == [Fullscreen(True)]
    assert stage.switched == [{"target": "bob"}]
    assert stage.danced == [Tap(1.0), Reset()]
    assert stage.controls.n_taps == 1


def test_values_are_told_by_name(stage):
    assert stage.controls.read("target") == "alice"
    assert "skeleton" in stage.controls.read("targets")
    assert stage.controls.read("gain") is None, "a pose file has no performer"


def test_a_pose_held_in_the_mirror_stays_as_it_was_seen(stage):
    controls = stage.controls
    controls.send(Mirror(True))
    controls.send(Freeze(None))
    seen = controls.look.pose_at(5.0).joints
    controls.send(Mirror(False))
    assert np.array_equal(controls.look.pose_at(7.0).joints, seen)
    assert controls.look.frozen == seen.tolist()
    controls.send(Freeze(None))
    assert controls.look.frozen == [] and not controls.look.is_frozen


SCREEN = {"background": "target", "shadow": True, "scale": 1.0, "x": 0.0, "y": 0.0, "fade": 0.0,
          "quantise": "off", "dancers": 1, "company": "unison", "canon": 2.0, "others": "same",
          "places": "",
          "fit": "contain", "delay": 0.0, "modulate": [], "recorded": False, "stage": (0, 0),
          **Modulations().values()}  # fmt: skip


class Hand:
    """Obeys what is the dance's, as the performer does."""

    def __init__(self, **values):
        self.values, self.obeyed = values, []

    def controls(self):
        return dict(self.values)

    def obey(self, command, clock):
        self.obeyed.append(command)
        return not isinstance(command, Blackout | Mirror)


def _controls(performer, to_dance, outputs=None):
    return Controls(
        Moving(), _current(lambda _: None), MediaClock(0.0), performer, to_dance, outputs
    )


def _outputs():
    asked = [OutputSettings("web", "8765"), OutputSettings("ndi", "Wall")]
    return Outputs(asked, (64, 64), 30.0)


def test_ways_out_are_switched_by_name_or_kind_and_stay_so_after_a_crash():
    outputs = _outputs()
    controls = _controls(None, lambda _: None, outputs)
    names = controls.read("outs")
    assert names == ("web:8765", "ndi:Wall")
    for value, off in (("web", names[:1]), ("ndi:Wall", names), ("spout", names)):
        for command in command_for("out_off", value, controls.read, 0.0) or ():
            controls.send(command)
        assert outputs.names(on=False) == off
    assert command_for("out_off", "spout", controls.read, 0.0) is None
    assert command_for("out_off", 1, controls.read, 0.0) is None
    kept = json.loads(json.dumps(controls.kept()))
    after = _outputs()
    _controls(None, lambda _: None, after).restore(kept, [])
    assert after.names(on=False) == names and after.names(on=True) == ()
    for command in command_for("out_on", "web", controls.read, 0.0) or ():
        controls.send(command)
    assert outputs.names(on=True) == names[:1]


def test_what_was_set_before_a_crash_is_set_again():
    hand = Hand(gain=-3.0, bpm=128.0, nudge=20.0, energy=0.5, phase_lock=False, style="rumba",
                dance="ballroom", styles=["rumba"])  # fmt: skip
    before = _controls(hand, hand.obeyed.append)
    before.send(Mirror(True))
    before.send(Freeze(True))
    before.is_fullscreen = lambda: True
    kept = before.kept()
    assert kept == {
        "gain": -3.0, "bpm": 128.0, "nudge": 20.0, "energy": 0.5, "phase_lock": False,
        "style": "rumba", "mirror": True, "blackout": False, "fullscreen": True,
        "outs_off": (), "dance": "ballroom", **SCREEN,
    }  # fmt: skip
    other, sent = Hand(styles=["rumba"]), []
    after = _controls(other, sent.append)
    after.restore(kept, before.look.frozen)
    assert after.look.is_mirrored and after.look.is_frozen and not after.look.is_black
    assert np.array_equal(after.look.pose_at(9.0).joints, before.look.pose_at(1.0).joints)
    asked = [Blackout(False), Mirror(True), SetGain(-3.0), SetEnergy(0.5), SetPhaseLock(False),
             ChooseStyle("rumba"), SetBpm(128.0), Nudge(20.0)]  # fmt: skip
    assert sorted(map(str, asked)) == sorted(map(str, (t for t in other.obeyed if t in asked)))
    assert sent == []
    assert after.read("fullscreen") is False, "that is a setting of the next show"


def test_a_pose_file_takes_back_what_is_the_pictures():
    sent = []
    controls = _controls(None, sent.append)
    controls.restore({"blackout": True, "gain": 1.0}, [])
    assert controls.look.is_black and not controls.look.is_frozen and not controls.look.is_mirrored
    assert sent == [SetGain(1.0)]
    assert controls.kept() == {
        "blackout": True, "mirror": False, "fullscreen": False, "outs_off": (), **SCREEN,
    }  # fmt: skip


def _heard(time, bpm=120.0):
    beats = time * bpm / 60
    return Beat(time, 0.5, 0.0, bpm, beats % 1, beats / 4 % 1, 0.9)


def test_what_waits_is_seen_on_the_bar_and_what_does_not_at_once(stage):
    controls = stage.controls
    controls.at(0.3, _heard(0.3), 0.01)
    assert controls.ask("quantise", "bar") and controls.read("quantise") == "bar"
    for name, value in (("target", "bob"), ("mirror", True), ("background", "black")):
        assert controls.ask(name, value)
    assert controls.ask("blackout", True) and controls.look.is_black
    assert controls.read("waiting") == ("target", "mirror", "background")
    for media_time in (1.0, 1.9):
        controls.at(media_time, _heard(media_time), 0.01)
    held = [{"hold": True, "target": "bob"}, {"hold": True, "background": "black"}]
    assert not controls.look.is_mirrored and stage.switched == held
    controls.at(1.995, _heard(1.995), 0.01)
    assert controls.look.is_mirrored and controls.waiting == ()
    assert stage.switched == [*held, "release target", "release background"]


def test_what_is_not_understood_is_not_done(stage):
    controls = stage.controls
    for name, value in (("nothing", 1), ("background", "../x.png"), ("quantise", "3 bars"),
                        ("scale", "big"), ("target", "/else/where")):  # fmt: skip
        assert controls.ask(name, value) is None, name
    assert controls.ask("tap", 0) == []
    assert stage.switched == stage.danced == []


def test_what_is_behind_and_where_the_dancer_stands(stage):
    controls = stage.controls
    for name, value in (("background", "next"), ("shadow", None), ("scale", 0.5), ("x", -9.0),
                        ("y", "+0.25")):  # fmt: skip
        assert controls.ask(name, value)
    assert stage.switched == [
        {"background": "black"}, {"shadow": False}, {"scale": 0.5}, {"x": -0.5}, {"y": 0.25},
    ]  # fmt: skip


def test_pictures_in_the_users_folder_may_be_chosen_by_name(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path / "bundles"))
    assert stage.controls.read("backgrounds") == ("target", "black", "green")
    (tmp_path / "backgrounds").mkdir()
    for name in ("wall.PNG", "sea.jpg", "notes.txt", "black.png"):
        (tmp_path / "backgrounds" / name).touch()
    assert stage.controls.read("backgrounds") == ("target", "black", "green", "sea", "wall")
    assert stage.controls.ask("background", "wall")
    assert backgrounds.path_of("wall") == str(tmp_path / "backgrounds" / "wall.PNG")
    assert backgrounds.path_of("/else/where.png") == "/else/where.png"


def test_black_comes_and_goes_over_the_fade(stage):
    controls = stage.controls
    white = Shown(np.full((2, 2, 3), 200, np.uint8), None)
    controls._current.crossfade.seconds = 1.0
    controls.at(5.0, None, 0.0)
    controls.ask("blackout", True)
    levels = []
    for number in range(11):
        controls.at(5.1 + number / 10, None, 0.0)
        levels.append(int(controls.look.seen(white).image[0, 0, 0]))
    assert levels == pytest.approx([180, 160, 140, 120, 100, 80, 60, 40, 20, 0, 0], abs=1)
    controls.ask("blackout", False)
    controls.at(6.2, None, 0.0)
    assert 0 < controls.look.seen(white).image[0, 0, 0] < 200
    controls.at(60.0, None, 0.0)
    assert controls.look.seen(white) is white, "a picture that stood is where it was to be"


def test_who_is_cut_out_fades_as_well(stage):
    grey = np.full((2, 2, 3), 200, np.uint8)
    solid = Picture(grey, np.full((2, 2), 255, np.uint8), np.zeros((2, 2), np.uint8), 0, 0)
    cutout = Cutout(solid, grey, PictureOnStage((2, 2), (0, 0), (1, 1)))
    assert (cutout.faded(0.5).box().rgba == [100, 100, 100, 128]).all()
    assert (cutout.box().rgba == [200, 200, 200, 255]).all()


def test_a_scene_is_set_on_the_line_that_it_names(stage, caplog):
    controls = stage.controls
    controls._scenes = SimpleNamespace(
        names=("a", "b"),
        changes={"a": [("mirror", True), ("scale", 0.5), ("style", "tango")], "b": []}.get,
        quantum={"a": "beat"}.get,
    )
    controls.at(0.3, _heard(0.3), 0.01)
    assert controls.ask("scene", 7) is None and controls.ask("scene", "c") is None
    assert controls.ask("scene", "a") and controls.read("scene") == "a"
    assert controls.read("scenes") == ("a", "b") and controls.waiting == ("mirror",)
    assert stage.switched == [{"scale": 0.5}]
    assert "scene a: style cannot be 'tango' now, left out." in caplog.text
    controls.at(0.5, _heard(0.5), 0.01)
    assert controls.look.is_mirrored


def test_a_scene_is_kept_beside_the_show(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_SETTINGS", str(tmp_path))
    assert stage.controls.ask("keep_scene", "mine") and not stage.controls.ask("keep_scene", "")
    until = time.monotonic() + 10
    while "mine" not in stage.controls.read("scenes") and time.monotonic() < until:
        time.sleep(0.01)
    assert stage.controls.ask("scene", "mine")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("background", "nowhere", "background cannot be 'nowhere'; there are: target, black"),
        ("energy", "lots", "energy cannot be 'lots'; it takes -1..1."),
        ("mirror", "perhaps", "mirror cannot be 'perhaps'; it is on (1) or off (0)."),
        ("reset", "now", "reset cannot be 'now'; it takes no value."),
        ("quantise", "bars", "quantise cannot be 'bars'; there are: off, beat, bar"),
        ("keep_scene", "", "keep_scene cannot be ''; it takes 1 to 60 letters."),
    ],
)
def test_a_value_that_a_control_does_not_take_is_told_once(stage, name, value, said):
    told = []
    stage.controls.warn = told.append
    for _ in range(60):
        assert stage.controls.ask(name, value) is None
    assert len(told) == 1 and told[0].startswith(said)


def test_what_is_no_control_and_what_is_only_asked_tell_nothing(stage):
    """Other programs share a port."""
    told = []
    stage.controls.warn = told.append
    assert stage.controls.ask("composition", 1) is None
    assert stage.controls.ask("styles", 1) is None
    assert not told


def test_not_everything_that_is_no_value_is_told(stage):
    told = []
    stage.controls.warn = told.append
    for number in range(300):
        stage.controls.ask("background", f"no picture {number}")
    assert len(told) == 100
