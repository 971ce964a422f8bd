"""Timing one call: back to back, or paced as on stage; medians and tails in ms."""

import time
from collections.abc import Callable

import numpy as np


def summary(times_ms: list[float]) -> dict[str, float]:
    p50, p95, p99 = np.percentile(times_ms, [50, 95, 99])
    return {
        "p50": round(float(p50), 3),
        "p95": round(float(p95), 3),
        "p99": round(float(p99), 3),
        "n": len(times_ms),
    }


def back_to_back(call: Callable[[], object], n: int, warm_up: int = 3) -> dict[str, float]:
    """n calls one after the other."""
    for _ in range(warm_up):
        call()
    times = []
    for _ in range(n):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1e3)
    return summary(times)


def paced(call: Callable[[], object], rate: float, seconds: float) -> dict[str, float]:
    """Calls at a fixed rate with sleep between, as a show makes them (caches go cold)."""
    call()
    start, times = time.perf_counter(), []
    for i in range(int(rate * seconds)):
        time.sleep(max(0.0, start + i / rate - time.perf_counter()))
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1e3)
    return summary(times)


def alternating(
    a: Callable[[], object],
    b: Callable[[], object],
    n: int,
    burst: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Median of the ratio a / b over n rounds, so that a machine's moods cancel.

    A round is `burst` calls of each; with one, each finds the caches as the other left them.
    """
    a(), b()
    ratios = []
    for _ in range(n):
        t0 = clock()
        for _ in range(burst):
            a()
        t1 = clock()
        for _ in range(burst):
            b()
        ratios.append((t1 - t0) / max(1e-9, clock() - t1))
    return round(float(np.median(ratios)), 2)
