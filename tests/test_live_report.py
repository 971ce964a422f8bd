"""What the performer reads of a show, from parts made here."""

import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_clock import made_clock
from made_songs import Told

from live.core.delay import Delay
from live.core.messages import Beat, Frame, Pose
from live.core.settings import Settings
from live.core.stats import Stats
from live.show import report
from live.show.report import Reporter, in_words_of

SOURCE = SimpleNamespace(
    status="listening", sound=True, restarts=1, overflows=2, songs=None, microphone="Scarlett"
)
PAINTER = SimpleNamespace(name="alice", engine="cpu", precision="fp32")
PLACEMENT = SimpleNamespace(output=(512, 512))
CURRENT = SimpleNamespace(
    screen=SimpleNamespace(painter=PAINTER, placement=PLACEMENT, n=1),
    is_best=True,
    changes=[],
    wanted=SimpleNamespace(background="green"),
    crossfade=SimpleNamespace(seconds=0.0),
)
CONTROLS = SimpleNamespace(
    look=SimpleNamespace(is_black=False, is_frozen=True, is_mirrored=False),
    n_taps=2,
    quantum="off",
    waiting=(),
    is_recorded=lambda: True,
)


@pytest.fixture
def reporter():
    return Reporter(Settings(fps=20), SOURCE, Stats(), time.perf_counter() - 1.5)


def meters(reporter, beat=None, error="", warning=""):
    recorders = SimpleNamespace(trouble=error, warning=warning)
    return reporter.meters(10.25, beat, None, CURRENT, CONTROLS, recorders)


def final(reporter, **more):
    recorders = SimpleNamespace(n_dropped=4)
    more = {"delay": Delay(0.04), **more}
    return reporter.final(3.0, None, CURRENT, recorders, blocks_dropped=5, osc_errors=6, **more)


def test_what_was_set_last_is_reported(reporter):
    told = final(reporter)
    assert (told["delay_ms"], told["background"], told["delay_set_s"]) == (40.0, "green", None)
    assert final(reporter, delay_set_s=1.26)["delay_set_s"] == 1.3


def test_the_beat_is_carried_on_to_the_present(reporter):
    beat = Beat(10.0, 0.5, 0.0, 120.0, 0.25, 0.5, 0.9)
    read = meters(reporter, beat)
    assert read.beat is beat
    assert read.beat_phase == pytest.approx(0.75)
    assert read.bar_phase == pytest.approx(0.625)
    unknown = meters(reporter)
    assert (unknown.beat, unknown.beat_phase, unknown.bar_phase) == (None, None, None)
    assert (read.target, read.dance, read.frozen, read.taps) == ("alice", "pose file", True, 2)


def test_the_song_of_a_list_is_on_the_bar(reporter):
    songs = Told((0.0, "a.wav"), (4.0, "b.wav"), length=250.0)
    song = replace(songs.at(5.0), next="c.wav")
    assert in_words_of(song, 69.5) == "2 of 2: b.wav 1:05 of 4:10, then c.wav"
    assert in_words_of(replace(song, length=0.0, next=""), 4.0) == "2 of 2: b.wav 0:00"
    reporter._source = SimpleNamespace(**vars(SOURCE) | {"songs": songs, "status": "playing it"})
    read = meters(reporter)
    assert read.state == "playing it · 2 of 2: b.wav 0:06 of 4:10"
    assert read.song == songs.at(10.25) and songs.at(-1.0) is None


def test_what_the_machine_can_do_hides_nothing_else(reporter):
    reporter.warn("my knobs is listened to")
    reporter.paced("machine busy: aims at 20 pictures/s of 64 px")
    assert meters(reporter).warnings[0] == "my knobs is listened to"
    reporter.paced("aims at 30 pictures/s of 64 px")
    now = ("my knobs is listened to", "aims at 30 pictures/s of 64 px")
    assert meters(reporter).warnings == now, "of these the newest counts"


