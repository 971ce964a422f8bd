"""Threads of a show that break: started again with growing pauses, or the end of the show."""

import socket
import subprocess
import sys
import threading

import pytest
from seeds import rng_of

from live.core.back_off import HEALTHY_S, LONGEST_S, BackOff, in_words
from live.core.worker import first_line, start_worker


class Night:
    """A part that runs and breaks on a clock made here."""

    def __init__(self, *runs, ends=True):
        """Seconds that it runs before each break; then it ends, or the show does."""
        self.runs, self.ends = [*runs], ends
        self.now, self.rested, self.told, self.failed = 1000.0, [], [], []
        self.ending = threading.Event()
        self.n_starts = 0

    def body(self):
        self.n_starts += 1
        if self.runs:
            self.now += self.runs.pop(0)
            raise ValueError("oh\nline 42")

    def rest(self, seconds):
        self.rested.append(seconds)
        self.now += seconds
        if not self.runs and not self.ends:
            self.ending.set()

    def perform(self, fail=None):
        worker = start_worker(
            "painter", self.body, self.ending, lambda *told: self.told.append(told), fail,
            lambda: self.now, self.rest,
        )  # fmt: skip
        worker.join(5)
        assert not worker.is_alive()
        return self.rested


def test_one_that_ends_well_says_nothing():
    night = Night()
    assert night.perform() == [] and night.told == [] and night.n_starts == 1


def test_one_that_breaks_on_and_on_is_started_again_with_growing_pauses():
    night = Night(*[0.1] * 9)
    assert night.perform() == [0, 1, 2, 4, 8, 16, 30, 30, 30]
    assert night.n_starts == 10
    assert night.told == [("oh", pause) for pause in night.rested]


def test_after_a_minute_of_health_it_has_all_its_chances_again():
    assert Night(0.1, 0.1, 0.1, 60.0, 0.1).perform() == [0, 1, 2, 0, 1]
    assert Night(0.1, 0.1, 0.1, 59.9, 0.1).perform() == [0, 1, 2, 4, 8]


def test_a_night_of_breaks_is_outlived():
    """However they lie: never off for good, never more than half a minute away."""
    runs = rng_of(7).exponential(40.0, 500).tolist()
    night = Night(*runs)
    pauses = night.perform()
    assert night.n_starts == 501
    assert max(pauses) <= LONGEST_S
    for ran, before, pause in zip(runs[1:], pauses, pauses[1:], strict=False):
        assert pause == 0 if ran >= HEALTHY_S else pause > before or pause == LONGEST_S


def test_at_the_end_of_the_show_nothing_is_started_any_more():
    night = Night(0.1, ends=False)
    night.perform()
    assert night.n_starts == 1
    resting = Night(*[0.1] * 100)
    worker = start_worker("painter", resting.body, resting.ending, lambda *_: None)
    resting.ending.set()  # while it rests, by the true clock
    worker.join(5)
    assert not worker.is_alive() and resting.n_starts < 4


def test_what_the_show_needs_is_its_end():
    night, failed = Night(0.1, 0.1), []
    assert night.perform(failed.append) == []
    assert failed == ["The painter thread broke: oh"] and night.told == []


def test_a_pause_in_words():
    back_off = BackOff()
    assert [in_words(back_off.pause_after(0)) for _ in range(2)] == [
        "it is started again at once.", "it is started again in 1 s.",
    ]  # fmt: skip


def test_an_error_without_words_is_called_by_its_name():
    assert first_line(ValueError()) == "ValueError"
    assert first_line(ValueError("one\ntwo")) == "one"


def test_a_port_that_another_has_is_no_number_in_brackets():
    first, second = socket.socket(), socket.socket()
    with first, second:
        first.bind(("127.0.0.1", 0))
        first.listen()
        with pytest.raises(OSError) as told:
            second.bind(first.getsockname())
    assert first_line(told.value) == "another program has its port"
    assert "No such file" in first_line(FileNotFoundError(2, "No such file", "x"))


def test_a_part_that_hangs_does_not_hold_the_program_up():
    program = """
import threading
from live.core.worker import start_worker
start_worker("film", threading.Event().wait, threading.Event(), print)
print("over")
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == "over\n"
