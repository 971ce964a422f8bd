"""Recordings prepared one by one, over processes of this machine, or over a Ray cluster."""

import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tqdm import tqdm

from train.readers import find
from train.readers.fault import left_out
from train.readers.job import Options, Task, earlier, write
from train.songs.song import DataError

REPORT = "report.json"


def prepare_sources(
    sources: list[Path], options: Options, jobs: int, ray: bool
) -> list[dict[str, Any]]:
    """The reports of all that the sources hold, by name; they are also written to REPORT.

    `options.many` is found out here. Raises DataError when a source does not exist or nothing can
    be written.
    """
    out = Path(options.out).absolute()
    tasks, unusable = find.find(sources, out)
    options = replace(options, many=len(tasks), out=str(out))
    try:
        (out / "reports").mkdir(parents=True, exist_ok=True)
        reports = [left_out(name, why) for name, why in unusable]
        reports += prepare_all(tasks, options, jobs, ray)
        reports.sort(key=lambda report: report["name"])
        write(out / REPORT, reports)
    except OSError as error:
        raise DataError(f"{out} cannot be written ({error.strerror or error}).") from error
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
    count = min(len(tasks), jobs or _cores())
    if ray:
        yield from _over_ray(tasks, options)
    elif count <= 1:
        for task in tasks:
            yield find.prepare_task(task, replace(options, shows_frames=True))
    else:
        yield from _over_processes(tasks, options, count)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ended(task: Task, error: Exception) -> dict[str, Any]:
    """A process that was killed must not take the others with it."""
    said = str(error).splitlines() or [type(error).__name__]
    return left_out(task.name, f"its process ended: {said[0]}")


class _Process:
    """One process for one recording after the other; when it dies, a new one takes its place."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def prepare(self, task: Task, options: Options) -> dict[str, Any]:
        if self._pool is None:
            # Spawned, because estimators start threads that a forked process would not have.
            self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        try:
            return self._pool.submit(find.prepare_task, task, options).result()
        except BrokenExecutor as error:
            self.close()
            return _ended(task, error)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        self._pool = None


def _over_processes(tasks: list[Task], options: Options, count: int) -> Iterator[dict[str, Any]]:
    """A pool of one process each: in a shared one a death ends the work of all."""
    processes = [_Process() for _ in range(count)]
    idle: SimpleQueue[_Process] = SimpleQueue()
    for process in processes:
        idle.put(process)

    def prepare(task: Task) -> dict[str, Any]:
        process = idle.get()
        try:
            return process.prepare(task, options)
        finally:
            idle.put(process)

    threads = ThreadPoolExecutor(count)
    try:
        for done in as_completed([threads.submit(prepare, task) for task in tasks]):
            yield done.result()
    finally:
        threads.shutdown(cancel_futures=True)
        for process in processes:
            process.close()


def _over_ray(tasks: list[Task], options: Options) -> Iterator[dict[str, Any]]:
    try:
        import ray  # pyright: ignore[reportMissingImports]
        from ray.exceptions import RayError  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise DataError("--ray needs Ray: pip install 'dancelive[ray]'.") from error
    ray.init(ignore_reinit_error=True, log_to_driver=False)
    run = ray.remote(find.prepare_task)
    running = {run.remote(task, options): task for task in tasks}
    while running:
        (done,), _ = ray.wait(list(running))
        task = running.pop(done)
        try:
            yield ray.get(done)
        except RayError as error:
            yield _ended(task, error)
