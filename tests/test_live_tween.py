"""The tween: on the predictions, smooth when a new one comes, calm when none comes."""

from dataclasses import replace

import numpy as np
import pytest
from seeds import rng_of

from live.core.messages import Accent, PosePlan
from live.dance.tween import AROUND, SETTLE_S, SHARES, Tween
from models.skeleton import STANDING
from models.spec import HORIZONS


def _plan(index: int, shift: float = 0.0) -> PosePlan:
    end = 0.1 * (index + 1)
    times = end + np.array(HORIZONS)
    # The whole body on a slow circle: what a perfect prediction says.
    joints = np.stack([STANDING + _where(t) + shift for t in times]).astype(np.float32)
    return PosePlan(end, times, joints, 0.0)


def _where(time: float) -> np.ndarray:
    return np.float32([0.3 * np.sin(2 * time), 0.1 * np.cos(2 * time)])


def test_perfect_predictions_are_shown_as_they_are():
    tween = Tween()
    for i in range(30):
        tween.add(_plan(i))
        for t in np.linspace(0.1 * (i + 1) + 0.05, 0.1 * (i + 1) + 0.15, 7) if i > 3 else ():
            assert np.abs(tween.at(t).joints - STANDING - _where(t)).max() < 2e-3


def test_disagreeing_predictions_never_jump():
    tween, shown = Tween(), []
    for i in range(30):
        tween.add(_plan(i, shift=0.1 * (-1) ** i))
        moments = np.arange(0.1 * (i + 1) + 0.05, 0.1 * (i + 1) + 0.15 - 1e-9, 1 / 240)
        shown += [tween.at(t).joints for t in moments]
    steps = np.abs(np.diff(shown[24:], axis=0)).max((1, 2))
    # 0.2 units of disagreement spread over 0.1 s, never in one frame.
    assert steps.max() < 0.2 / 24 * 1.5 + 0.01


def test_plans_that_disagree_do_not_make_the_body_tremble():
    """Jerk at 60 frames a second, as shown, against the smooth motion that the plans err around."""
    rng = rng_of(0)
    tween, shown = Tween(), []
    for i in range(100):
        tween.add(_plan(i, shift=0.02 * rng.standard_normal(2)))
        end = 0.1 * (i + 1)
        shown += [
            tween.at(k / 60).joints[0] for k in range(round(end * 60) + 2, round(end * 60) + 8)
        ]
    jerk = np.abs(np.diff(shown[30:], 3, axis=0)).mean() * 60**3
    kinks = []  # what a linear cross-fade of the same errors alone would have
    for _ in range(100):
        kinks.append(0.02 * abs(rng.standard_normal() - rng.standard_normal()) / 0.1 * 60**2)
    assert jerk < 0.25 * np.mean(kinks)


def test_a_plan_that_comes_in_time_does_not_move_the_present():
    early, late = Tween(), Tween()
    for i in range(10):
        early.add(_plan(i, 0.05 * i))
        if i < 9:
            late.add(_plan(i, 0.05 * i))
    now = 1.0 + HORIZONS[0] + AROUND[0]  # the newest plan has weight zero up to here
    assert np.allclose(early.at(now).joints, late.at(now).joints, atol=1e-4)


def test_stands_before_the_music_and_comes_to_rest_after():
    tween = Tween()
    assert np.array_equal(tween.at(3.0).joints, STANDING)
    for i in range(10):
        tween.add(_plan(i))
    assert np.isfinite(tween.at(1.4).joints).all()
    assert np.abs(tween.at(30.0).joints - STANDING).max() < 1e-3
    late = [tween.at(t).joints for t in np.arange(1.3, 6.0, 1 / 60)]
    assert np.abs(np.diff(late, axis=0)).max() < 0.03


def test_memory_is_bounded():
    tween = Tween()
    for i in range(1000):
        tween.add(_plan(i))
    assert len(tween._plans) <= 12


@pytest.mark.parametrize("delay", [0.3, 1.0, 1.1, 2.0, 10.0])
def test_read_late_it_is_the_same_dance(delay):
    """Of plans that disagree, with a break of two seconds in which none came."""
    on_time, late = Tween(), Tween(delay=delay)
    shown = {}
    for i in range(240):
        if not 120 <= i < 140:
            for tween in (on_time, late):
                tween.add(_plan(i, shift=0.1 * (-1) ** i))
        for k in range(3):
            time = 0.1 * (i + 1) + 0.04 + k / 30
            shown[round(time - 0.04, 6)] = on_time.at(time).joints
            past = shown.get(round(time - 0.04 - delay, 6))
            if past is not None:
                assert np.array_equal(late.at(time - delay).joints, past), time
    assert len(late._plans) <= 13 + 10 * delay


def test_a_plan_of_later_does_not_move_a_break_before_it():
    tween = Tween(delay=2.0)
    for i in [*range(10), *range(30, 40)]:
        tween.add(_plan(i, shift=0.5 if i >= 30 else 0.0))
    held = _plan(9).joints[-1]
    assert np.allclose(tween.at(1.0 + HORIZONS[-1] + 0.3).joints, held, atol=1e-3)
    assert np.abs(tween.at(2.9).joints - STANDING).max() < np.abs(held - STANDING).max()


