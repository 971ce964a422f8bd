"""Phrases and accents number by number: lengths, limits on both sides, what is remembered."""

from dataclasses import replace

import numpy as np
import pytest
from seeds import rng_of

from live.core.messages import Beat
from live.dance.accents import Accents, moved
from live.dance.phrases import Phrases
from models import skeleton

N_PLANS = 6
MIRRORS = [1, 0, 3, 2, 4, 5]
HEARD = Beat(0.0, 0.5, 0.0, 150.0, 0.0, None, 0.9)  # a quarter of a beat a chunk
STANDING = np.float32(skeleton.STANDING)


def danced(phrases, chunks, beat=HEARD, plan=0, pose=STANDING, energy=0.0):
    """The wish of the last of these chunks."""
    return [phrases.feed(beat, plan, pose, energy) for _ in range(chunks)][-1]


@pytest.mark.parametrize("bpm", [40.0, 75.0, 150.0, 172.0, 240.0])
@pytest.mark.parametrize("beats_per_bar", [3, 4])
def test_a_phrase_is_two_bars_at_any_tempo(bpm, beats_per_bar):
    phrases, turns = Phrases(N_PLANS, [], 0), []
    beat = replace(HEARD, bpm=bpm, beats_per_bar=beats_per_bar)
    turn = phrases._turn
    phrases._turn = lambda beat: turns.append(phrases._beats) or turn(beat)
    step = bpm / 600
    danced(phrases, round(7 * beats_per_bar / step), beat)
    expected = [step + 2 * beats_per_bar * n for n in range(len(turns))]
    assert len(turns) >= 4
    assert np.abs(np.subtract(turns, expected)).max() <= step / 2 + 1e-9


@pytest.mark.parametrize(
    ("bar_phase", "left"),
    [(None, 8.0), (0.0, 8.0), (0.25, 7.0), (0.49, 6.04), (0.51, 9.96), (0.75, 9.0)],
)
def test_a_phrase_goes_on_to_the_bar_line_that_is_nearest(bar_phase, left):
    phrases = Phrases(N_PLANS, [], 0)
    danced(phrases, 1, replace(HEARD, bar_phase=bar_phase))
    assert phrases._left == pytest.approx(left - 0.25)
    danced(phrases, 1, replace(HEARD, bar_phase=0.3))
    assert phrases._left == pytest.approx(left - 0.5), "only where a phrase begins"


def test_the_taste_scatters_by_one_and_a_half_and_its_mirror_image_is_it():
    n = 20_000
    mirrors = rng_of(1).permutation(n).tolist()
    phrases = Phrases(n, mirrors, 3)
    danced(phrases, 1)
    taste = phrases._taste.copy()
    assert taste.dtype == np.float32 and taste.std() == pytest.approx(1.5, rel=0.03)
    assert abs(taste.mean()) < 0.05
    danced(phrases, 32)
    assert np.array_equal(phrases._taste, taste[mirrors])


@pytest.mark.parametrize(
    ("first", "second", "phrase"),
    [
        (0.0, 0.39, 2), (0.0, 0.41, 0), (0.2, -0.21, 0), (0.2, -0.19, 2), (-0.3, 0.05, 2),
        (0.9, 0.9, 2), (0.9, 0.51, 2), (0.9, 0.49, 0), (-0.8, -0.8, 2),
    ],
)  # fmt: skip
def test_a_part_is_new_where_the_energy_of_a_phrase_is_another(first, second, phrase):
    """Told at its end: the third phrase is a motif in place of a variation."""
    phrases = Phrases(N_PLANS, MIRRORS, 0)
    phrases._remember = lambda *_: None
    danced(phrases, 32, energy=first)
    assert phrases._phrase == 0
    danced(phrases, 32, energy=second)
    danced(phrases, 1)
    assert phrases._phrase == phrase
    assert phrases._energy_before == pytest.approx(second) and phrases._energy == [0.0]


@pytest.mark.parametrize(("apart", "phrase"), [(0.74, 0), (0.76, 1)])
def test_a_phrase_that_came_out_as_the_one_before_is_followed_by_another(apart, phrase):
    phrases = Phrases(N_PLANS, MIRRORS, 0)
    danced(phrases, 32)
    phrases._remember = lambda *_: None
    phrases._apart = np.array([0.1, apart])
    danced(phrases, 1)
    assert phrases._phrase == phrase


