"""Blocks and commands on the dance thread, without a network."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from made_clock import made_clock

from live.core.media_clock import MediaClock
from live.core.messages import AudioBlock, AudioChunk, Beat, PosePlan, Reset, SetGain
from live.core.stats import Stats
from live.show import dance, dance_loop
from live.show.dance import Dance
from live.show.dance_loop import DanceLoop
from models.skeleton import STANDING

RATE = 16_000
HORIZONS = np.arange(1, 6) / 10


class Performer:
    def __init__(self):
        self.obeyed = []
        self.dancer = SimpleNamespace(energy=0.0, swing=0.0)

    def hear(self, chunk):
        end = (chunk.index + 1) / 10
        plan = PosePlan(end, end + HORIZONS, np.stack([STANDING] * 5), chunk.captured_at)
        return Beat(end, 0.5, 0.0, 120.0, 0.0, None, 1.0), plan

    def obey(self, command, clock):
        self.obeyed.append(command)
        return isinstance(command, Reset)


def test_chunks_are_counted_and_lost_ones_too():
    stats = Stats()
    dance = Dance(Performer(), stats)
    silence = np.zeros(1600, np.float32)
    for index, n_lost in ((0, 0), (1, 400), (5, 0), (6, 0), (9, 1)):
        dance.hear(AudioChunk(index, silence, 0.0, n_lost))
    assert (stats.chunks, stats.chunks_lost, stats.poses) == (5, 7, 25)
    assert stats.lost_s == [(0.1, 0.5), (0.7, 1.0)]
    assert dance.beat is not None and dance.beat.time == 1.0
    assert dance.tween.at(1.1).joints.shape == (18, 2)


@pytest.mark.parametrize(("index", "n_lost", "lost"), [(0, 0, 0), (0, 3, 1), (1, 0, 1), (4, 1, 5)])
def test_what_never_came_before_the_first_chunk_is_lost_as_well(index, n_lost, lost):
    stats = Stats()
    Dance(Performer(), stats).hear(AudioChunk(index, np.zeros(1600, np.float32), 0.0, n_lost))
    assert (stats.chunks, stats.chunks_lost) == (1, lost)


def test_blocks_become_a_dance_and_unknown_commands_are_told(monkeypatch):
    monkeypatch.setattr(dance_loop, "time", SimpleNamespace(perf_counter=lambda: 60.0))
    stats, recorded, told = Stats(), [], []
    performer, clock = Performer(), MediaClock(0.0)
    loop = DanceLoop(Dance(performer, stats), clock, stats, recorded.append, told.append)
    ending = threading.Event()
    thread = threading.Thread(target=loop.run, args=(ending,), daemon=True)
    loop.commands.put(Reset())
    loop.commands.put(SetGain(3.0))
    for n in range(25):
        loop.hear(AudioBlock(np.zeros((160, 1), np.float32), RATE, 160 * n, 50 + n / 100))
    thread.start()
    end = time.monotonic() + 3
    while (len(recorded) < 25 or stats.chunks < 2) and time.monotonic() < end:
        time.sleep(0.01)
    ending.set()
    thread.join(2)
    assert not thread.is_alive()
    assert stats.chunks == 2 and stats.chunks_lost == 0
    assert stats.capture_to_pose_ms.n == 2
    # The two ended at 50.09 and 50.19.
    assert stats.capture_to_pose_ms.recent(1) == pytest.approx(9_810)
    assert stats.capture_to_pose_ms.recent() == pytest.approx(9_860)
    assert len(recorded) == 25
    assert performer.obeyed == [Reset(), SetGain(3.0)]
    assert told == ["not understood: SetGain(db=3.0)"]
    assert abs(clock.host(0.0) - 49.99) < 0.001


def test_what_a_step_takes_is_counted(monkeypatch):
    clock = made_clock(monkeypatch, dance)
    performer, stats = Performer(), Stats()
    hear = performer.hear

    def slow(chunk):
        clock.now += 0.012
        return hear(chunk)

    performer.hear = slow
    made = Dance(performer, stats, delay=1.0)
    made.hear(AudioChunk(0, np.zeros(1600, np.float32), 0.0))
    assert stats.generator_ms.recent() == pytest.approx(12.0)
    assert stats.chunks_lost == 0
