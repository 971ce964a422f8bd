"""Segments that the paper's dance learns from: how their sound varies, their truth, their order."""

import dataclasses

import numpy as np
import pytest
from seeds import rng_of, seed_of

from models import spec
from train.dancer.paper_data import N_CHUNKS, PaperSegments, Streams
from train.songs.song import POSE_HZ, DataError
from train.synthetic.choreography import make_songs

LENGTH = N_CHUNKS * spec.CHUNK_SAMPLES
HORIZONS = (0.2, 0.5)


@pytest.fixture(scope="module")
def songs():
    return make_songs(2, 16.5, seed=seed_of(5))


def _sounds(songs, audio: np.ndarray, count: int) -> np.ndarray:
    """One segment drawn again and again, (count, LENGTH)."""
    song = dataclasses.replace(songs[0], audio=audio.astype(np.float32))
    segments = PaperSegments([song], HORIZONS, snapped=False)
    rng = rng_of(1)
    return np.stack([segments.sound(0, rng).ravel() for _ in range(count)])


def test_the_sound_varies_in_level_by_3_db_and_never_leaves_its_range(songs):
    """About its own level: it gets softer as often as louder."""
    times = np.arange(LENGTH + 999) / spec.SAMPLE_RATE
    tone = 0.01 * np.sin(2 * np.pi * 100 * times)  # so low that the tilt is known: 1 + tilt
    drawn = _sounds(songs, tone, 300)
    # The part that goes with the tone, whatever noise is on it.
    sine = tone[:LENGTH] / 0.01
    levels = 2 * drawn @ sine / LENGTH / 0.01
    assert np.median(20 * np.log10(levels)) == pytest.approx(0, abs=1.0)
    assert np.std(20 * np.log10(levels)) == pytest.approx(np.hypot(3, 2.1), rel=0.2)
    loud = _sounds(songs, 3 * sine, 3)
    assert np.abs(loud).max() == 1, "cut where a microphone cuts"


def test_the_sound_is_made_duller_or_sharper_by_at_most_two_fifths(songs):
    """High tones against low ones: between (1 - 0.4) / (1 + 0.4) and its inverse, both ways."""
    times = np.arange(LENGTH + 999) / spec.SAMPLE_RATE
    low, high = np.sin(2 * np.pi * 100 * times), np.sin(2 * np.pi * 7900 * times)
    drawn = _sounds(songs, 0.05 * (low + high), 200)
    ratio = np.log((drawn @ high[:LENGTH]) / (drawn @ low[:LENGTH]))
    most = np.log(1.4 / 0.6)
    assert np.abs(ratio).max() < 1.02 * most
    assert ratio.max() > 0.8 * most and ratio.min() < -0.8 * most


def test_a_third_has_noise_that_is_soft(songs):
    """Between 10 and 40 dB below a level of 0.1."""
    drawn = _sounds(songs, np.zeros(LENGTH + 999), 400)
    levels = drawn.std(1)
    has_noise = levels > 0
    assert has_noise.mean() == pytest.approx(0.3, abs=0.08)
    decibels = 20 * np.log10(levels[has_noise] / 0.1)
    assert -40.1 < decibels.min() < -35 and -15 < decibels.max() < -9.9


def test_the_sound_is_that_of_its_own_seconds(songs):
    segments = PaperSegments(songs, HORIZONS, snapped=False)
    for piece in segments.segments:
        heard = segments.sound(piece.number, rng_of(piece.number)).ravel()
        first = piece.first_chunk * spec.CHUNK_SAMPLES
        own = songs[piece.song].audio[first : first + LENGTH]
        later = songs[piece.song].audio[first + 800 : first + 800 + LENGTH]
        assert np.corrcoef(heard, own)[0, 1] > 0.6
        count = len(later)
        assert np.corrcoef(heard[:count], later)[0, 1] < np.corrcoef(heard, own)[0, 1]