def test_three_phrases_are_a_cycle():
    phrases, seen = Phrases(N_PLANS, MIRRORS, 0), []
    for _ in range(7):
        phrases._apart[:] = 1.0
        danced(phrases, 1)
        seen.append(phrases._phrase)
        danced(phrases, 31)
    assert seen == [0, 1, 2, 0, 1, 2, 0]
    phrases.begin()
    phrases._apart[:] = 1.0
    danced(phrases, 1)
    assert phrases._phrase == 0


def remembering(plans, beats=0.25):
    """What was danced, a quarter of a beat apart; the first at beat 0."""
    phrases = Phrases(N_PLANS, MIRRORS, 0)
    for plan in plans:
        phrases._remember(plan, STANDING, HEARD)
        phrases._beats += beats
    return phrases


def test_what_was_danced_at_a_count_is_it_and_its_neighbours():
    phrases = remembering([0, 1, 2, 3, 4, 5, 0, 1])  # beat 2 is next
    assert phrases._danced(1.0).tolist() == [3, 4, 5]
    assert phrases._danced(0.25).tolist()[:2] == [0, 1]
    assert phrases._danced(2.0).tolist()[1:] == [0, 1]
    assert phrases._danced(2.9).tolist()[1:] == [0, 1], "within a beat of it"
    assert phrases._danced(3.1).tolist() == []
    with_none = remembering([0, N_PLANS, 2, 3])
    assert with_none._danced(0.75).tolist() == [0, 2], "what is no plan is left out"


def test_as_much_is_remembered_as_two_phrases_of_slow_music():
    phrases = remembering([n % 5 for n in range(300)])  # ends at beat 75
    assert phrases._danced(64.0).tolist()[1:] == [44 % 5, 45 % 5]
    assert phrases._danced(0.25).tolist()[:2] == [298 % 5, 299 % 5]
    assert phrases._danced(65.5).tolist() == [], "256 chunks"
    round_the_end = phrases._danced(75 - 255 / 4)
    assert round_the_end.tolist() == [254 % 5, 255 % 5, 256 % 5]


