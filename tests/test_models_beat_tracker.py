"""The tracker on made activations: tempo, phase, breaks, changes, octaves, bars, the hand."""

from dataclasses import replace

import numpy as np
import pytest
from seeds import rng_of

from models.beat.bar_counter import BarCounter
from models.beat.bar_pointer import BarPointer
from models.beat.grid import Grid
from models.beat.tracker import BeatTracker
from models.spec import BEAT_DELAY_S, BEAT_HZ
from train.songs.beat_as_heard import DetectedBeats


def activations(beats, seconds, down_every=4, strength=0.8):
    """(n, 2) as the network gives them for beats at these times: a peak BEAT_DELAY_S later."""
    rows = np.full((round(seconds * BEAT_HZ), 2), 0.02, np.float32)
    for number, beat in enumerate(beats):
        at = round((beat + BEAT_DELAY_S) * BEAT_HZ) - 1
        for offset, share in ((-1, 0.5), (0, 1.0), (1, 0.5)):
            if 0 <= at + offset < len(rows):
                rows[at + offset, 0] = strength * share
                if number % down_every == 0:
                    rows[at + offset, 1] = strength * share
    return rows


def followed(rows, tracker=None):
    """The grid after each chunk of 10 rows."""
    tracker = tracker or BeatTracker()
    grids = []
    for start in range(0, len(rows) - 9, 10):
        tracker.feed(rows[start : start + 10])
        grids.append(tracker.grid)
    return grids


def errors(grids, beats, start_s=0.0):
    """Distance of the next beat that each grid foretells to the true beat nearest to it, s."""
    found = []
    for index, grid in enumerate(grids):
        now = (index + 1) / 10
        if now < start_s or now > beats[-1] - 1:
            continue
        next_beat = grid.beat_at + np.ceil((now - grid.beat_at) / grid.period) * grid.period
        found.append(next_beat - beats[np.abs(beats - next_beat).argmin()])
    return np.array(found)


@pytest.mark.parametrize("bpm", [62, 75.3, 90, 121.7, 150, 174, 205])
def test_foretells_the_beats_of_a_steady_tempo(bpm):
    beats = np.arange(0.37, 30, 60 / bpm)
    grids = followed(activations(beats, 30))
    assert grids[39] is not None, "a beat is known within 4 s"
    late = errors(grids, beats, 8)
    assert np.abs(late).max() < 0.02
    assert abs(np.median(late)) < 0.008
    assert 60 / grids[-1].period == pytest.approx(bpm, rel=0.005)
    assert grids[-1].confidence > 0.8


def test_nothing_is_known_where_nothing_beats():
    rows = rng_of(1).uniform(0, 0.08, (1000, 2)).astype(np.float32)
    assert all(grid is None for grid in followed(rows))


@pytest.mark.parametrize("break_s", [4, 8])
def test_holds_through_a_break(break_s):
    beats = np.arange(0.2, 40, 0.5)
    heard = beats[(beats < 12) | (beats > 12 + break_s)]
    grids = followed(activations(heard, 40, strength=0.8))
    late = errors(grids, beats, 8)
    assert np.abs(late).max() < 0.05
    assert grids[-1].confidence > 0.8


def test_forgets_in_a_long_silence():
    grids = followed(activations(np.arange(0.2, 12, 0.5), 40))
    assert grids[180] is not None
    assert grids[-1] is None
    confidences = [grid.confidence for grid in grids[130:] if grid]
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize(("before", "after"), [(120, 126), (120, 140), (128, 96), (90, 150)])
def test_follows_a_change_of_tempo_within_four_seconds(before, after):
    first = np.arange(0.2, 15, 60 / before)
    second = np.arange(first[-1] + 60 / after, 35, 60 / after)
    beats = np.concatenate([first, second])
    grids = followed(activations(beats, 35))
    late = errors(grids, beats, first[-1] + 4)
    assert np.abs(late).max() < 0.035
    assert 60 / grids[-1].period == pytest.approx(after, rel=0.01)


def test_does_not_jump_octaves_when_every_other_beat_gets_weak():
    beats = np.arange(0.2, 60, 0.5)
    rows = activations(beats, 60)
    weak = activations(beats[1::2], 60)[:, 0] > 0.1
    rows[weak & (np.arange(len(rows)) > 1500), 0] *= 0.35
    tempos = [60 / grid.period for grid in followed(rows) if grid]
    assert np.allclose(tempos[20:], 120, rtol=0.03)


def test_a_slow_drift_is_followed():
    periods = np.linspace(0.5, 0.45, 80)
    beats = 0.3 + np.cumsum(periods)
    late = errors(followed(activations(beats, beats[-1])), beats, 6)
    assert np.abs(late).max() < 0.035


