"""How a body repeats itself and answers its music, on dances that do so by a known measure."""

import numpy as np
import pytest
from seeds import rng_of

from models import skeleton, spec
from train.dance_eval import body, repeats, response

HEIGHT = body.HEIGHT_UNITS
BEATS = 0.25 + 0.5 * np.arange(161)  # 120 BPM
A_BEAT = round(0.5 * body.HZ)
PHRASE = 8 * A_BEAT


def standing(n: int) -> np.ndarray:
    return np.tile(skeleton.STANDING.astype(float), (n, 1, 1)) / HEIGHT


def phrase(rng: np.random.Generator, n: int = PHRASE) -> np.ndarray:
    """Any dance of so many rows that ends as it began."""
    waves = rng.normal(0, 0.03, (3, 18, 2))
    angle = 2 * np.pi * np.arange(n)[:, None, None] / n
    return standing(n) + sum(
        wave * np.sin((k + 1) * angle) + rng.normal(0, 0.03, (18, 2)) * np.cos((k + 1) * angle)
        for k, wave in enumerate(waves)
    )


def with_upbeat(*phrases: np.ndarray) -> np.ndarray:
    """The first phrase begins on the first of BEATS."""
    first = round(BEATS[0] * body.HZ)
    rows = np.concatenate(phrases)
    return np.concatenate([rows[-first:], rows, rows[:PHRASE]])


def moving(pace: np.ndarray) -> np.ndarray:
    """A body all of whose joints have these speeds, H/s, to and fro."""
    way = np.cumsum(pace) / body.HZ
    return standing(len(pace)) + (np.abs((way + 1) % 4 - 2) - 1)[:, None, None] * [1.0, 0.0]


def test_a_loop_is_alike_at_its_own_length_and_its_multiples():
    rng = rng_of(0)
    two, four = phrase(rng), phrase(rng, 2 * PHRASE)
    found = repeats.repeat_measures(with_upbeat(*[two] * 9), BEATS, 4)
    assert [found[f"repeat_{bars}"] for bars in (2, 4, 8)] == pytest.approx([0, 0, 0], abs=0.01)
    assert found["mirror_2"] > 0.3
    found = repeats.repeat_measures(with_upbeat(*[four] * 5), BEATS, 4)
    assert found["repeat_2"] > 0.3
    assert [found["repeat_4"], found["repeat_8"]] == pytest.approx([0, 0], abs=0.01)


def test_what_is_danced_to_the_other_side_is_alike_in_the_mirror():
    right = phrase(rng_of(1))
    left = skeleton.mirror(right)
    found = repeats.repeat_measures(with_upbeat(*[right, left] * 4), BEATS, 4)
    assert found["mirror_2"] == pytest.approx(0, abs=0.01)
    assert found["repeat_2"] > 0.3
    assert found["repeat_4"] == pytest.approx(0, abs=0.01)
    assert found["phrase_run"] == 1


def test_where_the_dancer_stands_does_not_matter():
    two = phrase(rng_of(2))
    looped = with_upbeat(*[two] * 6)
    walking = looped + np.linspace(0, 3, len(looped))[:, None, None] * [1.0, 0.0]
    assert repeats.repeat_measures(walking, BEATS, 4) == pytest.approx(
        repeats.repeat_measures(looped, BEATS, 4), abs=1e-6
    )


def test_a_dance_that_never_repeats_is_as_alike_as_chance():
    rng = rng_of(3)
    found = repeats.repeat_measures(with_upbeat(*[phrase(rng) for _ in range(16)]), BEATS, 4)
    for bars in repeats.LAGS_BARS:
        assert found[f"repeat_{bars}"] == pytest.approx(1, abs=0.15)
        assert found[f"mirror_{bars}"] == pytest.approx(1, abs=0.15)
    assert found["phrase_run"] == 1


@pytest.mark.parametrize("times", [1, 2, 5])
@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_phrase_is_counted_as_often_as_it_is_danced_in_a_row(times, before):
    rng = rng_of(4)
    same = phrase(rng)
    dance = with_upbeat(
        *[phrase(rng) for _ in range(before)], *[same] * times, *[phrase(rng) for _ in range(6)]
    )
    assert repeats.repeat_measures(dance, BEATS, 4)["phrase_run"] == times


def test_three_beats_make_a_bar_and_a_tempo_may_change():
    rng = rng_of(5)
    waltz = [phrase(rng, 6 * A_BEAT)] * 12
    found = repeats.repeat_measures(with_upbeat(*waltz), BEATS, 3)
    assert found["repeat_2"] == pytest.approx(0, abs=0.01)
    assert found["phrase_run"] >= 11
    two = phrase(rng, 8 * 40)
    beats = np.cumsum(np.concatenate([[0.0], np.linspace(0.4, 0.7, 64)]))
    counts = np.interp(np.arange(int(beats[-1] * body.HZ)) / body.HZ, beats, np.arange(65))
    slowing = two[np.round(counts % 8 * 40).astype(int) % len(two)]
    found = repeats.repeat_measures(slowing, beats, 4)
    assert found["repeat_2"] < 0.1