def test_read_early_it_mixes_plans_that_have_come():
    """A picture that is shown 130 ms before it is heard jumps, unless the tween knows."""
    steps = {}
    for early in (0.0, 0.13):
        tween, shown, n_added = Tween(delay=-early), [], 0
        for t in np.arange(0.0, 3.0, 1 / 60):
            while 0.1 * (n_added + 1) + 0.04 <= t - 0.13:
                tween.add(_plan(n_added, shift=0.1 * (-1) ** n_added))
                n_added += 1
            shown.append(tween.at(t).joints)
        steps[early] = np.abs(np.diff(shown[60:], axis=0)).max()
    assert steps[0.13] < 0.5 * steps[0.0]
    assert steps[0.13] < 0.2 / 6 * 1.5 + 0.01


def test_the_body_slows_down_on_each_beat():
    """Evenly moving plans, a beat at 0.25 s and each half second from there: 0.5 and 1.5 of it."""
    tween, accent = Tween(), Accent(0.25, 0.5, 0.5)
    for i in range(20):
        times = 0.1 * (i + 1) + np.array(HORIZONS)
        joints = (STANDING + times[:, None, None]).astype(np.float32)
        tween.add(PosePlan(0.1 * (i + 1), times, joints, 0.0, accent))
    at = {t: tween.at(t).joints[0, 0] - STANDING[0, 0] for t in (1.24, 1.25, 1.26, 1.49, 1.5, 1.51)}
    assert at[1.25] == pytest.approx(1.25, abs=1e-4) and at[1.5] == pytest.approx(1.5, abs=1e-4)
    assert at[1.26] - at[1.24] == pytest.approx(0.02 * 0.5, rel=0.02)
    assert at[1.51] - at[1.49] == pytest.approx(0.02 * 1.5, rel=0.02)


def test_what_is_shown_is_a_mean_over_a_tenth_of_a_second():
    """By a bell of 50 ms, at the frames of 30 a second before and after."""
    assert pytest.approx([-2 / 30, -1 / 30, 0, 1 / 30, 2 / 30]) == AROUND
    bell = np.exp(-0.5 * (np.array(AROUND) / 0.05) ** 2)
    assert pytest.approx(bell / bell.sum()) == SHARES


def test_where_predictions_stay_away_the_last_is_held_and_let_go():
    """For 0.6 s as it is, then back to standing, a third of the way left after as long again."""
    tween = Tween()
    away = STANDING + np.float32([1.0, 0.0])
    for i in range(12):
        end = 0.1 * (i + 1)
        joints = np.repeat(away[None], 5, 0)
        tween.add(PosePlan(end, end + np.array(HORIZONS), joints, 7.0))
    last = 1.2 + HORIZONS[-1]
    for after, left in (
        (0.1, 1.0),
        (0.5, 1.0),
        (1.2, np.exp(-1)),
        (1.8, np.exp(-2)),
        (3.6, 0.0067),
    ):
        pose = tween.at(last + after)
        assert np.allclose(pose.joints - STANDING, [left, 0.0], atol=0.005), after
        assert pose.captured_at == 7.0
    # Before the first it comes from standing, by the time between its end and its first pose.
    early = Tween()
    early.add(PosePlan(1.0, 1.0 + np.array(HORIZONS), np.repeat(away[None], 5, 0), 0.0))
    assert np.allclose(early.at(0.9).joints, STANDING)
    assert np.allclose(early.at(1.05).joints[:, 0] - STANDING[:, 0], 0.5, atol=0.06)
    assert np.allclose(early.at(1.3).joints, away, atol=1e-5)
    early.clear()
    assert np.array_equal(early.at(1.3).joints, STANDING)


def test_a_late_reader_has_as_many_plans_as_it_needs():
    for delay, kept in ((-0.2, 12), (0.0, 12), (0.05, 13), (1.0, 22), (10.0, 112)):
        tween = Tween(delay=delay)
        for i in range(200):
            tween.add(_plan(i))
        assert len(tween._plans) == kept, delay


def test_from_standing_into_the_first_pose_and_from_the_last_one_back():
    tween, plan = Tween(), _plan(4)
    poses = np.stack([STANDING + np.float32(0.1 * k) for k in range(1, 6)])
    plan = replace(plan, joints=poses)
    ready, first, last = plan.time, plan.times[0], plan.times[-1]
    for time, expected in (
        (ready - 1.0, STANDING), (ready, STANDING), ((ready + first) / 2, STANDING + 0.05),
        (first - 1e-6, poses[0]), (last + 1e-6, poses[-1]), (last + 0.99 * SETTLE_S, poses[-1]),
        (last + 2 * SETTLE_S, STANDING + 0.5 * np.exp(-1.0)), (last + 100.0, STANDING),
    ):  # fmt: skip
        np.testing.assert_allclose(tween._beyond([plan], time), expected, atol=1e-4)
    later = replace(_plan(8), joints=poses + 1)
    np.testing.assert_allclose(tween._beyond([plan, later], last + 0.01), poses[-1] + 1, atol=1e-4)