@pytest.mark.parametrize("per_bar", [3, 4])
def test_counts_bars_of_three_and_of_four(per_bar):
    beats = np.arange(0.2, 30, 0.5)
    grids = followed(activations(beats, 30, per_bar))
    assert grids[-1].beats_per_bar == per_bar
    for grid in grids[150:]:
        number = round((grid.beat_at - 0.2) / 0.5)
        assert grid.place == number % per_bar
        assert grid.bar_phase(grid.beat_at) == pytest.approx((number % per_bar) / per_bar)


def test_the_bar_is_not_told_where_every_beat_is_alike():
    rows = activations(np.arange(0.2, 40, 0.5), 40)
    rows[:, 1] = 0.25 * rows[:, 0]
    assert all(grid.place is None for grid in followed(rows) if grid)


def test_a_bar_counter_forgets_a_wrong_bar():
    bars = BarCounter()
    for number in range(24):
        bars.beat(0.8 if number % 4 == 0 else 0.05)
    assert bars.place == 3
    for number in range(24):
        bars.beat(0.8 if number % 4 == 2 else 0.05)
    assert bars.place == 1


def test_a_tempo_by_hand_leaves_only_the_phase_to_the_ear():
    beats = np.arange(0.2, 30, 60 / 128)
    tracker = BeatTracker()
    tracker.hold(60 / 64)
    rows = activations(beats, 30)
    grids = followed(rows, tracker)
    assert all(60 / grid.period == pytest.approx(64, rel=0.011) for grid in grids)
    assert all(grid.by_hand and grid.confidence == 1 for grid in grids)
    assert np.abs(errors(grids, beats, 8)).max() < 0.025
    tracker.hold(0)
    grids = followed(rows, tracker)
    assert 60 / grids[-1].period == pytest.approx(128, rel=0.01)
    assert not grids[-1].by_hand


def test_a_held_tempo_is_not_pulled_by_music_in_another():
    tracker = BeatTracker()
    tracker.hold(60 / 150)
    grids = followed(activations(np.arange(0.2, 40, 0.5), 40), tracker)
    beats = DetectedBeats(grids).given_beats()
    assert np.mean(np.diff(beats[beats > 5])) == pytest.approx(0.4, rel=0.015)


def test_taps_set_tempo_and_phase_without_any_music():
    tracker = BeatTracker()
    silent = np.zeros((10, 2), np.float32)
    taps = [2.0, 2.6, 3.2, 3.8]
    for chunk in range(100):
        tracker.feed(silent)
        for tap in taps:
            if chunk == round(tap * 10):
                tracker.tap(tap)
    grid = tracker.grid
    assert grid is not None and grid.by_hand
    assert grid.period == pytest.approx(0.6, rel=0.01)
    phase = grid.phase(2.0 + 12 * 0.6)
    assert min(phase, 1 - phase) < 0.03


def test_taps_choose_the_other_half_of_an_off_beat():
    """The performer taps between the beats that the ear had chosen: the hand wins and stays."""
    beats = np.arange(0.2, 40, 0.5)
    rows = activations(beats, 40)
    tracker = BeatTracker()
    followed(rows[:1500], tracker)
    for tap in (15.45, 15.95, 16.45, 16.95):
        tracker.tap(tap)
    grids = followed(rows[1500:], tracker)
    off = [grid.phase(0.45) for grid in grids]
    assert all(min(phase, 1 - phase) < 0.25 for phase in off)


def test_one_tap_alone_changes_nothing():
    tracker = BeatTracker()
    grids = followed(activations(np.arange(0.2, 10, 0.5), 10), tracker)
    tracker.tap(10.05)
    assert tracker.grid == grids[-1]


@pytest.mark.parametrize(
    ("beats", "heard", "asked"), [(0.5, 174, 87), (2, 80, 160), (0.5, 120, 60)]
)
def test_a_level_by_hand_stays_and_still_follows(beats, heard, asked):
    """The beats are counted the other way from now on, also where the tempo drifts."""
    steps = 60 / heard * (1 - np.linspace(0, 0.05, 400))
    times = 0.3 + np.concatenate([[0], np.cumsum(steps)])
    tracker = BeatTracker()
    rows = activations(times[times < 40], 40)
    before = followed(rows[:1200], tracker)
    assert 60 / before[-1].period == pytest.approx(heard, rel=0.02)
    assert tracker.change_level(beats)
    after = followed(rows[1200:], tracker)
    assert all(60 / grid.period == pytest.approx(asked, rel=0.07) for grid in after)
    assert not after[-1].by_hand and min(grid.confidence for grid in after[20:]) > 0.5
    true = np.interp(np.arange(2 * len(times)) / 2, np.arange(len(times)), times)
    late = [grid.beat_at - true[np.abs(true - grid.beat_at).argmin()] for grid in after]
    assert np.abs(late).max() < 0.03
    drift = float(np.diff(times[times < 39])[-1]) / beats
    assert after[-1].period == pytest.approx(drift, rel=0.02)