def test_segments_lie_end_to_end_and_their_whole_truth_is_in_the_song(songs):
    """Also at the farthest horizon; what is left over at the end is no segment."""
    segments = PaperSegments(songs, HORIZONS, snapped=False)
    assert [p.number for p in segments.segments] == list(range(6))
    assert [p.first_chunk for p in segments.segments] == [0, 50, 100] * 2
    assert [p.song for p in segments.segments] == [0, 0, 0, 1, 1, 1]

    def lasting(seconds: float, heard: float):
        song = songs[0]
        poses = slice(0, round(seconds * POSE_HZ) + 1)
        return dataclasses.replace(
            song, audio=song.audio[: round(heard * spec.SAMPLE_RATE)], beats=song.beats[poses],
            poses=song.poses[poses], real=song.real[poses],
        )  # fmt: skip

    def count(song) -> int:
        return len(PaperSegments([song], HORIZONS, snapped=False).segments)

    assert count(lasting(10.6, 15.0)) == 2
    assert count(lasting(10.3, 15.0)) == 1, "the truth half a second later is not known"
    assert count(lasting(15.0, 9.9)) == 1, "there is no sound"
    with pytest.raises(DataError, match="5 s"):
        count(lasting(5.3, 15.0))


def test_the_truth_is_known_as_surely_as_its_pose(songs):
    rng = rng_of(3)
    sure = {song.name: rng.random((len(song.poses), spec.N_JOINTS)) for song in songs}
    segments = PaperSegments(songs, HORIZONS, snapped=False, confidences=sure)
    for number in (0, 4):
        piece = segments.segments[number]
        song = songs[piece.song]
        poses, known = segments.truth(number)
        assert poses.shape == (50, 2, 18, 2) and known.shape == (50, 2, 18)
        assert poses.dtype == known.dtype == np.float32
        for chunk in (0, 20, 49):
            for at, horizon in enumerate(HORIZONS):
                end = (piece.first_chunk + chunk + 1) * spec.CHUNK_SECONDS
                row = round((end + horizon) * POSE_HZ)
                np.testing.assert_allclose(poses[chunk, at], song.real[row], atol=1e-4)
                np.testing.assert_allclose(known[chunk, at], sure[song.name][row], atol=1e-6)
    short = {name: rows[:300] for name, rows in sure.items()}
    segments = PaperSegments(songs, HORIZONS, snapped=False, confidences=short)
    assert np.allclose(segments.truth(2)[1][-1], short[songs[0].name][-1]), "the last one goes on"


def test_the_truth_is_snapped_to_the_beat_where_that_is_wished(songs):
    apart = [dataclasses.replace(song, real=song.poses + np.float32(1.0)) for song in songs]
    plain, snapped = (PaperSegments(apart, HORIZONS, snapped=s).truth(1)[0] for s in (False, True))
    np.testing.assert_allclose(plain, snapped + 1, atol=1e-5)


def test_a_batch_has_the_streams_first_and_draws_the_rest_from_all(songs):
    segments = PaperSegments(songs, HORIZONS, snapped=False)
    rng = rng_of(4)
    streams = Streams(np.array([5, 2]), np.zeros(2, bool))
    batch = segments.batch(rng, 60, streams)
    assert batch.numbers[:2] == [5, 2] and len(batch.numbers) == 60
    assert set(batch.numbers[2:]) == set(range(6))
    assert batch.audio.shape == (60, 50, 1600) and batch.audio.dtype == np.float32
    assert len(segments.batch(rng, 3).numbers) == 3
    for number, poses in zip(batch.numbers, batch.poses, strict=True):
        np.testing.assert_array_equal(poses, segments.truth(number)[0])


def test_rows_begin_anywhere_and_go_on_with_the_start_of_another_song(songs):
    segments = PaperSegments(songs, HORIZONS, snapped=False)
    rng = rng_of(5)
    started = segments.start_streams(rng, 200)
    assert started.is_start.all() and set(started.at.tolist()) == set(range(6))
    gone = segments.go_on(Streams(np.array([0, 1, 2, 3, 5] * 20), np.ones(100, bool)), rng)
    rows = gone.at.reshape(20, 5)
    assert (rows[:, [0, 1, 3]] == [1, 2, 4]).all()
    assert set(rows[:, [2, 4]].ravel().tolist()) == {0, 3}, "either song's beginning"
    assert (gone.is_start.reshape(20, 5) == [False, False, True, False, True]).all()
