"""Beat events: each beat once, on the newest grid, whatever the ear corrects meanwhile."""

import math

import numpy as np
import pytest
from seeds import rng_of

from live.core.messages import Beat
from live.dance.beat_events import BeatEvents, phases_at

LOOK_S = 0.02


def heard(time, bpm, first=0.0, beats_per_bar=4, bar_known=True):
    """What an ear says at `time` of a grid with a downbeat at `first`."""
    beats = (time - first) * bpm / 60
    bar = (beats / beats_per_bar) % 1.0 if bar_known else None
    return Beat(time, 0.5, 0.0, bpm, beats % 1.0, bar, 0.9, beats_per_bar)


def unknown(time):
    return Beat(time, 0.5, 0.0, 0.0, None, None, 0.0)


def run(ear, seconds, look=LOOK_S, start=0.0):
    """(moment of sending, event): one Beat every 0.1 s, events sent when they are due."""
    clock, sent = BeatEvents(), []
    for n in range(math.ceil(start / look), round(seconds / look)):
        now = n * look
        beat = ear(math.floor(now / 0.1 + 1e-9) * 0.1)
        while (event := clock.expect(beat, now)) is not None and event.time < now + look:
            clock.sent(event)
            sent.append((max(now, event.time), event))
    return sent


def times(sent):
    return np.array([event.time for _, event in sent])


@pytest.mark.parametrize("bpm", [60, 97, 125, 174, 240])
@pytest.mark.parametrize("look", [0.003, 0.02, 0.05])
def test_steady_music_gives_every_beat_once_and_in_time(bpm, look):
    sent = run(lambda time: heard(time, bpm, 0.21), 20, look, start=0.3)
    beats = 0.21 + np.arange(200) * 60 / bpm
    expected = beats[(beats >= 0.3) & (beats < 20)]
    assert times(sent) == pytest.approx(expected)
    assert [moment for moment, _ in sent] == pytest.approx(expected)
    assert [event.count for _, event in sent] == list(range(1, len(sent) + 1))
    assert {event.bpm for _, event in sent} == {bpm}


@pytest.mark.parametrize("beats_per_bar", [3, 4])
def test_the_downbeats_are_numbered(beats_per_bar):
    sent = run(lambda time: heard(time, 120, 0.25, beats_per_bar), 12)
    bars = [event.bar for _, event in sent]
    downbeats = [n for n, bar in enumerate(bars) if bar]
    assert downbeats == list(range(0, len(sent), beats_per_bar))
    assert [bars[n] for n in downbeats] == list(range(1, len(downbeats) + 1))
    assert {event.beats_per_bar for _, event in sent} == {beats_per_bar}


def test_without_a_bar_there_is_no_downbeat_and_its_count_starts_again():
    sent = run(lambda time: heard(time, 120, 0.25, bar_known=not 4 <= time < 8), 12)
    by_time = [(event.time, event.bar) for _, event in sent]
    assert not any(bar for time, bar in by_time if 4.1 < time < 8)
    assert [bar for time, bar in by_time if time < 4 and bar] == [1, 2]
    assert [bar for time, bar in by_time if time > 8 and bar] == [1, 2]
    assert [event.count for _, event in sent] == list(range(1, len(sent) + 1))


@pytest.mark.parametrize("shift", [-0.2, -0.1, -0.03, 0.03, 0.1, 0.2])
@pytest.mark.parametrize("at", np.arange(5.0, 5.5, 0.05))
def test_a_corrected_phase_neither_doubles_nor_drops_a_beat(shift, at):
    """The whole grid moves by less than half a beat at any place between two beats."""
    sent = run(lambda time: heard(time, 120, 0.25 + (shift if time >= at - 1e-9 else 0)), 9)
    before = run(lambda time: heard(time, 120, 0.25), 9)
    # Moved far into the past a beat may be too late to be sent at all.
    assert len(before) - len(sent) in ((0, 1) if shift < -0.125 else (0,))
    gaps = np.diff(times(sent))
    assert gaps.min() > 0.5 - abs(shift) - 1e-6
    assert max(moment - event.time for moment, event in sent) < 0.125 + LOOK_S
    late = [event.time for moment, event in sent if moment > event.time + 1e-6]
    assert len(late) <= 1
    assert times(sent)[-1] == pytest.approx(times(before)[-1] + shift)


def test_a_phase_that_trembles_gives_every_beat_once():
    rng = rng_of(0)
    tremble = dict(enumerate(rng.normal(0, 0.02, 1000)))
    sent = run(lambda time: heard(time, 120, 0.25 + tremble[round(time * 10)]), 60)
    assert len(sent) == 120
    assert np.diff(times(sent)).min() > 0.3


def test_a_tempo_that_changes_is_followed():
    def ear(time):
        return heard(time, 120, 0.25) if time < 5 else heard(time, 90, 5.25)

    sent = run(ear, 10)
    expected = np.concatenate([0.25 + np.arange(10) * 0.5, 5.25 + np.arange(8) * 2 / 3])
    assert times(sent) == pytest.approx(expected[expected < 10])