def test_half_the_beats_are_those_on_one_and_three():
    for skipped in (0, 1):
        times = np.arange(0.3, 30, 60 / 170)[skipped:]
        rows = activations(times, 30, down_every=4)
        tracker = BeatTracker()
        followed(rows[:2000], tracker)
        assert tracker.change_level(0.5)
        grid = followed(rows[2000:], tracker)[-1]
        number = (grid.beat_at - times[0]) / (60 / 170)
        assert round(number) % 2 == 0 and abs(number - round(number)) < 0.08


def test_a_level_by_hand_ends_with_its_music_and_has_bounds():
    tracker = BeatTracker()
    assert not tracker.change_level(2), "no beat is known"
    rows = activations(np.arange(0.3, 20, 0.5), 20)
    followed(rows, tracker)
    assert tracker.change_level(0.5)
    assert not tracker.change_level(0.5), "30 is no tempo"
    other = followed(activations(np.arange(0.21, 30, 60 / 97), 30), tracker)
    assert 60 / other[-1].period == pytest.approx(97, rel=0.02)
    tracker.reset()
    again = followed(rows, tracker)
    assert again[-1].period == pytest.approx(0.5, rel=0.02)


def test_a_held_tempo_is_doubled_and_halved():
    tracker = BeatTracker()
    tracker.hold(0.6)
    rows = activations(np.arange(0.3, 20, 0.6), 20)
    followed(rows, tracker)
    assert not tracker.change_level(0.5), "50 is no tempo"
    assert tracker.change_level(2) and tracker.held_period == 0.3
    grid = followed(rows, tracker)[-1]
    assert grid.by_hand and grid.period == pytest.approx(0.3, rel=0.02)
    assert tracker.change_level(0.5) and tracker.held_period == 0.6


def test_reset_forgets_the_music_and_keeps_the_hand():
    rows = activations(np.arange(0.2, 10, 0.5), 10)
    tracker = BeatTracker()
    first = followed(rows, tracker)
    tracker.reset()
    assert tracker.grid is None
    assert followed(rows, tracker) == first
    tracker.hold(0.5)
    tracker.reset()
    assert tracker.held_period == 0.5


def _night():
    """76 s: in four, a break, faster, in three with loud off-beats, then nothing."""
    rows = np.full((7600, 2), 0.02, np.float32)
    for begin, end, period, per_bar, strength in (
        (0.2, 15.0, 0.5, 4, 0.8), (18.1, 32.0, 60 / 140, 4, 0.7), (32.3, 50.0, 0.6, 3, 0.45),
    ):  # fmt: skip
        numbers = np.arange(int((end - begin) / period))
        beats = begin + period * numbers + 0.012 * np.sin(2.1 * numbers)
        on = activations(beats, 76, per_bar, strength)
        on[:, 0] *= 1 - 0.3 * np.sin(np.arange(7600) / 170) ** 2
        off = activations(beats + period / 2, 76, per_bar, 0.25 * strength)
        off[:, 1] = 0
        rows = np.maximum(rows, np.maximum(on, off))
    return rows


# Every other second of that night; 0 where no beat is known.
BPM = [
    120.4, 119.4, 119.9, 120.0, 119.9, 120.0, 120.0, 120.0, 120.0, 120.0, 139.6, 139.7, 140.0,
    139.9, 140.1, 140.0, 140.0, 132.7, 199.8, 199.6, 199.7, 199.9, 200.0, 200.2, 200.0, 200.0,
    200.0, 200.0, 200.0, 200.0, 0.0, 0.0, 96.0, 96.0, 96.0, 100.0, 100.0, 100.0,
]  # fmt: skip
PHASE = [
    0.627, 0.589, 0.596, 0.597, 0.594, 0.601, 0.601, 0.596, 0.595, 0.593, 0.102, 0.757, 0.430,
    0.095, 0.770, 0.432, 0.089, 0.226, 0.014, 0.658, 0.317, 0.987, 0.660, 0.337, 0.997, 0.662,
    0.327, 0.992, 0.657, 0.322, 0.000, 0.000, 0.488, 0.688, 0.888, 0.217, 0.550, 0.883,
]  # fmt: skip
CONFIDENCE = [
    0.364, 0.909, 0.977, 0.984, 0.985, 0.987, 0.986, 0.937, 0.937, 0.171, 0.867, 0.957, 0.967,
    0.982, 0.979, 0.984, 0.544, 0.214, 0.218, 0.256, 0.361, 0.412, 0.367, 0.491, 0.406, 0.333,
    0.333, 0.288, 0.177, 0.067, 0.000, 0.000, 1.000, 1.000, 1.000, 1.000, 1.000, 1.000,
]  # fmt: skip
PLACES = "-3333333332122300----201120012--------"


