"""The follower with the shipped ear on the band's music: beats, breaks, bars, gaps, the hand."""

import itertools

import numpy as np
import pytest
from seeds import seed_of

from live.core.messages import AudioChunk
from live.dance.beat_follower import KEPT_S, BeatFollower
from models.band import songs
from models.spec import CHUNK_SAMPLES, SAMPLE_RATE, TARGET_RMS_DBFS


def _chunks(samples):
    levelled = samples * 10 ** (TARGET_RMS_DBFS / 20) / np.sqrt(np.mean(samples**2))
    whole = levelled[: len(levelled) // CHUNK_SAMPLES * CHUNK_SAMPLES].astype(np.float32)
    return [AudioChunk(i, piece, 0.0) for i, piece in enumerate(whole.reshape(-1, CHUNK_SAMPLES))]


def _hear(follower, samples):
    return [follower.feed(chunk) for chunk in _chunks(samples)]


def _next_beats(beats, start_s):
    """The beat that each answer foretells next, s."""
    return np.array(
        [b.time + (1 - b.beat_phase) * 60 / b.bpm for b in beats if b.time > start_s and b.bpm]
    )


def _errors(beats, truth, start_s):
    foretold = _next_beats(beats, start_s)
    foretold = foretold[foretold < truth[-1] + 0.1]
    return foretold - truth[np.abs(foretold[:, None] - truth[None]).argmin(1)]


@pytest.fixture(scope="module")
def loop():
    return songs.four_on_the_floor(120, 20.0, SAMPLE_RATE)


@pytest.mark.parametrize("bpm", [90, 120, 150])
def test_foretells_the_beats_of_a_steady_loop(bpm):
    played = songs.four_on_the_floor(bpm, 16.0, SAMPLE_RATE)
    beats = _hear(BeatFollower(), played.mono)
    errors = _errors(beats, played.beat_times, 6)
    assert len(errors) > 80
    assert abs(np.median(errors)) < 0.012
    assert np.abs(errors).max() < 0.03
    assert beats[-1].bpm == pytest.approx(bpm, rel=0.01)
    assert beats[-1].confidence > 0.7


def test_holds_through_a_break(loop):
    music = loop.mono.copy()
    music[8 * SAMPLE_RATE : 13 * SAMPLE_RATE] *= 0.001
    beats = _hear(BeatFollower(), music)
    assert np.abs(_errors(beats, loop.beat_times, 6)).max() < 0.04


def test_silence_has_no_beat_and_no_onset():
    beats = [
        BeatFollower().feed(AudioChunk(i, np.zeros(CHUNK_SAMPLES, np.float32), 0.0))
        for i in range(50)
    ]
    assert all(beat.beat_phase is None and beat.onset == 0 and beat.bpm == 0 for beat in beats)


@pytest.mark.parametrize(("style", "per_bar"), [("waltz", 3), ("house", 4)])
def test_hears_three_and_four(style, per_bar):
    played = songs.make_song(seed_of(7), style, None, 40.0, SAMPLE_RATE)
    assert _hear(BeatFollower(), played.mono)[-1].beats_per_bar == per_bar


def test_onsets_are_strong_where_something_begins(loop):
    onsets = [beat.onset for beat in _hear(BeatFollower(), loop.mono)]
    assert max(onsets) > 0.5
    assert all(0 <= onset <= 1 for onset in onsets)
    # The strongest of a loop is twice its usual one, which is a half; each fades by half a chunk.
    assert max(onsets[-40:]) == pytest.approx(0.95, abs=0.08)
    assert np.median(onsets[-100:]) == pytest.approx(0.24, abs=0.05)
    fading = [b / a for a, b in itertools.pairwise(onsets[-100:]) if b < a]
    assert np.median(fading) == pytest.approx(0.5, abs=0.01)


def test_same_sound_same_beats(loop):
    follower = BeatFollower()
    first = _hear(follower, loop.mono)
    follower.reset()
    assert _hear(follower, loop.mono) == first


def test_lost_chunks_do_not_move_the_beat(loop):
    follower = BeatFollower()
    chunks = _chunks(loop.mono)
    beats = [follower.feed(chunk) for chunk in chunks[:100] + chunks[107:]]
    assert np.abs(_errors(beats, loop.beat_times, 6)).max() < 0.03


def test_a_start_in_the_middle_tells_media_time(loop):
    follower = BeatFollower()
    late = [AudioChunk(c.index + 5000, c.samples, 0.0) for c in _chunks(loop.mono)]
    beats = [follower.feed(chunk) for chunk in late]
    assert np.abs(_errors(beats, loop.beat_times + 500, 506)).max() < 0.03


def test_a_nudge_moves_every_beat(loop):
    plain, nudged = BeatFollower(), BeatFollower()
    nudged.nudge(0.04)
    nudged.nudge(-0.01)
    assert nudged.nudged == pytest.approx(0.03)
    before = _next_beats(_hear(plain, loop.mono), 6)
    after = _next_beats(_hear(nudged, loop.mono), 6)
    period = 0.5
    moved = (after - before + period / 2) % period - period / 2
    assert np.allclose(moved, 0.03, atol=1e-3)


def test_the_hand_sets_the_tempo_and_lets_it_go(loop):
    follower = BeatFollower()
    follower.hold(60)
    held = _hear(follower, loop.mono)
    assert follower.held_bpm == 60
    assert all(beat.by_hand and beat.bpm == pytest.approx(60, rel=0.011) for beat in held)
    assert np.abs(_errors(held, loop.beat_times, 8)).max() < 0.04
    follower.hold(0)
    follower.reset()
    assert _hear(follower, loop.mono)[-1].bpm == pytest.approx(120, rel=0.01)


def test_while_the_beat_is_heard_anew_the_known_one_is_told(loop):
    follower = BeatFollower()
    chunks = _chunks(loop.mono)
    sure = [follower.feed(chunk) for chunk in chunks[:100]][-1].confidence
    follower.begin_anew(10.0)
    beats = [follower.feed(chunk) for chunk in chunks[100:]]
    assert beats[0].confidence == pytest.approx(sure * (1 - 0.1 / KEPT_S))
    assert np.abs(_errors(beats, loop.beat_times, 10)).max() < 0.04 and len(beats) == 100
    assert min(beat.confidence for beat in beats) > 0.3
    assert beats[-1].confidence > 0.7, "heard again"


def test_a_known_beat_of_music_that_is_over_is_told_no_longer_than_that(loop):
    follower = BeatFollower()
    _hear(follower, loop.mono[: 10 * SAMPLE_RATE])
    follower.begin_anew(10.0)
    quiet = np.zeros(CHUNK_SAMPLES, np.float32)
    told = [follower.feed(AudioChunk(100 + i, quiet, 0.0)) for i in range(70)]
    ends = [beat.time for beat in told if beat.beat_phase is not None]
    assert max(ends) == pytest.approx(10 + KEPT_S - 0.1, abs=0.05) and len(ends) == 59


def test_a_hand_goes_before_the_known_beat(loop):
    follower = BeatFollower()
    _hear(follower, loop.mono[: 10 * SAMPLE_RATE])
    follower.begin_anew(10.0)
    follower.hold(90)
    beat = follower.feed(AudioChunk(100, np.zeros(CHUNK_SAMPLES, np.float32), 0.0))
    assert beat.by_hand and beat.bpm == pytest.approx(90)


@pytest.mark.parametrize("nudge", [0.0, -0.1])
def test_taps_count_in_media_time(nudge):
    """A beat is where it was tapped, however the beats were moved before."""
    follower = BeatFollower()
    follower.nudge(nudge)
    quiet = np.zeros(CHUNK_SAMPLES, np.float32)
    for index in range(700, 760):
        beat = follower.feed(AudioChunk(index, quiet, 0.0))
        for tap in (71.0, 71.75, 72.5):
            if index == round(tap * 10):
                follower.tap(tap)
    assert beat.by_hand
    assert beat.bpm == pytest.approx(80, rel=0.01)
    phase = (beat.beat_phase - (beat.time - 71.0) / 0.75) % 1
    assert min(phase, 1 - phase) < 0.03


@pytest.mark.parametrize(("asked", "held"), [(20, 40), (500, 240), (-1, 0)])
def test_a_tempo_by_hand_stays_in_its_range(asked, held):
    follower = BeatFollower()
    follower.hold(asked)
    assert follower.held_bpm == pytest.approx(held)


@pytest.mark.parametrize(("lost", "is_known"), [(50, True), (51, False)])
def test_five_seconds_of_lost_sound_are_passed_over_and_more_is_another_music(lost, is_known, loop):
    follower, chunks = BeatFollower(), _chunks(loop.mono)
    for chunk in chunks[:100]:
        beat = follower.feed(chunk)
    assert beat.bpm
    after = AudioChunk(chunks[99].index + 1 + lost, chunks[100].samples, 0.0)
    assert bool(follower.feed(after).bpm) == is_known
