"""Cleaning what an estimator saw: every fault is made on purpose and must be found and mended."""

import numpy as np
import pytest
from seeds import rng_of

from models.skeleton import STANDING
from train.readers import cleaning
from train.readers.cleaning import Track

SIZE, HZ = (640, 480), 25.0
PX = 180.0  # a body unit


def _dance(seconds: float = 12.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Times and joints (N, 18, 2) px of a body that sways, waves and steps."""
    times = np.arange(round(seconds * HZ)) / HZ
    rng = rng_of(seed)
    moved = np.repeat(STANDING[None], len(times), 0).astype(float)
    for joint, reach in ((3, 0.06), (4, 0.15), (6, 0.06), (7, 0.15), (10, 0.05), (13, 0.05)):
        for axis in range(2):
            rate, phase = rng.uniform(0.4, 1.4), rng.uniform(0, 6)
            moved[:, joint, axis] += reach * np.sin(2 * np.pi * rate * times + phase)
    moved[..., 0] += 0.1 * np.sin(2 * np.pi * 0.3 * times)[:, None]
    return times, (moved * PX + [320, 220]).astype(np.float32)


def _people(joints: np.ndarray) -> list[np.ndarray]:
    return [np.concatenate([j, np.ones((18, 1))], -1)[None].astype(np.float32) for j in joints]


def _track(joints: np.ndarray, times: np.ndarray) -> Track:
    return Track(times, joints.copy(), SIZE)


def _error(track: Track, joints: np.ndarray) -> float:
    """The largest distance to the truth, body heights."""
    return float(np.nanmax(np.linalg.norm(track.joints - joints, axis=-1)) / track.height)


def test_a_clean_dance_is_left_as_it_is_and_its_accents_stay():
    times, joints = _dance()
    track = cleaning.clean(_track(joints, times))
    assert _error(track, joints) < 0.01
    assert track.notes["sides_exchanged"] == track.notes["spikes"] == track.notes["filled"] == 0
    assert not len(track.cuts)
    speeds = [np.linalg.norm(np.diff(j, axis=0), axis=-1).mean() for j in (track.joints, joints)]
    assert speeds[0] == pytest.approx(speeds[1], rel=0.03)
    quality = cleaning.quality(track)
    assert quality.min() > 0.9


def test_jitter_is_smoothed():
    times, joints = _dance()
    noisy = joints + rng_of(1).normal(0, 0.006 * 330, joints.shape)
    track = cleaning.clean(_track(noisy.astype(np.float32), times))
    before = np.linalg.norm(noisy - joints, axis=-1).mean()
    after = np.linalg.norm(track.joints - joints, axis=-1).mean()
    assert after < 0.75 * before


def test_exchanged_sides_are_put_right():
    times, joints = _dance()
    swapped = joints.copy()
    legs, arms = [8, 9, 10, 11, 12, 13], [2, 3, 4, 5, 6, 7]
    for first, last, which in ((40, 60, legs), (120, 121, legs), (150, 180, arms)):
        swapped[first:last, which] = joints[first:last, which[3:] + which[:3]]
    track = cleaning.clean(_track(swapped, times))
    assert _error(track, joints) < 0.01
    assert track.notes["sides_exchanged"] == pytest.approx(51 / len(times), abs=0.01)


def test_spikes_are_cut_and_short_gaps_filled():
    times, joints = _dance()
    broken = joints.copy()
    for row in range(20, 280, 37):
        broken[row, 4] += 90
    broken[100:106, 7] = np.nan
    broken[200:201] = np.nan
    track = cleaning.clean(_track(broken, times))
    assert _error(track, joints) < 0.03
    assert track.known.all()
    assert track.notes["spikes"] > 0


def test_long_gaps_stay_unknown_and_cost_quality():
    times, joints = _dance()
    broken = joints.copy()
    broken[130:180] = np.nan
    track = cleaning.clean(_track(broken, times))
    assert not track.known[130:180].any()
    assert track.known[:130].all() and track.known[180:].all()
    quality = [segment.quality for segment in cleaning.segments(track)]
    assert quality[0] > 0.9 and quality[1] < 0.7
    assert not cleaning.segments(track)[1].is_clean


def test_another_shot_is_found_and_not_smoothed_over():
    times, joints = _dance()
    other = _dance(seed=5)[1][:100] + np.array([70, 20])
    cut = np.concatenate([joints[:200], other.astype(np.float32)])
    track = cleaning.clean(_track(cut, times))
    assert track.cuts.tolist() == [200]
    assert _error(track, cut) < 0.01
    assert [len(rows) for rows in track.shots()] == [200, 100]


def test_the_largest_is_followed_past_others():
    times, joints = _dance()
    rng = rng_of(2)
    people = []
    for i, mine in enumerate(_people(joints)):
        small = mine.copy()
        small[..., :2] = (mine[..., :2] - [320, 400]) * 0.7 + [320 + 250 * np.cos(i / 40), 400]
        both = [mine[0], small[0]]
        people.append(np.stack(both if rng.random() < 0.5 else both[::-1]))
    people[50:55] = [p[:0] for p in people[50:55]]
    track = cleaning.follow(times, people, SIZE)
    assert track.notes["several_people"] > 0.9
    assert track.notes["no_dancer"] == pytest.approx(5 / len(times), abs=1e-6)
    assert _error(track, joints) < 1e-5


def test_joints_that_were_hardly_seen_were_not_seen():
    times, joints = _dance(2.0)
    people = _people(joints)
    for person in people:
        person[0, 4, 2] = 0.1
    track = cleaning.follow(times, people, SIZE)
    assert not track.known[:, 4].any()
    assert track.known[:, [3, 5]].all()


def test_nothing_at_all_is_no_error():
    empty = [np.zeros((0, 18, 3), np.float32)] * 10
    track = cleaning.clean(cleaning.follow(np.arange(10) / HZ, empty, SIZE))
    assert not track.known.any()
    assert cleaning.segments(track) == []
    assert cleaning.segments(cleaning.clean(cleaning.follow(np.zeros(0), [], SIZE))) == []
