"""What several threads ask for is worked out once."""

import threading

import pytest

from live.core.once import Once


def test_each_is_made_by_the_first_who_asks():
    once, made = Once(), []

    def make(name):
        made.append(name)
        return object()

    first = once.get("a", lambda: make("a"))
    assert once.get("a", lambda: make("a")) is first
    assert once.get("b", lambda: make("b")) is not first
    assert made == ["a", "b"]


def test_who_asks_meanwhile_waits_for_the_same_and_for_nothing_else():
    once, begun, go_on, made = Once(), threading.Event(), threading.Event(), []

    def slowly():
        begun.set()
        assert go_on.wait(60)
        made.append(1)
        return "slow"

    threads = [threading.Thread(target=once.get, args=("slow", slowly)) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    assert once.get("quick", lambda: "quick") == "quick"
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert made == [1] and once.get("slow", slowly) == "slow"


def test_what_could_not_be_made_is_tried_again():
    once = Once()
    with pytest.raises(ZeroDivisionError):
        once.get("a", lambda: 1 // 0)
    assert once.get("a", lambda: 5) == 5
