"""Which frames are looked at, and how distances are told."""

import numpy as np
import pytest

pytest.importorskip("torch")

from benchmarks.estimators import LIMBS, apart, mask_error, rows_of


def test_runs_of_following_frames_lie_from_the_first_to_the_last() -> None:
    rows = rows_of(1000, 60, 10)
    assert len(rows) == 60 and rows[0] == 0 and rows[-1] == 999
    assert np.flatnonzero(np.diff(rows) > 1).tolist() == [9, 19, 29, 39, 49]
    assert rows_of(4, 60, 10).tolist() == [0, 1, 2, 3]


def test_distances_are_in_percent_of_the_height_and_the_face_and_lost_frames_do_not_count() -> None:
    one = np.zeros((5, 18, 2))
    other = one.copy()
    other[:, LIMBS] = 3, 4
    other[:, 14:] = 1000
    other[4] = np.nan
    assert apart(one, other, 50) == {"median": 10, "p95": 10}


def test_a_mask_is_judged_inside_the_box_of_the_person_alone() -> None:
    truth = np.zeros((40, 60), np.float32)
    truth[10:20, 30:50] = 1
    mask = truth.copy()
    mask[0, :] = 1
    assert mask_error(mask, truth) == 0
    mask[10:20, 30:40] = 0.5
    assert mask_error(mask, truth) == pytest.approx(0.25)
