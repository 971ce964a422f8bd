"""The performer's hand: what is done to the picture at once, and what is handed on."""

from types import SimpleNamespace

import numpy as np
import pytest

from live.core.media_clock import MediaClock
from live.core.messages import (
    Blackout,
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
from live.picture.background import Shown
from live.show.controls import Controls
from models.skeleton import STANDING, mirror


class Moving:
    """A dance that goes to the right."""

    def at(self, time):
        return Pose(time, STANDING + np.float32([time, 0]), 0.0)


@pytest.fixture
def stage():
    switched, danced, window = [], [], []
    current = SimpleNamespace(
        screen=SimpleNamespace(painter=SimpleNamespace(name="alice")), switch=switched.append
    )
    controls = Controls(Moving(), current, MediaClock(0.0), None, danced.append)
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


def test_full_screen_is_as_the_window_says(stage):
    assert stage.controls.read("fullscreen") is False
    stage.controls.is_fullscreen = lambda: True
    assert stage.controls.read("fullscreen") is True


def test_a_held_pose_stays_the_one_that_was_shown(stage):
    controls = stage.controls
    controls.send(Freeze(True))
    held = controls.pose_at(1.0).joints
    assert np.array_equal(controls.pose_at(9.0).joints, held)
    controls.send(Freeze(True))  # again: the same pose goes on being held
    assert np.array_equal(controls.pose_at(10.0).joints, held)
    assert controls.pose_at(9.0).time == 9.0
    controls.send(Freeze(False))
    assert not np.array_equal(controls.pose_at(9.0).joints, held)


def test_the_mirror_turns_the_body(stage):
    stage.controls.send(Mirror(True))
    danced = Moving().at(0.3).joints
    assert np.array_equal(stage.controls.pose_at(0.3).joints, mirror(danced))


def test_black_hides_picture_and_alpha(stage):
    shown = Shown(np.full((2, 2, 3), 9, np.uint8), np.full((2, 2), 9, np.uint8))
    assert stage.controls.seen(shown) is shown
    stage.controls.send(Blackout(True))
    image, alpha = stage.controls.seen(shown)
    assert not image.any() and alpha is not None and not alpha.any()
    assert stage.controls.seen(Shown(shown.image, None)).alpha is None


def test_the_rest_is_handed_on(stage):
    for command in (Fullscreen(True), SwitchTarget("bob"), Tap(1.0), Reset()):
        stage.controls.send(command)
    assert stage.window == [Fullscreen(True)]
    assert stage.switched == ["bob"]
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
    seen = controls.pose_at(5.0).joints
    controls.send(Mirror(False))
    assert np.array_equal(controls.pose_at(7.0).joints, seen)
    assert controls.frozen == seen.tolist()
    controls.send(Freeze(None))
    assert controls.frozen == [] and not controls.is_frozen


class Hand:
    """Obeys what is the dance's, as the performer does."""

    def __init__(self, **values):
        self.values, self.obeyed = values, []

    def controls(self):
        return dict(self.values)

    def obey(self, command, clock):
        self.obeyed.append(command)
        return not isinstance(command, Blackout | Mirror)


def _controls(performer, to_dance):
    current = SimpleNamespace(
        screen=SimpleNamespace(painter=SimpleNamespace(name="alice")), switch=lambda name: None
    )
    return Controls(Moving(), current, MediaClock(0.0), performer, to_dance)


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
    }  # fmt: skip
    other, sent = Hand(), []
    after = _controls(other, sent.append)
    after.restore(kept, before.frozen)
    assert after.is_mirrored and after.is_frozen and not after.is_black
    assert np.array_equal(after.pose_at(9.0).joints, before.pose_at(1.0).joints)
    asked = [Blackout(False), Mirror(True), SetGain(-3.0), SetEnergy(0.5), SetPhaseLock(False),
             ChooseStyle("rumba"), SetBpm(128.0), Nudge(20.0)]  # fmt: skip
    assert other.obeyed == asked
    assert sent == []
    assert after.read("fullscreen") is False, "that is a setting of the next show"


def test_a_pose_file_takes_back_what_is_the_pictures():
    sent = []
    controls = _controls(None, sent.append)
    controls.restore({"blackout": True, "gain": 1.0}, [])
    assert controls.is_black and not controls.is_frozen and not controls.is_mirrored
    assert sent == [SetGain(1.0)]
    assert controls.kept() == {"blackout": True, "mirror": False, "fullscreen": False}
