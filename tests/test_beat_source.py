"""Whose beat counts: by ear and by hand as ever, another machine's grid where it is chosen."""

import numpy as np
import pytest

from live.controls.commands import command_for
from live.core.media_clock import MediaClock
from live.core.messages import AudioChunk, ChooseBeatSource, OuterGrid
from live.dance.beat_follower import BeatFollower

GRID = OuterGrid(10.0, 0.5, 1, 4, 10.0)


@pytest.fixture
def follower():
    return BeatFollower()


def hear(follower, time):
    index = round(time / 0.1) - 1
    return follower.feed(AudioChunk(index, np.zeros(1600, np.float32), 0.0))


def test_a_grid_counts_only_where_it_is_chosen(follower):
    follower.follow("link", GRID)
    assert follower.source == "ear" and hear(follower, 10.2).bpm == 0.0
    follower.choose_source("link")
    beat = hear(follower, 10.3)
    assert (beat.bpm, beat.beats_per_bar, beat.by_hand, beat.source) == (120.0, 4, False, "link")
    assert beat.beat_phase == pytest.approx(0.6) and beat.bar_phase == pytest.approx(1.6 / 4)
    follower.choose_source("midi")
    assert hear(follower, 10.4).bpm == 0.0
    follower.choose_source("ear")
    assert follower.source == "ear"


def test_a_grid_that_is_not_told_anew_or_is_gone_is_let_go(follower):
    follower.choose_source("midi")
    follower.follow("midi", GRID)
    assert hear(follower, 10.9).bpm == 120.0 and hear(follower, 11.2).bpm == 0.0
    follower.follow("midi", OuterGrid(11.0, 0.5, 0, 4, 11.0))
    assert hear(follower, 11.3).bpm == 120.0
    follower.follow("midi", None)
    assert hear(follower, 11.4).bpm == 0.0 and follower.source == "midi", "it may come back"


def test_a_nudge_moves_it_too(follower):
    follower.choose_source("link")
    follower.follow("link", GRID)
    follower.nudge(0.05)
    assert hear(follower, 10.1).beat_phase == pytest.approx(0.1)


def test_the_hand_takes_over_at_the_beats_of_now(follower):
    follower.choose_source("link")
    hear(follower, 10.1)
    follower.follow("link", GRID)
    hear(follower, 10.2)
    follower.choose_source("hand")
    assert follower.source == "hand" and follower.held_bpm == pytest.approx(120.0)
    beat = hear(follower, 10.3)
    assert beat.by_hand and beat.source == "" and beat.beat_phase == pytest.approx(0.6, abs=0.01)


def test_a_tempo_or_taps_are_the_hand_and_no_tempo_is_the_ear(follower):
    follower.choose_source("link")
    follower.hold(100.0)
    assert follower.source == "hand"
    follower.choose_source("link")
    assert follower.held_bpm == 0.0 and follower.source == "link"
    hear(follower, 1.0)
    follower.tap(1.0)
    assert follower.source == "link", "one tap is no tempo"
    follower.tap(1.5)
    assert follower.source == "hand"
    follower.choose_source("midi")
    follower.hold(0.0)
    assert follower.source == "ear"


def test_a_clock_without_a_start_lends_its_tempo(follower):
    follower.choose_source("midi")
    follower.follow("midi", OuterGrid(10.0, 0.6, None, 4, 10.0, is_placed=False))
    beat = [hear(follower, 10.1 + i / 10) for i in range(3)][-1]
    assert beat.bpm == pytest.approx(100.0, rel=0.011) and beat.source == "midi"
    assert not beat.by_hand and follower.held_bpm == 0.0 and follower.source == "midi"
    follower.follow("midi", None)
    hear(follower, 10.4)
    assert hear(follower, 10.5).source == ""


def test_the_choice_in_the_table():
    for value, name in (("midi", "midi"), (3, "link"), ("next", "hand"), ("previous", "link")):
        told = command_for("beat_source", value, {"beat_source": "ear"}.get, 1.0)
        assert told == [ChooseBeatSource(name)]
    for value in ("else", 4, True):
        assert command_for("beat_source", value, {"beat_source": "ear"}.get, 1.0) is None


def test_host_time_becomes_media_time():
    clock = MediaClock(100.0)
    told = OuterGrid(110.0, 0.5, 1, 4, 112.0).in_media_time(clock.media)
    assert told == OuterGrid(10.0, 0.5, 1, 4, 12.0)


def told(time, place=None, beats_per_bar=4, bpm=120.0):
    """As Link or a MIDI clock would tell it at a media time: the beat just before."""
    beats = int(time * bpm / 60)
    here = None if place is None else (beats + place) % beats_per_bar
    return OuterGrid(beats * 60 / bpm, 60 / bpm, here, beats_per_bar, time)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_another_machines_beats_are_counted_twice_or_half(follower, place):
    """Also as its grid is told anew, with another beat each time: the bars go on."""
    follower.choose_source("link")
    beats, changed = [], {20: 2.0, 60: 0.5, 100: 0.5}
    for tenth in range(1, 180):
        follower.follow("link", told(tenth / 10, place))
        if tenth in changed:
            assert follower.change_level(changed[tenth])
        beats.append(hear(follower, tenth / 10))
    wanted = {tenth: 120.0 for tenth in range(1, 180)}
    wanted |= {t: 240.0 for t in range(20, 60)} | {t: 60.0 for t in range(100, 180)}
    assert [beat.bpm for beat in beats] == pytest.approx(list(wanted.values()))
    assert {beat.beats_per_bar for beat in beats} == {4}
    # Bars go on evenly, and their lines are bar lines of the other machine.
    for first, last, length in ((20, 60, 1.0), (100, 180, 4.0)):
        lines = [(beat.time - beat.bar_phase * length) for beat in beats[first : last - 1]]
        apart = np.array(lines) - lines[0]
        assert apart / length == pytest.approx(np.round(apart / length), abs=1e-6)
        on_theirs = (np.array(lines) * 2 + place) / 4
        if length == 4.0:
            assert on_theirs == pytest.approx(np.round(on_theirs), abs=1e-6)


def test_half_the_beats_where_no_bar_is_known_stay_the_same_ones(follower):
    follower.choose_source("midi")
    follower.follow("midi", told(1.0))
    assert follower.change_level(0.5)
    phases = []
    for tenth in range(11, 60):
        follower.follow("midi", told(tenth / 10))
        phases.append(hear(follower, tenth / 10).beat_phase)
    assert phases == pytest.approx([tenth / 10 % 1 for tenth in range(11, 60)], abs=1e-6)


def test_what_is_no_tempo_is_refused_and_another_source_counts_as_it_is(follower):
    follower.choose_source("link")
    assert not follower.change_level(2.0), "none is told"
    follower.follow("link", told(1.0, 0))
    assert follower.change_level(2.0) and not follower.change_level(2.0)
    assert hear(follower, 1.1).bpm == 240.0
    follower.choose_source("ear")
    follower.choose_source("link")
    assert hear(follower, 1.2).bpm == 120.0
