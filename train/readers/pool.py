"""Recordings prepared one by one, over processes of this machine, or over a Ray cluster."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tqdm import tqdm

from train.readers import find
from train.readers.job import Options, Task, earlier, write

REPORT = "report.json"


def prepare_sources(
    sources: list[Path], options: Options, jobs: int, ray: bool
) -> list[dict[str, Any]]:
    """The reports of all that the sources hold, by name; they are also written to REPORT.

    `options.many` is found out here. Raises DataError when a source does not exist.
    """
    tasks, unusable = find.find(sources)
    options, out = replace(options, many=len(tasks)), Path(options.out)
    (out / "reports").mkdir(parents=True, exist_ok=True)
    reports = [{"name": name, "songs": [], "reasons": [why]} for name, why in unusable]
    reports += prepare_all(tasks, options, jobs, ray)
    reports.sort(key=lambda report: report["name"])
    write(out / REPORT, reports)
    return reports


def prepare_all(tasks: list[Task], options: Options, jobs: int, ray: bool) -> list[dict[str, Any]]:
    """The report of every task; those of an earlier run with the same options are taken."""
    reports: list[dict[str, Any]] = []
    left: list[Task] = []
    for task in tasks:
        done = earlier(task, options)
        if done:
            reports.append(done)
        else:
            left.append(task)
    bar = tqdm(total=len(tasks), initial=len(reports), desc="prepare", unit="", disable=None)
    with bar:
        for report in _run(left, options, jobs, ray):
            reports.append(report)
            bar.set_postfix_str(report["name"][:30])
            bar.update()
    return reports


def _run(tasks: list[Task], options: Options, jobs: int, ray: bool) -> Iterator[dict[str, Any]]:
    if ray:
        yield from _over_ray(tasks, options)
        return
    count = min(len(tasks), jobs or _cores())
    if count <= 1:
        for task in tasks:
            yield find.prepare_task(task, replace(options, shows_frames=True))
        return
    # Spawned, because estimators start threads that a forked process would not have.
    pool: Executor = ProcessPoolExecutor(count, mp_context=get_context("spawn"))
    with pool:
        waiting = {pool.submit(find.prepare_task, task, options): task for task in tasks}
        for done in as_completed(waiting):
            error = done.exception()
            if error is None:
                yield done.result()
            else:  # a process that was killed must not take the others with it
                name = waiting[done].name
                yield {"name": name, "songs": [], "reasons": [f"its process ended: {error}"]}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _over_ray(tasks: list[Task], options: Options) -> Iterator[dict[str, Any]]:
    try:
        import ray  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise SystemExit("--ray needs Ray: pip install 'dancelive[ray]'.") from error
    ray.init(ignore_reinit_error=True, log_to_driver=False)
    run = ray.remote(find.prepare_task)
    waiting = [run.remote(task, options) for task in tasks]
    while waiting:
        done, waiting = ray.wait(waiting)
        yield ray.get(done[0])