def test_warnings_go_from_the_bar_and_stay_in_the_report(reporter, monkeypatch):
    reporter.warn("one")
    assert meters(reporter, error="the disk is full").warnings == ("one", "the disk is full")
    monkeypatch.setattr(report, "WARNING_SHOWN_S", -1.0)
    assert meters(reporter).warnings == ()
    assert meters(reporter, warning="too slow").warnings == ("too slow",)
    for number in range(100):
        reporter.warn(str(number))
    assert len(reporter.warnings) == report.MAX_WARNINGS + 1


def test_a_part_that_fails_is_one_sentence_while_it_rests(reporter, monkeypatch):
    for pause in (0, 1, 4):
        reporter.broke("painter", "no memory", pause)
    reporter.broke("OSC output", "oh", 0)
    again = "The painter failed (no memory), it is started again in 4 s."
    other = "The OSC output failed (oh), it is started again at once."
    assert meters(reporter).warnings == (other, again)
    monkeypatch.setattr(report, "WARNING_SHOWN_S", -1.0)
    assert meters(reporter).warnings == (again,)
    assert len(reporter.warnings) == 4
    assert final(reporter)["part_restarts"] == {"painter": 3, "OSC output": 1}


def test_frames_are_counted_and_late_ones_told(reporter):
    pose = Pose(0.0, np.zeros((18, 2), np.float32), 0.0)
    frame = Frame(0.0, 100.0, np.zeros((2, 2, 3), np.uint8), pose, 99.9)
    for late in (0.0, 0.01, 0.04):
        reporter.published()
        reporter.shown(frame, 100.0 + late)
    said = final(reporter)
    assert said["frames"] == 3 and said["frames_late"] == 1
    assert said["first_frame_s"] == pytest.approx(1.5, abs=0.2)
    assert (said["fps"], said["duration_s"]) == (1.0, 3.0)
    assert (said["audio_restarts"], said["audio_overflows"]) == (1, 7)
    assert (said["record_drops"], said["osc_errors"]) == (4, 6)
    assert said["target"] == "alice" and said["dance"] == ""


def test_how_long_a_warning_is_read(reporter, monkeypatch):
    clock = made_clock(monkeypatch, report)
    reporter.warn("one")
    reporter.broke("painter", "oh", 30.0)
    for after, shown in ((0.0, 2), (19.9, 2), (20.1, 1), (29.9, 1), (30.1, 0)):
        clock.now = 1_000.0 + after
        assert len(meters(reporter).warnings) == shown, after
    for number in range(60):
        reporter.warn(str(number))
    assert len(reporter.warnings) == 51


def test_the_rate_is_that_of_the_last_second(monkeypatch):
    clock = made_clock(monkeypatch, report)
    made = Reporter(Settings(fps=20), SOURCE, Stats(), 990.0)
    for number in range(100):
        clock.now = 1_000.0 + 0.1 * number if number < 50 else 1_005.0 + (number - 49) / 30
        made.published()
    assert meters(made).fps == pytest.approx(30.0)
    assert final(made)["first_frame_s"] == 10.0


@pytest.mark.parametrize(("late", "is_late"), [(0.0249, False), (0.0251, True), (-0.5, False)])
def test_a_frame_is_late_from_half_its_slot_on(reporter, late, is_late):
    pose = Pose(0.0, np.zeros((18, 2), np.float32), 0.0)
    frame = Frame(0.0, 100.0, np.zeros((2, 2, 3), np.uint8), pose, 99.9)
    reporter.shown(frame, 100.0 + late)
    assert final(reporter)["frames_late"] == is_late
    assert final(reporter)["frame_error_ms"]["max"] == pytest.approx(1e3 * late, abs=1e-3)


@pytest.mark.parametrize("headless", [False, True])
def test_how_old_pictures_are_is_told_of_the_window_and_each_output(headless):
    made = Reporter(Settings(headless=headless), SOURCE, Stats(), 990.0)
    pose = Pose(0.0, np.zeros((18, 2), np.float32), 0.0)
    made.shown(Frame(0.0, 100.0, np.zeros((2, 2, 3), np.uint8), pose, 99.9), 100.003)
    page = {"until": "drawn", "p50": 12.0, "p95": 40.0}
    told = final(made, ages_ms={"web:8765": page})["age_ms"]
    window = {"until": "shown", "p50": 3.0, "p95": 3.0}
    assert told == ({} if headless else {"window": window}) | {"web:8765": page}
