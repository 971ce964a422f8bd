"""The lost sound device: closed, tried every second, taken when ready; on a clock made here."""

import threading

from live.sound.reopener import RETRY_S, Reopener


class Device:
    def __init__(self):
        self.is_ready, self.is_broken, self.n_closed = True, False, 0

    def close(self):
        self.n_closed += 1


class Bench:
    """A Reopener whose time and threads are moved by hand."""

    def __init__(self):
        self.now, self.tries = 100.0, 0
        self.plugged_in = None  # what opening gives
        self.waiting = []  # threads that were asked for
        self.reopener = Reopener(
            self._reopen, lambda d: d.is_ready, lambda d: d.is_broken, lambda: self.now,
            lambda name, body: self.waiting.append(body),
        )  # fmt: skip

    def _reopen(self):
        self.tries += 1
        return self.plugged_in

    def work(self):
        """Let the threads do what they were started for."""
        while self.waiting:
            self.waiting.pop(0)()


def test_a_lost_device_is_closed_beside_and_tried_every_second_until_it_is_back():
    bench, first, second = Bench(), Device(), Device()
    reopener = bench.reopener
    reopener.start(first)
    assert reopener.device is first and not reopener.is_lost
    reopener.lose()
    assert reopener.device is None and reopener.is_lost
    assert first.n_closed == 0, "closing can take long: not here"
    bench.work()
    assert first.n_closed == 1
    for _ in range(25):  # three seconds in which it does not open
        assert reopener.seek() is None
        bench.work()
        bench.now += 0.125
    assert bench.tries == 3
    bench.plugged_in = second
    bench.now += RETRY_S
    assert reopener.seek() is None, "the thread has yet to open it"
    bench.work()
    assert reopener.seek() is second
    assert reopener.is_lost and reopener.restarts == 0, "it counts when it works"
    reopener.is_back()
    assert not reopener.is_lost and reopener.restarts == 1


def test_one_that_is_slow_to_open_is_not_tried_twice_at_a_time():
    bench = Bench()
    bench.reopener.start(None)
    assert bench.reopener.is_lost
    for _ in range(50):
        bench.now += RETRY_S / 2
        bench.reopener.seek()
    assert len(bench.waiting) == 1 and bench.tries == 0


def test_an_opened_device_is_waited_for_and_given_up_when_it_breaks_first():
    bench, slow = Bench(), Device()
    slow.is_ready = False
    bench.plugged_in = slow
    bench.reopener.start(None)
    bench.now += RETRY_S
    bench.reopener.seek()
    bench.work()
    bench.now += 10 * RETRY_S
    assert bench.reopener.seek() is None and not bench.waiting, "no second one beside it"
    slow.is_broken = True
    assert bench.reopener.seek() is None and slow.n_closed == 1
    bench.plugged_in = good = Device()
    assert bench.reopener.seek() is None
    bench.work()
    assert bench.reopener.seek() is good


def test_an_opener_that_breaks_is_tried_again():
    bench = Bench()

    def broken():
        raise RuntimeError("a driver")

    bench.reopener = Reopener(
        broken, now=lambda: bench.now, beside=lambda name, body: bench.waiting.append(body)
    )
    bench.reopener.start(None)
    for _ in range(2):
        bench.now += RETRY_S
        bench.reopener.seek()
        try:
            bench.work()
        except RuntimeError:
            bench.tries += 1
    assert bench.tries == 2


def test_at_the_end_all_is_closed_also_what_opens_only_then():
    bench, late = Bench(), Device()
    bench.plugged_in = late
    bench.reopener.start(None)
    bench.now += RETRY_S
    bench.reopener.seek()
    bench.reopener.close()
    bench.work()
    assert late.n_closed == 1
    bench, held = Bench(), Device()
    bench.reopener.start(held)
    bench.reopener.close()
    assert held.n_closed == 1
    assert bench.reopener.device is held, "its counts can still be read"


def test_with_threads_of_its_own():
    device, opened = Device(), threading.Event()

    def reopen():
        opened.set()
        return device

    now = [0.0]
    reopener = Reopener(reopen, now=lambda: now[0])
    reopener.start(None)
    now[0] += RETRY_S
    reopener.seek()
    assert opened.wait(2)
    for _ in range(200):
        if reopener.seek() is device:
            break
        threading.Event().wait(0.01)
    assert reopener.device is device
