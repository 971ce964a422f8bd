"""What a dancer is told of the beat: one rule for the stage, for training and for judging."""

import numpy as np
import pytest

from live.core.messages import Beat
from live.dance import dancer
from models.beat.grid import Grid
from models.controls import MIN_CONFIDENCE, control_row, row_for_beat
from models.spec import CHUNK_SECONDS, CONTROL_AHEAD, CONTROLS
from train.songs import augment, beat_as_heard


def _grid(confidence=0.8, place=None, beats_per_bar=4):
    return Grid(0.13, 0.47, 2, confidence, place, beats_per_bar, False)


GRIDS = [
    None,
    _grid(),
    _grid(place=1),
    _grid(place=2, beats_per_bar=3),
    _grid(confidence=MIN_CONFIDENCE),
    _grid(confidence=0.99 * MIN_CONFIDENCE, place=1),
]


def test_the_stage_and_training_use_the_same_function():
    assert dancer.row_for_beat is row_for_beat
    assert beat_as_heard.row_for_beat is row_for_beat


@pytest.mark.parametrize("metre", [0, 3, 4])
def test_the_stage_and_training_tell_the_same_beats_alike(metre):
    trained = beat_as_heard.DetectedBeats(GRIDS).controls(metre, 0.3)
    for index, grid in enumerate(GRIDS):
        now = (index + 1) * CHUNK_SECONDS
        beat = grid and Beat(
            now,
            0.5,
            0.0,
            60.0 / grid.period,
            grid.phase(now),
            grid.bar_phase(now),
            grid.confidence,
            grid.beats_per_bar,
        )
        np.testing.assert_array_equal(trained[index], row_for_beat(beat, metre, 0.3))
    known = dict(zip(CONTROLS, trained.T, strict=True))
    assert known["beat_known"].tolist() == [0, 1, 1, 1, 1, 0]
    assert known["bar_known"].tolist() == [0, 0, metre != 3, metre != 4, 0, 0]


def test_a_grid_that_is_told_truly_in_training_gives_the_same_rows():
    """`augment` works on counted beats, with errors; without any it must agree with the stage."""
    grid, exact = _grid(place=2), augment.ConditioningNoise(
        heard=False, beat=True, bar=True, metre=True, energy=True,
        known_from=-1.0, offset_s=0.0, wander_s=0.0, octave=1.0,
    )  # fmt: skip
    grids = [grid] * 30
    at = (np.arange(30) + 1) * CHUNK_SECONDS + CONTROL_AHEAD
    assert grid.place is not None
    count = (np.stack([at, at - augment.FRAME_S], 1) - grid.beat_at) / grid.period + grid.place
    trained = augment.control_rows(count, 4, np.full(30, 0.3), exact)
    stage = beat_as_heard.DetectedBeats(grids).controls(4, 0.3)
    np.testing.assert_allclose(trained, stage, atol=1e-5)


def test_phases_are_told_for_a_tenth_of_a_second_later():
    """At 120 BPM that is a fifth of a beat, and a twentieth of a bar of four."""
    row = dict(zip(CONTROLS, control_row(120.0, 0.05, 0.2, 4, 0.3).tolist(), strict=True))
    assert row == pytest.approx(
        {"beat_sin": 1.0, "beat_cos": 0.0, "bar_sin": 1.0, "bar_cos": 0.0,
         "tempo": np.log2(0.55 / 0.5), "beat_known": 1, "bar_known": 1, "in_three": 0,
         "in_four": 1, "energy": 0.3}, abs=1e-6,
    )  # fmt: skip
    row = dict(zip(CONTROLS, control_row(60.0, 0.4, 0.3, 3).tolist(), strict=True))
    assert row == pytest.approx(
        {"beat_sin": 0.0, "beat_cos": -1.0, "bar_sin": np.sin(2 * np.pi * (0.3 + 1 / 30)),
         "bar_cos": np.cos(2 * np.pi * (0.3 + 1 / 30)), "tempo": np.log2(0.55), "beat_known": 1,
         "bar_known": 1, "in_three": 1, "in_four": 0, "energy": 0}, abs=1e-6,
    )  # fmt: skip
    for nothing in (control_row(0.0, None, None, 4), control_row(120.0, None, 0.2, 4)):
        assert nothing.tolist() == [0] * 8 + [1, 0] and nothing.dtype == np.float32


def test_a_beat_that_is_hardly_sure_is_told_as_none():
    assert MIN_CONFIDENCE == 0.1
    beat = Beat(0.0, 0.5, 0.0, 120.0, 0.05, 0.2, 0.1, 4)
    assert row_for_beat(beat, 0, 0.3).tolist() == control_row(120.0, 0.05, 0.2, 4, 0.3).tolist()
    assert row_for_beat(beat, 3, 0.3).tolist() == control_row(120.0, 0.05, None, 3, 0.3).tolist()
    unsure = Beat(0.0, 0.5, 0.0, 120.0, 0.05, 0.2, 0.0999, 3)
    assert row_for_beat(unsure, 0, 0.3).tolist() == control_row(0, None, None, 3, 0.3).tolist()
    assert row_for_beat(None, 0, 0.0).tolist() == control_row(0, None, None, 4).tolist()
    assert row_for_beat(None, 3, 0.0).tolist() == control_row(0, None, None, 3).tolist()
