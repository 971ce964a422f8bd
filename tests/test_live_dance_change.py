"""Another dance in the middle of a show: loaded beside it, taken over in a glide, on its line."""

import threading
import time

import numpy as np
import pytest

from live.core.media_clock import MediaClock
from live.core.messages import AudioChunk, ChooseStyle
from live.core.settings import Settings
from live.dance.handover import GLIDE_S
from live.dance.performer import open_dancer, open_performer
from live.dance.tween import Tween
from live.show.current_dance import CurrentDance, PatientDance
from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS

CHANGE_AT = 60  # chunks


def _chunk(index):
    """120 BPM: a click every half second, and a quiet hum."""
    time_s = (index * CHUNK_SAMPLES + np.arange(CHUNK_SAMPLES)) / 16_000
    hum = 0.1 * np.sin(2 * np.pi * 110 * time_s)
    return AudioChunk(index, (hum + (time_s % 0.5 < 0.02) * 0.8).astype(np.float32), 0.0)


def _danced(first, change_to=None, chunks=120):
    """Joints at 30 a second, and the performer."""
    performer, tween, joints = open_performer(Settings(dance=first)), Tween(), []
    for index in range(chunks):
        if index == CHANGE_AT and change_to:
            performer.next_dancer = open_dancer(Settings(), change_to)
        tween.add(performer.hear(_chunk(index))[1])
        joints += [tween.at((index + 1) * CHUNK_SECONDS + n / 30).joints for n in range(3)]
    return np.array(joints), performer


def _fastest(joints):
    """Body units a frame, of each frame."""
    return np.linalg.norm(np.diff(joints, axis=0), axis=2).max(1)


@pytest.mark.parametrize(("first", "second"), [("free", "ballroom"), ("club", "free")])
def test_a_dance_glides_into_another_and_never_jumps(first, second):
    before, _ = _danced(first)
    after, _ = _danced(second)
    changed, performer = _danced(first, second)
    n = 3 * CHANGE_AT
    assert np.array_equal(changed[:n], before[:n])
    usual = max(_fastest(before).max(), _fastest(after).max())
    assert _fastest(changed).max() < 1.3 * usual
    assert performer.dancer.name == second and performer._handover is None
    assert not np.allclose(changed[-30:], before[-30:]), "it is another dance"


def test_what_was_set_by_hand_stays_and_a_style_that_the_other_has_not_is_let_go():
    performer = open_performer(Settings(dance="ballroom", style="rumba", energy=0.5))
    performer.dancer.is_phase_locked = False
    performer.next_dancer = open_dancer(Settings(), "club")
    performer.hear(_chunk(0))
    told = performer.controls()
    assert (told["dance"], told["energy"], told["phase_lock"]) == ("club", 0.5, False)
    assert told["style"] == "auto"
    performer.dancer.choose_style("3")
    performer.next_dancer = open_dancer(Settings(), "free")
    performer.hear(_chunk(1))
    assert performer.controls()["style"] == "3"


def test_both_dance_for_the_glide_alone():
    performer = open_performer(Settings(dance="free"))
    for index in range(5):
        performer.hear(_chunk(index))
    performer.next_dancer = open_dancer(Settings(), "free")
    steps = 0
    for index in range(5, 40):
        performer.hear(_chunk(index))
        steps += performer._handover is not None
    assert 0 < steps <= GLIDE_S / CHUNK_SECONDS + 1


def test_while_one_takes_over_the_hand_and_the_beat_move_both():
    performer = open_performer(Settings(dance="free"))
    performer.hear(_chunk(0))
    before = performer.dancer
    performer.next_dancer = open_dancer(Settings(), "free")
    performer.hear(_chunk(1))
    now = performer.dancer
    now.energy, now.swing, now.is_phase_locked = -0.5, 0.25, False
    performer.hear(_chunk(2))
    assert performer._handover is not None
    assert (before.energy, before.swing, before.is_phase_locked) == (-0.5, 0.25, False)


class Stage:
    def __init__(self):
        self.told = []
        self.performer = open_performer(Settings(dance="free"))
        self.dances = CurrentDance(Settings(dance="free"), self.performer, self.told.append)

    def rest(self):
        until = time.perf_counter() + 30
        while any(thread.name == "load dance" for thread in threading.enumerate()):
            assert time.perf_counter() < until
            time.sleep(0.01)

    @property
    def next_name(self):
        return self.performer.next_dancer and self.performer.next_dancer.name


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.dances.close()


def test_a_dance_is_loaded_and_handed_over(stage):
    stage.dances.change("ballroom")
    stage.rest()
    assert stage.next_name == "ballroom" and stage.dances.wanted == "ballroom"
    stage.dances.change("nothing")
    stage.rest()
    assert stage.next_name == "ballroom" and stage.dances.wanted == "ballroom"
    assert len(stage.told) == 1 and "nothing" in stage.told[0]


def test_a_style_may_be_that_of_the_dance_to_come(stage):
    performer, dances = stage.performer, stage.dances
    assert dances.styles_to_come == ()
    dances.change("ballroom", hold=True)
    stage.rest()
    assert "rumba" in dances.styles_to_come
    assert performer.obey(ChooseStyle("rumba"), MediaClock(0.0))
    performer.hear(_chunk(0))
    assert (performer.dancer.name, performer.dancer.style) == ("free", "auto")
    dances.release()
    assert "rumba" in dances.styles_to_come, "not yet: it comes with the next chunk"
    performer.hear(_chunk(1))
    assert (performer.dancer.name, performer.dancer.style) == ("ballroom", "rumba")
    assert dances.styles_to_come == ()
    dances.change("nothing")
    stage.rest()
    assert dances.styles_to_come == ()


def test_a_dance_that_is_held_waits_for_its_line(stage):
    stage.dances.change("ballroom", hold=True)
    stage.rest()
    assert stage.next_name is None
    stage.dances.release()
    assert stage.next_name == "ballroom"
    stage.dances.change("free", hold=True)
    stage.dances.release()
    stage.rest()
    assert stage.next_name == "free", "the line came before it was loaded"


def test_a_show_without_a_clock_waits_for_the_next_dance(stage):
    dances = PatientDance(Settings(dance="free"), stage.performer, stage.told.append)
    dances.change("ballroom")
    assert stage.next_name == "ballroom"
    dances.change("nothing")
    assert stage.next_name == "ballroom" and "nothing" in stage.told[0]
    dances.close()


def test_a_dance_that_cannot_be_loaded_leaves_those_who_choose_by_themselves(stage):
    stage.dances.cast(2)
    stage.dances.change("nothing")
    stage.rest()
    assert len(stage.told) == 1 and stage.dances.wanted == "free"
    assert len(stage.performer.ensemble.next_cast or ()) == 2 and stage.next_name is None
