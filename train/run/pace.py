"""How long a step takes in each stage of a training here, and how many steps fit into a time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tqdm import tqdm

    from train.run.loop import Run


@dataclass(frozen=True)
class Pace:
    """Stages one after the other: where each ends, a share of all steps, and how long a step takes.

    The last stage ends at 1.
    """

    ends: tuple[float, ...]
    seconds: tuple[float, ...]

    @property
    def begins(self) -> tuple[float, ...]:
        """Where each stage begins, a share of all steps."""
        return (0.0, *self.ends[:-1])

    def until(self, share: float, total: float) -> float:
        """Seconds of a training of `total` steps up to a share of them."""
        done = [max(0.0, min(share, e) - b) for b, e in zip(self.begins, self.ends, strict=True)]
        return total * float(np.dot(done, self.seconds))

    def stage_at(self, share: float) -> int:
        """The number of the stage after this share of all steps."""
        return sum(share >= end for end in self.ends[:-1])


def median_seconds(step: Callable[[], object], warm_up: int, timed: int) -> float:
    """How long a step takes, the first ones left out; it must wait for its card."""
    times: list[float] = []
    for _ in range(warm_up + timed):
        began = time.perf_counter()
        step()
        times.append(time.perf_counter() - began)
    return float(np.median(times[warm_up:]))


def fit_to_time(run: "Run", minutes: float, pace: Pace, keeps_stage: bool = False) -> None:
    """Set the goal to what this machine does in that time, all sessions counted.

    Of `pace` only the ratios of the stages count as soon as steps were done. The ends of the stages
    move with the goal. With `keeps_stage` none begins again: the goal stays below what would lead
    back, and what was done is counted by where the ends lie now.
    """
    wanted, used = minutes * 60, max(run.seconds, 1e-3)
    whole = pace.until(1.0, 1)  # seconds of an average step
    if not run.step:
        run.total = max(1, round(wanted / whole))
        return
    stage = pace.stage_at(run.step / run.total)
    begin, seconds = pace.begins[stage], pace.seconds[stage]
    # What the stages before cost more than this one would have, a step of the goal.
    dearer = pace.until(begin, 1) - begin * seconds
    if keeps_stage:
        total = wanted * (run.step * seconds + run.total * dearer) / (used * whole)
        total = min(total, int(run.step / begin)) if begin else total
    else:
        rest = used * whole - wanted * dearer
        total = wanted * run.step * seconds / max(rest, 1e-3 * pace.seconds[0])
    run.total = max(run.step + 1, round(total))


@dataclass
class TimeLimit:
    """Minutes that a training may take; with None its goal stays as it is."""

    minutes: float | None
    pace: Pace
    every: int  # steps after which the goal is set anew
    keeps_stage: bool = False

    def begin(self, run: "Run") -> None:
        """Before the first step of a session."""
        if self.minutes is not None:
            fit_to_time(run, self.minutes, self.pace, self.keeps_stage)

    def forecast(self, run: "Run") -> str:
        """How long it will take, in a sentence."""
        done = run.seconds / 60
        if self.minutes is None:
            left = self.pace.until(1.0, run.total) * (1 - run.step / run.total) / 60
        else:
            left = max(0.0, self.minutes - done)
        said = f"{run.total:,} steps; about {left:.0f} minutes to go on this machine"
        if self.minutes is None or not run.step:
            return f"{said}."
        return f"{said}: of --minutes {self.minutes:g} in all, {done:.0f} are done."

    def adjust(self, run: "Run", bar: "tqdm") -> None:
        """Before every step."""
        if self.minutes is not None and run.step and run.step % self.every == 0:
            self.begin(run)
            bar.total = run.total
