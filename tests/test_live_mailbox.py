"""Queues are of size one or counted; nothing grows when the reader is slow (law: overload)."""

import threading
import time

import pytest

from live.core.mailbox import Bounded, Latest


def test_latest_keeps_only_the_newest_and_counts():
    box: Latest[int] = Latest()
    assert box.take() is None
    for i in range(5):
        box.put(i)
    assert box.take() == 4
    assert box.take() is None
    assert box.n_replaced == 4


def test_bounded_drops_the_oldest_and_counts():
    queue: Bounded[int] = Bounded(3)
    for i in range(10):
        queue.put(i)
    assert [queue.take(0.0) for _ in range(4)] == [7, 8, 9, None]
    assert queue.n_dropped == 7


def test_bounded_wakes_its_reader_when_closed():
    queue: Bounded[int] = Bounded(3)
    threading.Timer(0.05, queue.close).start()
    began = time.monotonic()
    assert queue.take(timeout=5.0) is None
    assert time.monotonic() - began < 2.0
    assert queue.closed


def test_slow_reader_sees_flat_queues():
    queue: Bounded[int] = Bounded(10)
    box: Latest[int] = Latest()
    for i in range(1000):
        queue.put(i)
        box.put(i)
        assert len(queue) <= 10
    assert queue.take(0.0) == 990
    assert box.take() == 999


@pytest.mark.parametrize("box", [Latest(), Bounded(3)])
def test_who_waits_is_woken_by_what_comes(box):
    threading.Timer(0.05, box.put, ["it"]).start()
    began = time.monotonic()
    assert box.take(timeout=20.0) == "it"
    assert time.monotonic() - began < 10.0
    assert box.take(timeout=0.01) is None