@pytest.mark.parametrize(("bars", "length"), [(1, 16), (2, 32)])
@pytest.mark.parametrize(("apart", "is_less"), [(0.74, True), (0.76, False)])
def test_what_came_round_counts_less_by_eight(bars, length, apart, is_less):
    """Also what is two such rounds before."""
    phrases = Phrases(N_PLANS, [], 0)
    for n in range(96):
        phrases.feed(HEARD, 1 if n // length % 2 else 2, STANDING, 0.0)
    phrases._remember = lambda *_: None
    phrases._apart = np.where(np.arange(2) == bars - 1, apart, 1.0)
    phrases._left = 4.0
    wish = phrases.feed(HEARD, 0, STANDING, 0.0)
    less = {int(k) for k in np.flatnonzero(wish < phrases._taste - 7.9)}
    assert less == ({1, 2} if is_less else set())
    assert wish[list(less)] == pytest.approx(phrases._taste[list(less)] - 8.0)
    others = [k for k in range(N_PLANS) if k not in less]
    assert np.array_equal(wish[others], phrases._taste[others])


def test_wishes_of_the_mirror_and_of_half_a_variation():
    phrases = remembering([0] * 32 + [2] * 32)  # beat 16 is next
    phrases._taste[:] = np.arange(N_PLANS)
    phrases._apart[:] = 1.0

    def wished(phrase, left):
        phrases._phrase, phrases._left = phrase, left
        wish = phrases._taste.copy()
        phrases._want_again(wish, 8)
        return (wish - phrases._taste).tolist()

    assert wished(0, 6.0) == [0] * 6
    assert wished(1, 6.0) == wished(1, 1.0) == [0, 4, 0, 4, 0, 0]
    assert wished(2, 4.1) == [4, 0, 0, 0, 0, 0]
    assert wished(2, 3.9) == [0] * 6
    phrases._mirrors = phrases._mirrors[:0]
    assert wished(1, 6.0) == [0] * 6


def test_bodies_are_compared_wherever_they_stand_but_not_at_any_height():
    phrases = Phrases(N_PLANS, [], 0)
    phrases._remember(0, STANDING + np.float32([0.7, 0.2]), HEARD)
    there = STANDING - np.float32([skeleton.pelvis(STANDING)[0], -0.2])
    np.testing.assert_allclose(phrases._poses[0], there, atol=1e-6)


def test_how_far_apart_bodies_usually_are_is_learned_slowly():
    phrases = Phrases(N_PLANS, [], 0)
    assert phrases._usual == 0.3
    phrases._rng = type("Always", (), {"integers": lambda self, n: 5})()
    phrases._remember(0, STANDING, HEARD)
    assert phrases._usual == 0.3, "nothing was danced in that row"
    phrases._poses[5] = STANDING
    phrases._remember(0, STANDING + np.float32([0.0, 0.5]), HEARD)
    moved_by = 0.5
    assert phrases._usual == pytest.approx(0.3 + 0.02 * (moved_by - 0.3), rel=1e-3)


@pytest.mark.parametrize(("bpm", "share"), [(150.0, (1 / 8, 1 / 16)), (60.0, (0.05, 0.025)),
                                            (2_400.0, (1.0, 1.0))])  # fmt: skip
def test_how_alike_it_is_to_bars_before_is_learned_within_them(bpm, share):
    phrases = Phrases(N_PLANS, [], 0)
    beat = replace(HEARD, bpm=bpm)
    phrases._beats = 100.0
    phrases._at[7], phrases._at[8] = 96.0, 92.0
    phrases._poses[7] = STANDING - skeleton.pelvis(STANDING) * np.float32([1, 0])
    phrases._poses[8] = phrases._poses[7] + np.float32([0.0, 0.3])
    phrases._rng = type("Always", (), {"integers": lambda self, n: 9})()
    phrases._remember(0, STANDING, beat)
    assert phrases._apart == pytest.approx([1 - share[0], 1.0], abs=1e-4)  # alike, and as usual
    phrases._usual = 0.15
    phrases._apart[:] = 1.0
    phrases._remember(0, STANDING, beat)
    assert phrases._apart[1] == pytest.approx(1 + share[1], abs=1e-4)


def test_the_energy_of_a_phrase_is_its_mean_and_an_unheard_beat_tells_nothing():
    phrases = Phrases(N_PLANS, [], 0)
    for energy in [0.2] * 16 + [0.6] * 16:
        phrases.feed(HEARD, 0, STANDING, energy)
    phrases.feed(None, 0, STANDING, 9.0)
    assert phrases._beats == pytest.approx(8.0)
    phrases.feed(HEARD, 0, STANDING, 0.0)
    assert phrases._energy_before == pytest.approx(0.4)


# accents


@pytest.mark.parametrize(
    ("bpm", "most"), [(60.0, 0.28274), (90.0, 0.42412), (120.0, 0.5), (174.0, 0.5)]
)
def test_the_body_is_never_45_ms_from_the_dance_and_gives_half_its_pace_away(bpm, most):
    accents = Accents()
    beat = replace(HEARD, bpm=bpm, time=7.0, beat_phase=0.25)
    depths = [accents.feed(beat).depth for _ in range(7)]
    assert depths == pytest.approx([min(most, 0.1 * n) for n in (1, 2, 3, 4, 5, 5, 5)], abs=1e-4)
    accent = accents.feed(beat)
    assert (accent.beat_at, accent.period) == (7.0 - 0.25 * 60 / bpm, 60 / bpm)
    late = accent.beat_at + accent.period / 4
    behind = late - moved(accent, late)
    assert behind == pytest.approx(min(0.045, 0.5 * accent.period / (2 * np.pi)), abs=1e-6)


@pytest.mark.parametrize(("confidence", "n_left"), [(0.19, 0), (0.21, 1)])
def test_a_beat_is_hit_from_this_confidence_on(confidence, n_left):
    from models.controls import MIN_CONFIDENCE

    beat = replace(HEARD, confidence=MIN_CONFIDENCE - 0.2 + confidence)
    assert (Accents().feed(beat) is not None) == bool(n_left)
    exactly = replace(HEARD, confidence=MIN_CONFIDENCE)
    assert Accents().feed(exactly) is not None
