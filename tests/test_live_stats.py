"""Counts and times of a show: exact percentiles of the newest values, and the whole report."""

import json
import math
import subprocess
import sys
from types import SimpleNamespace

import pytest

from live.core import stats
from live.core.stats import Distribution, Stats, resident_mb, write_report


def test_percentiles_of_known_values():
    distribution = Distribution()
    assert distribution.summary() is None and math.isnan(distribution.recent())
    for value in range(1001):
        distribution.add(value)
    assert distribution.summary() == {"p1": 10, "p50": 500, "p95": 950, "p99": 990, "max": 1000}
    distribution = Distribution()
    distribution.add(1.23456)
    assert set(distribution.summary().values()) == {1.235}


def test_the_newest_are_those_of_a_moment():
    distribution = Distribution()
    for value in [*[0.0] * 100, *[1.0] * 31]:
        distribution.add(value)
    assert distribution.recent() == 1.0, "31 of the newest 60"
    assert distribution.recent(63) == 0.0
    assert distribution.recent(1) == 1.0
    assert distribution.recent(1_000_000) == 0.0


def test_a_night_needs_no_more_than_twenty_minutes():
    distribution = Distribution()
    distribution.add(9.0)
    for _ in range(36_000 - 1):  # 20 minutes at 30 a second
        distribution.add(0.0)
    assert distribution.summary()["max"] == 9.0
    distribution.add(0.0)
    assert distribution.summary()["max"] == 0.0
    for value in (1.0, 2.0, 3.0):
        distribution.add(value)
    assert distribution.recent(3) == 2.0
    assert distribution.n == 36_004


def test_the_report_has_all_that_is_counted(tmp_path):
    stats = Stats()
    stats.chunks, stats.chunks_lost, stats.poses, stats.frames, stats.frames_late = 1, 2, 3, 4, 5
    stats.osc_messages, stats.beats, stats.first_frame_s = 6, 7, 0.5
    stats.lost_s = [(0.1, 0.3)]
    stats.lead_ms.add(8.0)
    write_report(tmp_path / "a.json", stats.report(target="alice"))
    read = json.loads((tmp_path / "a.json").read_text())
    times = ("generator", "renderer", "capture_to_pose", "frame_error", "osc_error", "beat_error")
    assert read == {
        "chunks": 1, "chunks_lost": 2, "poses": 3, "frames": 4, "frames_late": 5,
        "osc_messages": 6, "beats": 7, "first_frame_s": 0.5, "lost_s": [[0.1, 0.3]],
        "target": "alice", "lead_ms": {"p1": 8.0, "p50": 8.0, "p95": 8.0, "p99": 8.0, "max": 8.0},
        **{f"{name}_ms": None for name in times},
    }  # fmt: skip
    fresh = Stats().report()
    assert not any(fresh.values())
    assert list(tmp_path.iterdir()) == [tmp_path / "a.json"]


def test_losses_of_a_night_are_bounded():
    stats = Stats()
    for n in range(2000):
        stats.lose(3 * n, 3 * n + 1)
    stats.lose(7000, 7000)
    assert stats.chunks_lost == 2000
    assert len(stats.lost_s) == 1000 and stats.lost_s[1] == (0.3, 0.4)


def test_memory_is_told_in_megabytes():
    code = """
import resource
from live.core.stats import resident_mb
used = resident_mb()
piece = b"1" * 50_000_000
more = resident_mb()
print(used, more, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
"""  # a process of its own: nothing else is freed meanwhile
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    used, more, peak = map(float, said.stdout.split())
    assert more - used == pytest.approx(50, abs=5)
    assert 5 < more <= peak + 5


@pytest.mark.parametrize(("platform", "mb"), [("linux", 123.5), ("darwin", 0.1)])
def test_where_the_system_tells_only_the_peak_that_is_told(monkeypatch, platform, mb):
    import resource

    def unreadable(*_, **__):
        raise OSError

    used = SimpleNamespace(ru_maxrss=123_456)
    monkeypatch.setattr(resource, "getrusage", lambda who: used)
    monkeypatch.setattr(stats.Path, "read_text", unreadable)
    monkeypatch.setattr(sys, "platform", platform)
    assert resident_mb() == mb
    monkeypatch.setitem(sys.modules, "resource", None)  # Windows
    assert resident_mb() == 0.0
