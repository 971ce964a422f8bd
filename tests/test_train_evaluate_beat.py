"""Judging the beat: known answers, metrical levels, what was told when; a song that is missing."""

import numpy as np
import pytest
from seeds import seed_of

from models import spec
from models.band import songs
from models.beat.grid import Grid
from train import evaluate_beat
from train.beats import evaluate, peers
from train.songs import beat_as_heard
from train.songs.beat_as_heard import DetectedBeats
from train.songs.song import at_stage_level

BEATS = np.arange(0.4, 40, 0.5)


def test_the_true_beats_are_perfect_and_shifted_ones_are_not():
    assert evaluate.measure_beats(BEATS, BEATS)["f"] == 1
    late = evaluate.measure_beats(BEATS + 0.03, BEATS)
    assert late["f"] == 1
    assert late["offset_ms"] == pytest.approx(30, abs=0.1)
    assert evaluate.measure_beats(BEATS + 0.2, BEATS)["f"] < 0.1


@pytest.mark.parametrize(
    ("told", "level"),
    [(BEATS[::2], "half"), (BEATS[1::2], "half"), (BEATS[2::3], "a third"),
     (evaluate.subdivided(BEATS, 2), "twice"), (BEATS, "as many")],
)  # fmt: skip
def test_another_metrical_level_is_named(told, level):
    found = evaluate.measure_beats(told, BEATS)
    assert found["level"] == level
    assert found["f_best"] == pytest.approx(1, abs=0.01)


def test_no_beats_are_no_success():
    assert evaluate.measure_beats(np.zeros(0), BEATS)["f_best"] <= 0


def test_a_stretch_off_the_beat_is_measured():
    off = np.where((BEATS > 14) & (BEATS < 20), BEATS + 0.25, BEATS)
    assert evaluate.off_beat(off, BEATS) == pytest.approx(5.5)
    assert evaluate.off_beat(BEATS, BEATS) == evaluate.off_beat(BEATS[1::2], BEATS) == 0
    assert evaluate.off_beat(BEATS + 0.25, BEATS) == pytest.approx(33.0, abs=0.6)
    assert evaluate.off_beat(evaluate.subdivided(BEATS, 2), BEATS) == 0


def test_peers_tell_beats_of_a_loop():
    pytest.importorskip("librosa", reason="librosa is in the extra eval")
    played = songs.four_on_the_floor(120.0, 20.0, spec.SAMPLE_RATE)
    for name, hear in peers.peers().items():
        found = evaluate.judged(hear(at_stage_level(played.mono)), played.beat_times)
        assert found["f_best"] > 0.9, name


def test_bands_of_a_peer_are_its_own():
    """136 triangles on 705 bins, each of area one, the first around 43 Hz."""
    bands = peers._beatnet_bands()
    assert bands.shape == (705, 136)
    assert bands.sum(0) == pytest.approx(np.ones(136)) and (bands >= 0).all()
    assert np.flatnonzero(bands[:, 0]).tolist() == [3]
    assert (np.diff(bands.argmax(0)) > 0).all()


def test_a_wheel_that_is_none_is_named(tmp_path):
    wheel = tmp_path / "a.whl"
    wheel.write_bytes(b"none")
    with pytest.raises(OSError, match="BeatNet"):
        peers.peers(wheel)


def test_octave_jumps_are_counted():
    assert evaluate.octave_jumps(np.array([120.0, 121, 60, 60, 119])) == 2
    assert evaluate.octave_jumps(np.array([100.0, 120])) == 0


def _grid(beat_at, period, place=None):
    return Grid(beat_at, period, 0, 1.0, place, 4, False)


def test_a_beat_is_told_once_by_what_was_known_before_it():
    grids = [None, None, *(_grid(0.35, 0.5, 0) for _ in range(30))]
    told = DetectedBeats(grids).given_beats()
    assert told == pytest.approx(np.arange(0.35, 3.3, 0.5))
    # a correction that moves the beat a little must not tell it twice
    moved = [_grid(0.35, 0.5) if k < 5 else _grid(0.42, 0.5) for k in range(20)]
    assert np.diff(DetectedBeats(moved).given_beats()).min() > 0.4


def test_downbeats_are_those_of_the_bar():
    heard = DetectedBeats([_grid(0.35, 0.5, 2) for _ in range(60)])
    assert heard.told_downbeats() == pytest.approx(np.arange(1.35, 6, 2.0))


def test_the_ear_follows_the_band_and_the_count_runs_on():
    played = songs.make_song(seed_of(7), "house", 124.0, 20.0, spec.SAMPLE_RATE)
    audio = at_stage_level(played.mono)
    heard = beat_as_heard.hear(audio)
    found = evaluate.measure_beats(heard.given_beats(), played.beat_times)
    assert found["f"] > 0.9
    counts = beat_as_heard.detected_beats(audio, 50)
    steps = np.diff(counts[500:])
    assert np.median(steps) == pytest.approx(124 / 60 / 50, rel=0.01)
    assert np.isnan(counts[0])


def test_an_offline_tracker_agrees_with_the_band():
    pytest.importorskip("librosa", reason="librosa is in the extra eval")
    played = songs.four_on_the_floor(120.0, 20.0, spec.SAMPLE_RATE)
    found = evaluate.offline_beats(at_stage_level(played.mono))
    assert evaluate.measure_beats(found, played.beat_times)["f_best"] > 0.9


def test_a_song_that_is_missing_is_named(tmp_path, capsys):
    assert evaluate_beat.main([str(tmp_path / "no.ogg")]) == 1
    assert "no.ogg" in capsys.readouterr().err
