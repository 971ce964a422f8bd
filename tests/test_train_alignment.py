"""Beat alignment on dances that are on the beat, beside it, anywhere, or not at all."""

import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from seeds import rng_of, seed_of

from train.dance_eval import baselines, beat_alignment, measures
from train.dance_eval.beat_alignment import align

SECONDS = 60.0


def grid(period: float = 0.5, first: float = 0.2) -> np.ndarray:
    return np.arange(first, SECONDS, period)


def stopping_at(times: np.ndarray) -> np.ndarray:
    """A figure at 10 Hz whose speed is lowest at `times`: it moves from one place to the next."""
    at = np.arange(0, SECONDS, 1 / measures.HZ)
    count = np.interp(at, times, np.arange(len(times)))
    place = np.floor(count) + (1 - np.cos(np.pi * (count % 1))) / 2
    poses = baselines.still(len(at)).astype(float)
    poses[..., 0] += 0.3 * np.abs(place % 2 - 1)[:, None]
    return poses


def test_a_figure_that_moves_on_the_grid_has_its_accents_there():
    found = beat_alignment.accents(beat_alignment.finer(stopping_at(grid(0.6))))
    apart = np.abs(found[:, None] - grid(0.6)[None]).min(1)
    assert len(found) == pytest.approx(len(grid(0.6)), abs=2)
    assert np.median(apart) < 0.02


def test_on_the_beat_is_far_above_chance():
    found = beat_alignment.accents(beat_alignment.finer(stopping_at(grid(0.6))))
    result = align(found, grid(0.6), SECONDS)
    assert result.score > 0.85
    assert result.score_of_beats > 0.85
    assert result.ratio > 2.5
    assert result.p < 0.06  # a grid is alike at every whole period: 1/1000 cannot be had
    assert abs(result.offset_s) < 0.02
    assert result.hit_share > 0.9


def test_real_beats_random_and_150_ms_late_is_lower():
    beats = grid()
    on = align(beats[::2] + 0.01, beats, SECONDS)
    late = align(beats[::2] + 0.15, beats, SECONDS)
    rng = rng_of(3)
    anywhere = [align(np.sort(rng.uniform(0, SECONDS, 80)), beats, SECONDS) for _ in range(60)]
    together = beat_alignment.pooled(anywhere)
    assert on.score > together["bas"] > late.score
    assert on.ratio > 2 > 0.5 > late.ratio
    assert late.offset_s == pytest.approx(0.15)
    assert late.p == pytest.approx(0.6, abs=0.06)  # shifts by 0.15 to 0.35 s of 0.5 are worse
    assert together["bas_ratio"] == pytest.approx(1, abs=0.12)
    assert together["bas_beats_ratio"] == pytest.approx(1, abs=0.12)


def test_the_two_definitions_are_means_over_accents_and_over_beats():
    """Half as many accents as beats, all on the beat: every accent hits, half of the beats do."""
    beats = grid(1.0)
    result = align(beats[::2], beats, SECONDS)
    assert result.score == pytest.approx(1)
    assert result.score_of_beats == pytest.approx(0.5, abs=0.02)
    assert result.hit_share == pytest.approx(0.5, abs=0.02)
    assert result.accents_a_beat == pytest.approx(0.5, abs=0.02)
    one_sigma = align(beats + beat_alignment.SIGMA_S, beats, SECONDS)
    assert one_sigma.score == pytest.approx(np.exp(-0.5))


def test_chance_is_what_a_plain_loop_over_shifted_beats_gives():
    rng = rng_of(5)
    accents = np.sort(rng.uniform(0, 20, 25))
    beats = np.sort(rng.uniform(0, 20, 31))
    result = align(accents, beats, 20.0, seed=seed_of(4))
    shifts = rng_of(4).uniform(0, 20.0, beat_alignment.N_SHIFTS)
    for index in (0, 7, 999):
        gaps = np.abs(accents[:, None] - ((beats + shifts[index]) % 20.0)[None])
        closeness = np.exp(-(gaps**2) / (2 * beat_alignment.SIGMA_S**2))
        assert result.chance[index] == pytest.approx(closeness.max(1).mean())
        assert result.chance_of_beats[index] == pytest.approx(closeness.max(0).mean())