def test_what_is_too_short_is_not_told_and_a_still_body_is_alike_throughout():
    assert repeats.repeat_measures(standing(900), np.zeros(0), 4) == {}
    short = repeats.repeat_measures(with_upbeat(*[phrase(rng_of(6))] * 3), BEATS, 4)
    assert "repeat_2" in short and "repeat_8" not in short
    once = repeats.repeat_measures(standing(2 * PHRASE), BEATS, 4)
    assert "phrase_run" not in once and "repeat_2" not in once, (
        "fewer than 16 counts from a beat on"
    )
    still = repeats.repeat_measures(standing(1800), BEATS, 4)
    assert still.pop("phrase_run") >= 14
    assert list(still.values()) == pytest.approx([0.0] * 6, abs=1e-5)


def tone(level: np.ndarray) -> np.ndarray:
    """A sine whose amplitude is given for every 0.1 s."""
    n = len(level) * spec.CHUNK_SAMPLES
    wave = np.sin(2 * np.pi * 440 * np.arange(n) / spec.SAMPLE_RATE)
    return (np.repeat(level, spec.CHUNK_SAMPLES) * wave).astype(np.float32)


def test_loudness_is_the_level_of_the_last_two_seconds():
    level = np.full(100, 0.1)
    level[60:] = 0.2
    loud = response.loudness(tone(level))
    assert loud[:60] == pytest.approx([20 * np.log10(0.1) - 3.01] * 60, abs=0.01)
    assert loud[79:] == pytest.approx([20 * np.log10(0.2) - 3.01] * 21, abs=0.01)
    assert (np.diff(loud[59:80]) > 0).all()
    assert response.loudness(tone(level[:70])) == pytest.approx(loud[:70]), "nothing that comes"
    assert len(response.loudness(tone(level)[:-9])) == 99, "what is no whole 0.1 s is left out"
    level[20:50] = 0
    assert response.loudness(tone(level)).min() == pytest.approx(loud.max() - response.RANGE_DB)


@pytest.mark.parametrize("a_second", [1, 2, 4])
def test_density_is_the_onsets_a_second(a_second):
    samples = np.zeros(20 * spec.SAMPLE_RATE, np.float32)
    click = rng_of(7).normal(0, 0.3, 400) * np.linspace(1, 0, 400)
    for begin in np.arange(0.53, 19.5, 1 / a_second):
        at = round(begin * spec.SAMPLE_RATE)
        samples[at : at + 400] += click
    dense = response.density(samples)
    assert len(dense) == len(response.loudness(samples)) == 200
    assert dense[40:190].mean() == pytest.approx(a_second, rel=0.05)
    earlier = response.density(samples[: 10 * spec.SAMPLE_RATE])
    np.testing.assert_array_equal(earlier, dense[:100])


LIVELY = rng_of(8).uniform(0.2, 0.8, 900) * np.repeat(rng_of(9).uniform(0.5, 1.5, 45), 20)
"""How much happens in the music in every 0.1 s, for 90 s."""


def last_two_seconds(values: np.ndarray) -> np.ndarray:
    return np.array([values[max(0, i - 19) : i + 1].mean() for i in range(len(values))])


def following(start_s: float, late_s: float = 0.0) -> np.ndarray:
    """A body as quick as the music of the same moment is lively, for 40 s."""
    times = start_s - late_s + np.arange(1200) / body.HZ
    return moving(LIVELY[np.floor(times * 10 + 1e-6).astype(int)])


@pytest.mark.parametrize("start_s", [0.0, 20.2])
def test_a_body_that_moves_with_the_music_answers_it(start_s):
    music = last_two_seconds(LIVELY) * 12 - 40
    dense = last_two_seconds(LIVELY) * 5
    dance = following(start_s)
    assert response.energy_response(dance, start_s, music, dense) > 0.97
    assert response.energy_response(dance, start_s, -music, -dense) < -0.97
    assert response.energy_response(dance, start_s, music, np.full(900, 3.0)) > 0.97
    assert abs(response.energy_response(dance, start_s, music, -dense * 7)) < 0.01, "as much each"


def test_a_late_answer_is_less_of_one():
    music = last_two_seconds(LIVELY)
    at_once, late = (
        response.energy_response(following(20.2, late_s), 20.2, music, music) for late_s in (0, 1)
    )
    assert at_once > 0.97 > late > 0


def test_still_bodies_and_steady_music_have_no_answer():
    music = last_two_seconds(LIVELY)
    assert response.energy_response(standing(900), 20.2, music, music) == 0
    steady = np.full(900, -20.0)
    assert response.energy_response(following(20.2), 20.2, steady, steady) == 0
    assert response.energy_response(standing(30), 20.2, music, music) == 0, "less than a window"


@pytest.mark.parametrize("times", [0.5, 1.0, 2.0])
def test_a_drop_is_answered_by_so_many_times_the_speed(times):
    pace = np.full(900, 0.3)
    at = round(10 * body.HZ)
    pace[at : at + A_BEAT] *= times
    found = response.drop_answer(moving(pace), np.array([10.0]), 0.5, 4)
    assert found == pytest.approx(times, rel=0.05)
    both = response.drop_answer(moving(pace), np.array([10.0, 20.0]), 0.5, 4)
    assert both == pytest.approx((times + 1) / 2, rel=0.05)


def test_drops_outside_of_the_dance_are_not_told():
    assert np.isnan(response.drop_answer(standing(900), np.array([1.0, 29.9]), 0.5, 4))
    assert np.isnan(response.drop_answer(standing(900), np.zeros(0), 0.5, 4))
    assert response.drop_answer(standing(900), np.array([15.0]), 0.5, 4) == pytest.approx(1)