def test_a_tempo_that_creeps_up_gives_every_beat_once():
    """100 to 140 BPM in 60 s: beats at the integers of the accumulated phase."""
    begin, slope = 100 / 60, 40 / 60 / 60

    def ear(time):
        beats = begin * time + slope * time**2 / 2
        return Beat(time, 0.5, 0.0, 60 * (begin + slope * time), beats % 1, None, 0.9)

    sent = run(ear, 60)
    n = np.arange(1, 120)
    true = (-begin + np.sqrt(begin**2 + 2 * slope * n)) / slope
    assert times(sent)[-len(n) :] == pytest.approx(true, abs=0.005)


@pytest.mark.parametrize(
    ("bpms", "first"), [((120, 60), 5.25), ((120, 60), 5.75), ((60, 120), 5.25)]
)
def test_halved_and_doubled_tempo_keep_the_grid(bpms, first):
    """Halved on either of the beats, doubled between them: no gap above the longer beat."""

    def ear(time):
        return heard(time, bpms[0], 0.25) if time < 5.1 else heard(time, bpms[1], first)

    gaps = np.diff(times(run(ear, 12)))
    assert set(np.round(gaps, 6)) == {0.5, 1.0}
    assert np.all(np.diff(gaps) * (bpms[0] - bpms[1]) >= -1e-6)  # it changes once and not back


def test_a_lost_beat_is_not_sent_and_the_count_starts_again():
    sent = run(lambda time: unknown(time) if 4 <= time < 6.1 else heard(time, 120, 0.25), 10)
    assert not any(4.0 < event.time < 6.1 for _, event in sent)
    again = [event for _, event in sent if event.time > 6]
    assert [event.count for event in again] == list(range(1, len(again) + 1))
    assert [event.bar for event in again if event.bar] == [1, 2]


def test_a_beat_that_is_lost_for_a_moment_is_not_sent_twice():
    """Lost just after it was sent, found again with its grid a little later."""

    def ear(time):
        if 5.25 <= time < 5.35:
            return unknown(time)
        return heard(time, 120, 0.25 if time < 5.3 else 0.36)

    assert np.diff(times(run(ear, 8))).min() > 0.45


def test_an_ear_that_says_nothing_more_is_not_believed_for_long():
    sent = run(lambda time: heard(min(time, 3.0), 120, 0.25), 20)
    assert 4.5 < times(sent)[-1] < 5.1


def test_after_a_pause_of_the_computer_beats_are_not_made_up_for():
    clock = BeatEvents()
    first = clock.expect(heard(1.0, 120), 1.0)
    assert first is not None
    clock.sent(first)
    late = clock.expect(heard(9.9, 120), 9.95)
    assert late is not None
    assert late.time == pytest.approx(10.0)
    assert late.count == 2


def test_phases_are_carried_on():
    beat = heard(2.0, 120, 1.9)
    assert phases_at(beat, 2.15) == pytest.approx((0.5, 0.125))
    assert phases_at(beat, 1.65) == pytest.approx((0.5, 0.875))
    assert phases_at(heard(2.0, 120, 1.9, bar_known=False), 2.15)[1] is None
    assert phases_at(unknown(2.0), 2.5) == phases_at(None, 2.5) == (None, None)


@pytest.mark.parametrize(("late", "is_sent"), [(0.019, True), (0.021, False)])
def test_the_first_beat_is_sent_at_most_a_fiftieth_of_a_second_late(late, is_sent):
    event = BeatEvents().expect(heard(3.2, 120, first=3.0), 3.0 + late)
    assert event.time == pytest.approx(3.0 if is_sent else 3.5)
    assert (event.count, event.bar, event.bpm) == (1, 1 if is_sent else 0, 120)


@pytest.mark.parametrize(("late", "is_sent"), [(0.124, True), (0.126, False)])
def test_a_beat_that_a_correction_moved_is_sent_a_quarter_of_a_beat_late(late, is_sent):
    clock = BeatEvents()
    clock.sent(clock.expect(heard(2.9, 120, first=3.0), 2.95))
    event = clock.expect(heard(3.2, 120, first=3.0), 3.5 + late)
    assert event.time == pytest.approx(3.5 if is_sent else 4.0)
    assert event.count == 2


@pytest.mark.parametrize(("age", "is_believed"), [(1.99, True), (2.01, False)])
def test_a_grid_that_nobody_confirms_is_believed_for_two_seconds(age, is_believed):
    event = BeatEvents().expect(heard(3.0, 120), 3.0 + age)
    assert (event is not None) == is_believed


def test_phases_go_on_from_the_beats_own_time():
    beat = Beat(10.0, 0.5, 0.0, 120.0, 0.25, 0.5, 0.9, 3)
    assert phases_at(beat, 10.5) == pytest.approx((0.25, 0.5 + 1 / 3))
    assert phases_at(beat, 9.75) == pytest.approx((0.75, 0.5 - 0.5 / 3))
    assert phases_at(beat, 11.0) == pytest.approx((0.25, 0.5 + 2 / 3 - 1))
    assert phases_at(unknown(1.0), 2.0) == (None, None) == phases_at(None, 2.0)


@pytest.mark.parametrize(("back", "begins_anew"), [(0.45, False), (1.2, True)])
def test_media_time_that_goes_back_by_more_than_two_beats_begins_anew(back, begins_anew):
    """At 120 BPM; less is a correction, and the beat that was sent is not sent again."""
    clock = BeatEvents()
    clock.sent(clock.expect(heard(9.9, 120), 9.95))  # the beat at 10
    now = 10.0 - back
    event = clock.expect(heard(now, 120), now)
    assert event.time == pytest.approx(9.0 if begins_anew else 10.5)
