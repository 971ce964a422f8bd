"""Poses as a detector gives them: how much is lost, exchanged, thrown off, and what is said."""

import numpy as np
import pytest
from seeds import rng_of, seed_of

from models import skeleton
from train.dancer.corrupt import Detector, corrupted, corrupted_songs, runs
from train.songs.song import POSE_HZ
from train.synthetic.choreography import make_songs

NOTHING = Detector(lost=0.0, swapped=0.0, spikes=0.0, jitter_units=0.0)
STILL = np.tile(skeleton.STANDING, (1600 * POSE_HZ, 1, 1))  # long, so that shares are sure


def _with(**changes: float) -> tuple[np.ndarray, np.ndarray]:
    detector = Detector(**{**vars(NOTHING), **changes})
    return corrupted(STILL, rng_of(0), detector)


def test_runs_take_their_share_and_last_their_time():
    found = runs(rng_of(0), 500_000, 0.2, 0.4)
    assert found.mean() == pytest.approx(0.2, abs=0.02)
    n_runs = (np.diff(found.astype(int)) == 1).sum()
    assert found.sum() / n_runs / POSE_HZ == pytest.approx(0.4, rel=0.1)
    assert not runs(rng_of(0), 1000, 0.0, 0.4).any()


def test_a_perfect_detector_changes_nothing():
    seen, sure = corrupted(STILL, rng_of(0), NOTHING)
    np.testing.assert_allclose(seen, STILL, atol=1e-6)
    assert sure.min() == 1


def test_a_lost_joint_is_zero_and_said_to_be_lost():
    seen, sure = _with(lost=0.2)
    assert 1 - sure.mean() == pytest.approx(0.2, abs=0.03)
    assert np.abs(seen[sure == 0]).max() == 0
    np.testing.assert_allclose(seen[sure == 1], STILL[sure == 1], atol=1e-6)


def test_sides_are_exchanged_whole_and_nothing_says_so():
    seen, sure = _with(swapped=0.1)
    arms = seen[:, 4, 0] > 0  # the right wrist stands on the left side
    assert arms.mean() == pytest.approx(0.1, abs=0.06)
    np.testing.assert_allclose(seen[arms][:, [2, 3, 4]], STILL[arms][:, [5, 6, 7]], atol=1e-6)
    assert sure.min() == 1


def test_a_spike_is_thrown_far_for_a_moment():
    seen, _ = _with(spikes=0.02)
    away = np.linalg.norm(seen - STILL, axis=-1)
    assert (away > 0).mean() == pytest.approx(0.02, abs=0.01)
    assert away[away > 0].mean() > 0.3


def test_only_what_is_learnt_is_corrupted_and_always_alike():
    songs = make_songs(9, 8.0, seed=seed_of(4))
    found, sure = corrupted_songs(songs)
    again, _ = corrupted_songs(songs)
    for song, bad, same in zip(songs, found, again, strict=True):
        assert np.array_equal(bad.real, same.real)
        if song.split == "train":
            assert len(sure[song.name]) == len(song.poses)
            assert np.abs(bad.real - song.real).max() > 0.3
        else:
            assert bad is song and song.name not in sure