def test_a_thousand_shifts_the_true_one_among_them():
    """The smallest p there is: nothing shifted is as good."""
    rng = rng_of(8)
    beats = np.cumsum(rng.uniform(0.4, 0.9, 80))
    result = align(beats, beats, float(beats[-1]) + 0.5)
    assert result.chance.shape == result.chance_of_beats.shape == (1000,)
    assert result.p == pytest.approx(1 / 1001)
    assert result.ratio_of_beats == pytest.approx(1 / result.chance_of_beats.mean())


def test_chance_over_an_uneven_grid_gives_a_small_p():
    rng = rng_of(6)
    beats = np.cumsum(rng.uniform(0.4, 0.9, 80))
    result = align(beats + rng.normal(0, 0.02, len(beats)), beats, float(beats[-1]) + 0.5)
    assert result.p < 0.005
    again = align(beats, beats, float(beats[-1]) + 0.5)
    assert again.chance == pytest.approx(
        align(beats, beats, float(beats[-1]) + 0.5).chance
    )  # same seed, same numbers


def test_a_statue_has_no_accents_and_a_rest_counts_once():
    assert len(beat_alignment.accents(beat_alignment.finer(baselines.still(300)))) == 0
    assert align(np.zeros(0), grid(), SECONDS) is None
    resting = stopping_at(np.array([0.0, 2.0, 4.0, 50.0]))
    resting[45:480] = resting[45]
    found = beat_alignment.accents(beat_alignment.finer(resting))
    assert ((found > 6) & (found < 46)).sum() <= 2


def test_each_of_two_rests_counts_once_at_its_middle():
    """Half a second of way, then a rest: of one second, then of two."""
    going = (1 - np.cos(np.pi * np.arange(30) / 30)) / 2
    place = np.concatenate(
        [going, np.ones(60), 1 + going, np.full(120, 2.0), 2 + going, 3 + going, [4.0]]
    )
    fine = baselines.still(len(place)).astype(float)
    fine[..., 0] += place[:, None]
    found = beat_alignment.accents(fine)
    # The last two ways meet at a standstill of one moment.
    assert found == pytest.approx([1.0, 3.0, 4.5], abs=1.5 / 60)


@pytest.mark.parametrize("bpm", [None, 120.0])
def test_tracked_beats_come_20_ms_earlier_than_they_are_told(monkeypatch, bpm):
    asked = {}

    def beat_track(**given):
        asked.update(given)
        return 120.0, np.array([0.01, 0.52, 1.02])

    told = SimpleNamespace(beat=SimpleNamespace(beat_track=beat_track))
    monkeypatch.setitem(sys.modules, "librosa", told)
    audio = np.zeros(32_000, np.float32)
    assert beat_alignment.tracked_beats(audio, bpm) == pytest.approx([0.5, 1.0]), "none below 0"
    assert asked["y"] is audio and (asked["sr"], asked["bpm"]) == (16_000, bpm)
    assert (asked["hop_length"], asked["units"]) == (160, "time")


def test_where_in_the_beat():
    beats = grid(0.5)
    found = beat_alignment.offsets(beats[5:20] + 0.1, beats)
    assert found == pytest.approx(np.full(15, 0.2))
    assert beat_alignment.offsets(beats[5:20] - 0.1, beats) == pytest.approx(np.full(15, -0.2))


def test_a_long_song_takes_no_time():
    rng = rng_of(0)
    accents, beats = np.sort(rng.uniform(0, 300, 600)), np.arange(0, 300, 0.5)
    before = time.perf_counter()
    align(accents, beats, 300.0)
    assert time.perf_counter() - before < 2.0


@pytest.mark.slow
def test_music_without_known_beats_is_tracked():
    pytest.importorskip("librosa", reason="the extra `eval` is not installed")
    from models import spec
    from models.band import songs

    played = songs.four_on_the_floor(120.0, 12.0, spec.SAMPLE_RATE)
    found = beat_alignment.tracked_beats(played.mono)
    apart = np.abs(found[:, None] - played.beat_times[None]).min(1)
    assert len(found) > 15
    assert np.median(apart) < 0.05
