"""Minutes become steps: as the two trainings of a person reckoned before they shared it."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from train.run.pace import Pace, TimeLimit, fit_to_time, median_seconds


@dataclass
class Paced:
    """What a run tells of itself."""

    step: int
    total: int
    seconds: float


def _stage_renderer(run: Paced, minutes: float, plain: float, judged: float, c: float) -> int:
    """Its own formula: plain steps, from the share c on with the critic."""
    slower = judged / plain
    whole = c + (1 - c) * slower
    wanted, used = minutes * 60, max(run.seconds, 1e-3)
    if run.step < c * run.total:
        total = wanted * run.step / (used * whole)
    else:
        rest = used * whole - wanted * c * (1 - slower)
        total = wanted * run.step * slower / max(rest, 1e-3)
    return max(run.step + 1, round(total))


def _papers_painter(run: Paced, minutes: float, ends: tuple, seconds: tuple) -> int:
    """Its own formula: any stages, none of which begins again."""
    begins = (0.0, *ends[:-1])

    def until(share: float, total: float) -> float:
        done = [max(0.0, min(share, e) - b) for b, e in zip(begins, ends, strict=True)]
        return total * float(np.dot(done, seconds))

    share = run.step / run.total
    expected = until(share, run.total)
    slower = run.seconds / expected if run.step and expected else 1.0
    total = round(minutes * 60 / (slower * until(1.0, 1)))
    begin = max(b for b in begins if share >= b)
    if begin:
        total = min(total, int(run.step / begin))
    return max(run.step + 1, total)


RUNS = [
    Paced(step, 1000, used)
    for step, used in itertools.product((1, 130, 699, 700, 940, 999), (0.7, 61.3, 555.5, 2222.0))
]
MINUTES = (0.2, 4.7, 11.3, 90.1)


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize("seconds", [(0.5, 1.0), (0.3, 0.21)])
def test_a_stage_renderer_goes_on_as_long_as_before(minutes, seconds):
    for run in RUNS:
        expected = _stage_renderer(run, minutes, *seconds, 0.7)
        now = Paced(run.step, run.total, run.seconds)
        fit_to_time(now, minutes, Pace((0.7, 1.0), seconds))  # pyright: ignore
        assert now.total == expected, run


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize(
    ("ends", "seconds"),
    [((0.8, 1.0), (0.1, 0.05)), ((0.45, 0.8, 1.0), (0.4, 1.1, 0.2)), ((1.0,), (0.3,))],
)
def test_the_papers_painter_goes_on_as_long_as_before(minutes, ends, seconds):
    for run in [Paced(0, 1000, 0.0), *RUNS]:
        expected = _papers_painter(run, minutes, ends, seconds)
        now = Paced(run.step, run.total, run.seconds)
        fit_to_time(now, minutes, Pace(ends, seconds), keeps_stage=True)  # pyright: ignore
        assert now.total == expected, run


def test_the_first_goal_is_what_the_measured_pace_fits_into_the_time():
    run = Paced(0, 14_000, 0.0)
    fit_to_time(run, 1.3, Pace((0.7, 1.0), (0.5, 1.0)))  # pyright: ignore
    assert run.total == 120  # 78 s at 0.65 s


def test_a_limit_sets_the_goal_now_and_then_and_only_with_minutes():
    class Bar:
        total = 0

    for minutes, expected in ((2.0, 240), (None, 1000)):
        limit, bar = TimeLimit(minutes, Pace((1.0,), (1.0,)), every=20), Bar()
        run = Paced(step=30, total=1000, seconds=15.0)
        limit.adjust(run, bar)  # pyright: ignore
        assert run.total == 1000 and not bar.total
        run.step, run.seconds = 40, 20.0
        limit.adjust(run, bar)  # pyright: ignore
        assert run.total == expected


def test_the_first_steps_do_not_count():
    calls = []
    assert median_seconds(lambda: calls.append(1), warm_up=2, timed=3) < 0.01
    assert len(calls) == 5
