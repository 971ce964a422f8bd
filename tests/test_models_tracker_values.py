"""The followed beat step by step: which readings are alike, how long a rival leads, what pulls."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from models.beat import tracker
from models.beat.bar_pointer import Reading
from models.beat.tracker import BeatTracker
from models.spec import BEAT_DELAY_S, BEAT_HZ


def following(period=0.5, beat_at=9.9, now=10.0, **state):
    """A tracker in the middle of music, its newest activation about a beat at `now`."""
    made = BeatTracker()
    made._n_frames = round((now + BEAT_DELAY_S) * BEAT_HZ)
    made._heard_at = made.now
    made._period, made._beat_at = period, beat_at
    for name, value in state.items():
        setattr(made, f"_{name}", value)
    assert made._spoken_of == pytest.approx(now)
    return made


@pytest.mark.parametrize(
    ("period", "phase", "is_ours"),
    [
        (1.0, 0.1, True), (0.25, 0.4, True), (1.0, 0.6, True), (1.0, 0.35, False),
        (0.25, 0.9, False), (0.5, 0.2, False), (1.05, 0.0952, True), (1.07, 0.0934, False),
        (0.237, 0.42, True), (1.0, 0.1 + 0.09, True), (1.0, 0.1 + 0.11, False),
        (2.0, 0.05, False),
    ],
)  # fmt: skip
def test_half_or_twice_as_many_beats_on_ours(period, phase, is_ours):
    """Ours were at 9.9 s, two a second; a fifth of the shorter beat is near enough."""
    assert following()._shares_beats(Reading(period, phase, 1.0)) == is_ours


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ((0.5, 0.2), (0.5, 0.2), True), ((0.5, 0.2), (0.529, 0.2), True),
        ((0.5, 0.2), (0.535, 0.2), False), ((0.5, 0.2), (0.5, 0.31), True),
        ((0.5, 0.2), (0.5, 0.33), False), ((0.5, 0.95), (0.5, 0.05), True),
        ((0.5, 0.05), (0.5, 0.92), False), ((0.5, 0.2), (0.473, 0.2), True),
    ],
)  # fmt: skip
def test_when_two_readings_are_the_same_way_to_count(one, other, is_same):
    assert tracker._agree(Reading(*one, 1.0), Reading(*other, 0.1)) == is_same


@pytest.mark.parametrize(
    ("state", "rival", "seconds"),
    [
        ({"hits": 0.8, "belief": 0.2}, (0.6, 0.5), 6.0),
        ({"hits": 0.8, "belief": 0.1}, (0.6, 0.5), 2.0),
        ({"hits": 0.6, "belief": 0.2}, (0.6, 0.5), 0.8),
        ({"hits": 0.6, "belief": 0.2}, (1.0, 0.1), 6.0),
        ({"hits": 0.6, "belief": 0.1}, (1.0, 0.1), 2.0),
        ({"hits": 0.6, "hand": 0.5}, (0.5, 0.7), 2.5),
        ({"hits": 0.8, "hand": 0.5}, (0.5, 0.7), math.inf),
    ],
)  # fmt: skip
def test_how_long_a_rival_must_lead(state, rival, seconds):
    assert following(**state)._patience(Reading(*rival, 1.0)) == seconds


def test_a_rival_is_the_same_while_its_beats_go_on():
    made = following()
    assert made._is_new_rival(Reading(0.6, 0.1, 0.5))
    made._rival = Reading(0.6, 0.1, 0.5)
    made._n_frames += 30  # half of its beat
    assert not made._is_new_rival(Reading(0.6, 0.6, 0.5))
    made._rival = Reading(0.6, 0.6, 0.5)
    made._n_frames += 30
    assert made._is_new_rival(Reading(0.6, 0.6, 0.5)), "its phase has not moved on"
    made._n_frames += 10 * 60 + 30  # beats later it is where it would be
    assert not made._is_new_rival(Reading(0.6, 0.1, 0.5))
    assert made._rival_at == pytest.approx(made._spoken_of)


@pytest.mark.parametrize(
    ("period", "phase", "new_period", "new_beat"),
    [
        (0.5, 0.2, 0.5, 9.9), (0.509, 0.2, 0.5, 9.9), (0.52, 0.2, 0.501, 9.9),
        (0.48, 0.2, 0.499, 9.9), (0.5, 0.24, 0.5, 9.9), (0.5, 0.3, 0.5, 9.9 - 0.15 * 0.1 * 0.5),
        (0.5, 0.1, 0.5, 9.9 + 0.15 * 0.1 * 0.5), (0.5, 0.9, 0.5, 9.9 + 0.15 * 0.3 * 0.5),
    ],
)  # fmt: skip
def test_what_the_beats_cannot_pull_the_pointer_does_slowly(period, phase, new_period, new_beat):
    made = following()
    made._slip(Reading(period, phase, 0.5), made._spoken_of)
    assert made._period == pytest.approx(new_period)
    assert made._beat_at == pytest.approx(new_beat)


@pytest.mark.parametrize(
    ("reading", "n_more", "is_shift"),
    [
        ((0.5, 0.2), 0, False), ((0.5, 0.45), 0, False), ((0.5, 0.6), 0, True),
        ((0.61, 10.0 / 0.61 - 9.9 / 0.61), 0, False), ((0.63, 0.1 / 0.63), 0, True),
        ((0.41, 0.1 / 0.41), 0, False), ((0.39, 0.1 / 0.39), 0, True), ((0.5, -0.8), 1, False),
    ],
)  # fmt: skip
def test_another_reading_is_taken_over(reading, n_more, is_shift):
    """The bar goes on counting where the beats stay where they were."""
    made = following(count=7, is_level_chosen=True, strength=0.1)
    resets = []
    made._bars = SimpleNamespace(reset=lambda: resets.append(1))
    made._rival = Reading(*reading, 0.4)
    made._adopt(made._rival)
    period, phase = reading
    assert made._beat_at == pytest.approx(10.0 - phase * period)
    assert (made._period, made._belief, made._rival) == (period, 0.4, None)
    assert (made._stir, made._hits, made._strength) == (1.0, 0.5, 0.175)
    assert made._count == 7 + n_more
    assert (len(resets), made._is_level_chosen) == ((1, False) if is_shift else (0, True))
    made._strength = 0.9
    made._adopt(Reading(*reading, 0.4))
    assert made._strength == 0.9


def test_a_held_tempo_gives_way_by_a_hundredth():
    made = following(hand=0.5)
    for period, kept in ((0.502, 0.502), (0.51, 0.505), (0.49, 0.495), (0.7, 0.505)):
        made._set_period(period)
        assert made._period == pytest.approx(kept)


def test_a_chosen_level_is_believed_with_its_neighbours():
    beliefs = {(0.5, 0.4): 0.1, (0.25, 0.8): 0.2, (1.0, 0.2): 0.3, (1.0, 0.7): 0.15}

    def near(period, phase):
        return Reading(period + 0.01, phase, beliefs[round(period, 3), round(phase, 3)])

    made = following(pointer=SimpleNamespace(near=near))
    assert made._believed(0.5, 0.4) == Reading(0.51, 0.4, 0.1), "by itself"
    made._is_level_chosen = True
    assert made._believed(0.5, 0.4) == (0.5, 0.4, pytest.approx(0.75))
    beliefs[0.5, 0.4] = 0.7
    assert made._believed(0.5, 0.4) == (0.51, 0.4, 1.0), "believed more than they"


@pytest.mark.parametrize(
    ("place", "beats_per_bar", "is_second"),
    [(0, 4, False), (1, 4, True), (2, 4, False), (3, 4, True)],
)
def test_of_two_beats_the_second_is_that_on_two_and_four(place, beats_per_bar, is_second):
    made = following(bars=SimpleNamespace(place=place, beats_per_bar=beats_per_bar))
    assert made._is_second_of_two() == is_second


@pytest.mark.parametrize(("place", "beats_per_bar"), [(None, 4), (1, 3)])
def test_without_a_bar_of_four_it_is_what_the_pointer_believes(place, beats_per_bar):
    asked, beliefs = [], []

    def near(period, phase):
        asked.append((period, round(phase, 6)))
        return Reading(period, phase, beliefs[len(asked) - 1])

    made = following(
        bars=SimpleNamespace(place=place, beats_per_bar=beats_per_bar),
        pointer=SimpleNamespace(near=near), beat_at=9.4,
    )  # fmt: skip
    for told, is_second in (((0.3, 0.5), True), ((0.5, 0.3), False), ((0.3, 0.3), False)):
        asked.clear()
        beliefs[:] = told
        assert made._is_second_of_two() == is_second
        assert asked == [(1.0, 0.6), (1.0, 0.1)]


def test_how_the_confidence_comes_about():
    def confidence(**state):
        return following(**{"belief": 0.8, "strength": 0.5} | state).grid.confidence

    assert confidence() == pytest.approx(0.8)
    assert confidence(strength=0.175) == pytest.approx(0.4)
    now = following().now
    for silent, share in ((5.0, 1.0), (7.0, 5 / 6), (9.0, 0.5), (12.0, 0.0), (14.0, 0.0)):
        assert confidence(heard_at=now - silent) == pytest.approx(0.8 * share)
    assert confidence(hand=0.5, strength=0.0) == 1.0
    grid = following(count=5, hand=0.5).grid
    assert (grid.beat_at, grid.period, grid.count) == (9.9, 0.5, 5)
    assert BeatTracker().grid is None


def heard_around(made, at, beat, downbeat=0.0, width=0):
    """An activation that says: a beat at `at` s."""
    row = tracker.KEEP - 1 - round((made._spoken_of - at) * BEAT_HZ)
    made._recent[row - width : row + width + 1] = beat, downbeat


@pytest.mark.parametrize("error", [-0.04, -0.02, 0.0, 0.02, 0.04])
@pytest.mark.parametrize(("stir", "phase", "period"), [(0.0, 0.2, 0.025), (1.0, 0.5, 0.17125)])
def test_a_beat_pulls_the_grid_towards_it(error, stir, phase, period):
    made = following(beat_at=9.5, stir=stir, strength=0.35, hits=0.5)
    made._bars = SimpleNamespace(beat=lambda down: downs.append(down), skip=lambda n: None)
    downs = []
    heard_around(made, 9.5 + error, 0.5, 0.3)
    made._hear_beat(9.5)
    assert made._beat_at == pytest.approx(9.5 + phase * error, abs=1e-6)
    assert made._period == pytest.approx(0.5 + period * error, abs=1e-6)
    assert made._error == pytest.approx(error, abs=1e-6)
    assert downs == [pytest.approx(0.3)]
    assert made._strength == pytest.approx(0.35 + (0.5 - 0.35) / 6)
    assert made._hits == pytest.approx(0.5 + 0.5 * (1.0 - 0.5))
    assert made._stir == pytest.approx(0.75 * stir)


def test_a_faint_beat_pulls_less_and_one_below_that_not_at_all():
    for beat, share in ((0.35, 1.0), (0.175, 0.5), (0.121, 0.121 / 0.35), (0.119, 0.0)):
        made = following(beat_at=9.5)
        heard_around(made, 9.54, beat)
        made._hear_beat(9.5)
        assert made._beat_at == pytest.approx(9.5 + 0.2 * 0.04 * share, abs=1e-6), beat


def test_two_errors_to_one_side_stir_the_grid_again():
    for first, second, stir in ((0.02, 0.02, 0.5), (0.02, -0.02, 0.0), (0.01, 0.02, 0.0),
                                (-0.02, -0.03, 0.5), (0.02, 0.01, 0.0)):  # fmt: skip
        made = following(beat_at=9.5, error=first)
        heard_around(made, 9.5 + second, 0.5)
        made._hear_beat(9.5)
        assert made._stir == stir, (first, second)
    made = following(beat_at=9.5, error=0.02, stir=1.0)
    heard_around(made, 9.52, 0.5)
    made._hear_beat(9.5)
    assert made._stir == 1.0, "no more than all"


def test_while_the_tempo_is_held_far_beats_pull_nothing():
    for error, is_pulled in ((0.03, True), (0.04, False), (-0.04, False)):
        made = following(beat_at=9.5, hand=0.5)
        heard_around(made, 9.5 + error, 0.5)
        made._hear_beat(9.5)
        assert (made._beat_at != 9.5) == is_pulled


def test_our_beats_are_measured_by_the_strongest_of_the_period_before():
    for other, hits in ((9.3, 0.5 + 0.5 * (0.2 / 0.8 - 0.5)), (9.0, 0.75), (9.7, 0.75)):
        made = following(beat_at=9.5, hits=0.5)
        heard_around(made, other, 0.8)
        heard_around(made, 9.5, 0.2)
        made._hear_beat(9.5)
        assert made._hits == pytest.approx(hits), other


def test_in_a_break_or_too_long_ago_a_beat_is_only_counted():
    for beat_at, silent in ((9.5, 1.2), (7.4, 0.0)):
        skipped = []
        made = following(beat_at=beat_at, strength=0.35)
        made._heard_at = made.now - silent
        made._bars = SimpleNamespace(skip=skipped.append)
        made._hear_beat(beat_at)
        assert skipped == [1] and made._strength == 0.35
    made = following(beat_at=9.5, strength=0.35)
    made._heard_at = made.now - 1.0
    made._hear_beat(9.5)
    assert made._strength < 0.35, "no break yet"


def test_the_grid_is_forgotten_after_twelve_seconds_without_a_beat():
    for silent, hand, is_kept in ((11.9, 0.0, True), (12.1, 0.0, False), (12.1, 0.5, True)):
        made = following(hand=hand)
        made._heard_at = made.now - silent
        made._follow()
        assert (made.grid is not None) == is_kept


@pytest.mark.parametrize(("beat_at", "n_heard"), [(9.45, 0), (9.43, 1), (8.93, 2)])
def test_a_beat_is_judged_when_all_around_it_was_heard(beat_at, n_heard):
    made = following(beat_at=beat_at)
    made._follow()
    assert made._count == n_heard
    assert made._beat_at == pytest.approx(beat_at + 0.5 * n_heard)


@pytest.mark.parametrize(
    ("mine", "best", "since", "is_taken"),
    [
        (0.1, 0.21, 6.1, True), (0.1, 0.19, 6.1, False), (0.34, 0.66, 6.1, False),
        (0.32, 0.66, 6.1, True), (0.1, 0.3, 5.8, False),
    ],
)  # fmt: skip
def test_a_rival_that_is_twice_as_likely_for_long_is_taken(mine, best, since, is_taken):
    made = following(belief=0.2, hits=0.9)
    other = Reading(0.7, 0.1, best)
    made._pointer = SimpleNamespace(
        near=lambda period, phase: Reading(period, phase, mine), likeliest=lambda: other
    )
    made._rival = Reading(0.7, 0.1, best)
    made._rival_at, made._rival_since = made._spoken_of, made._spoken_of - since
    made._choose()
    assert (made._period == 0.7) == is_taken


def test_a_rival_that_does_not_lead_is_forgotten_after_half_a_second():
    for away, is_kept in ((0.4, True), (0.6, False)):
        made = following(belief=0.5)
        made._pointer = SimpleNamespace(near=lambda period, phase: Reading(period, phase, 0.9))
        made._rival, made._rival_at = Reading(0.7, 0.1, 0.3), made._spoken_of - away
        made._choose()
        assert (made._rival is not None) == is_kept
        assert made._belief == pytest.approx(0.5 + 0.1 * 0.4)


@pytest.mark.parametrize(("belief", "is_followed"), [(0.29, False), (0.31, True)])
def test_a_first_reading_is_followed_when_it_is_believed(belief, is_followed):
    made = following(beat_at=None, period=0.0)
    made._pointer = SimpleNamespace(likeliest=lambda: Reading(0.6, 0.5, belief))
    made._choose()
    assert (made.grid is not None) == is_followed
    if is_followed:
        assert (made._period, made._beat_at) == (0.6, pytest.approx(9.7))


@pytest.mark.parametrize(
    ("belief", "hand", "is_pulled"),
    [(0.31, 0.0, True), (0.29, 0.0, False), (0.69, 0.5, False), (0.71, 0.5, True)],
)
def test_the_pointer_pulls_where_it_is_sure(belief, hand, is_pulled):
    made = following(hand=hand)
    reading = Reading(0.5, 0.4, belief)
    made._pointer = SimpleNamespace(near=lambda *_: reading, likeliest=lambda: reading)
    made._choose()
    assert (made._beat_at != 9.9) == is_pulled


def test_what_is_fed_in_a_break_only_lets_time_pass():
    fed = []
    made = following(now=1.0)
    made._pointer = SimpleNamespace(
        feed=lambda a: fed.append(len(a)), pause=lambda n: fed.append(-n), reset=lambda: None
    )
    made._choose = made._follow = lambda: None
    quiet, loud = np.zeros((10, 2), np.float32), np.full((10, 2), 0.13, np.float32)
    for _ in range(14):
        made.feed(quiet)
    made.feed(loud)
    made.feed(quiet + 0.119)
    assert fed == [10] * 12 + [-10] * 2 + [10] * 2


# by hand


class Pointer:
    """Notes what it is told."""

    def __init__(self, second=0.0):
        self.told, self.second = [], second

    def reset(self):
        self.told.append("reset")

    def allow(self, period, share, phase=None):
        self.told.append((period, share, phase))

    def near(self, period, phase):
        return Reading(period, phase, self.second if abs(phase - 0.6) < 0.01 else 0.5)


def test_a_grid_that_is_forgotten_is_forgotten_by_all():
    made, pointer = following(), Pointer()
    made._pointer, resets = pointer, []
    made._bars = SimpleNamespace(reset=lambda: resets.append(1))
    made._heard_at = made.now - 12.1
    made._follow()
    assert pointer.told == ["reset"] and resets == [1]


@pytest.mark.parametrize(
    ("period", "beat_at", "told"),
    [
        (0.4, 9.9, ["reset", (0.4, 0.02, pytest.approx(0.25))]), (0.0, 9.9, ["reset"]),
        (0.04, 9.9, ["reset", (0.04, 0.02, pytest.approx(0.5))]),
        (0.4, None, ["reset", (0.4, 0.02, None)]),
    ],
)  # fmt: skip
def test_a_tempo_by_hand_is_the_only_one_and_keeps_the_beat(period, beat_at, told):
    made = following(beat_at=beat_at, is_tapped=True, is_level_chosen=True)
    made._pointer = pointer = Pointer()
    made.hold(period)
    assert pointer.told == told
    assert (made.held_period, made._is_tapped, made._is_level_chosen) == (period, False, False)
    assert made._period == (period or 0.5)
    assert made._beat_at == pytest.approx(10.0 if beat_at is None else beat_at)


@pytest.mark.parametrize(("beats", "period", "new"), [(0.5, 0.5, 1.0), (2.0, 0.6, 0.3)])
@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize("is_second", [False, True])
def test_other_beats_of_the_same_music(beats, period, new, is_held, is_second):
    """Where every other one is left out, that on two and four is."""
    hand = period * is_held
    made = following(period=period, hand=hand, rival=Reading(0.6, 0.1, 0.5), hits=0.9)
    made._pointer, resets = Pointer(), []
    made._bars = SimpleNamespace(
        place=int(is_second), beats_per_bar=4, reset=lambda: resets.append(1)
    )
    assert made.change_level(beats)
    beat_at = 9.9 - 0.5 * (beats < 1 and is_second)
    assert (made._period, made._beat_at) == (new, pytest.approx(beat_at))
    assert (made._hand, made._rival, made._hits) == (new if hand else 0.0, None, 0.5)
    assert made._is_level_chosen and resets == [1]
    allowed = [(new, 0.02, pytest.approx((10.0 - beat_at) / new % 1))] if hand else []
    assert made._pointer.told == allowed


@pytest.mark.parametrize(
    ("period", "beats", "is_one"),
    [(0.5, 0.5, True), (0.56, 0.5, False), (0.56, 2.0, True), (0.55, 2.0, False), (1.0, 2.0, True)],
)
def test_what_is_no_tempo_is_not_counted(period, beats, is_one):
    """54 to 216 beats a minute."""
    made = following(period=period)
    assert made.change_level(beats) == is_one
    assert made._period == (period / beats if is_one else period)
    assert not BeatTracker().change_level(2.0)