def test_a_night_is_followed_as_it_was_measured():
    """docs/measured.md tells how well beats are followed: by these numbers of the tracker."""
    tracker, rows, seen = BeatTracker(), _night(), []
    for start in range(0, len(rows), 10):
        now = (start + 10) / BEAT_HZ
        tracker.feed(rows[start : start + 10])
        if start == 6500:
            tracker.hold(0.625)
        if start in (7000, 7060, 7120):
            tracker.tap(now - 0.03)
        if start % 200 == 190:
            seen.append((tracker.grid, now))
    grids = [grid for grid, _ in seen]
    assert [60 / grid.period if grid else 0 for grid in grids] == pytest.approx(BPM, abs=0.15)
    phases = np.array([grid.phase(now) if grid else 0 for grid, now in seen]) - PHASE
    assert np.abs(phases - np.round(phases)).max() < 0.004
    assert [grid.confidence if grid else 0 for grid in grids] == pytest.approx(CONFIDENCE, abs=0.01)
    told = ["-" if grid is None or grid.place is None else str(grid.place) for grid in grids]
    assert "".join(told) == PLACES


def test_places_on_a_grid():
    grid = Grid(10.0, 0.5, 7, 0.8, 1, 3, False)
    for time, phase, bar in ((10.0, 0.0, 1 / 3), (10.125, 0.25, 1.25 / 3), (9.875, 0.75, 0.75 / 3),
                             (11.0, 0.0, 0.0), (9.0, 0.0, 2 / 3)):  # fmt: skip
        assert grid.phase(time) == pytest.approx(phase)
        assert grid.bar_phase(time) == pytest.approx(bar)
    assert replace(grid, place=None).bar_phase(10.0) is None


def test_every_tempo_and_place_is_possible_before_any_music():
    """As likely as people tap it: the mean of where a beat may be is nothing in particular."""
    pointer = BarPointer()
    assert pointer._belief.sum() == pytest.approx(1.0, abs=1e-4)
    slow, usual, fast = (pointer.near(60 / bpm, 0.5).belief for bpm in (60, 115, 210))
    assert usual > slow and usual > fast
    assert pointer.near(60 / 30, 0.5).belief == 0.0, "slower than any"
    pointer.allow(0.5, 0.02)
    assert pointer.near(0.5, 0.0).belief == pytest.approx(0.2, abs=0.03), "a fifth of all phases"
    assert pointer.near(0.6, 0.0).belief == 0.0
    pointer.allow(0.5, 0.02, phase=0.3)
    found = pointer.likeliest()
    assert (found.period, found.phase) == (
        pytest.approx(0.5, abs=0.01),
        pytest.approx(0.3, abs=0.03),
    )
    pointer.allow(9.0, 0.02)
    assert pointer._allowed is None, "no such period: all are allowed again"


def _counted(bars, per_bar, n_beats, sure=0.8):
    for number in range(n_beats):
        bars.beat(sure if number % per_bar == 0 else 0.05)
    return bars.beats_per_bar


def test_three_and_four_are_told_apart_and_back():
    bars = BarCounter()
    assert (bars.place, bars.beats_per_bar) == (None, 4)
    assert _counted(bars, 3, 24) == 3 and bars.place == 2
    assert _counted(bars, 4, 32) == 4 and bars.place == 3
    bars.skip(2)
    assert bars.place == 1
    bars.skip(100)
    assert bars.place == (1 + 12) % 4, "of a long pause a dozen are counted"
    bars.reset()
    assert bars.place is None


def test_how_soon_a_bar_is_believed():
    """One sure downbeat is compared with the others: at first there are none."""
    bars, places = BarCounter(), []
    for number in range(10):
        bars.beat(0.9 if number % 4 == 0 else 0.02)
        places.append(bars.place)
    assert places == [None, None, None, 3, 0, 1, 2, 3, 0, 1]
    assert bars._belief.sum() == pytest.approx(1.0)
    bars.reset()
    bars.beat(0.5)
    share = np.array([0.25 / 3] * 3 + [0.75 / 4] * 4)
    assert bars._belief == pytest.approx(share, abs=1e-6), "as sure as the mean so far"
    bars.beat(0.1)
    # Against the mean of 0.3: ((0.1 + 0.03) / (0.3 + 0.03)) to the power of 1.6.
    odds = (0.13 / 0.33) ** 1.6
    says = np.where(np.arange(7) % 7 == 0, 1, 0) + np.where(np.arange(7) == 3, 1, 0)
    expected = share * np.where(says, odds / (odds + 1), 1 / (odds + 1))
    assert bars._belief == pytest.approx(expected / expected.sum(), abs=1e-4)
