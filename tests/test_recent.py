"""What is dear to look up, on a clock made here."""

import threading

from made_clock import made_clock

from live.core import recent
from live.core.recent import Recent


def test_it_is_looked_up_anew_only_when_it_is_old(monkeypatch):
    clock = made_clock(monkeypatch, recent)
    looks = iter(range(10))
    look = Recent(lambda: next(looks), 0.25)
    told = []
    for _ in range(8):
        told.append(look())
        clock.now += 0.125
    assert told == [0, 0, 1, 1, 2, 2, 3, 3]


def test_those_who_ask_at_the_same_time_share_one_look():
    looking, going_on, n = threading.Event(), threading.Event(), []

    def look():
        n.append(1)
        looking.set()
        assert going_on.wait(20)
        return "it"

    one, told = Recent(look, 1000.0), []
    asking = [threading.Thread(target=lambda: told.append(one())) for _ in range(4)]
    for thread in asking:
        thread.start()
    assert looking.wait(20)
    going_on.set()
    for thread in asking:
        thread.join(20)
    assert told == ["it"] * 4 and len(n) == 1
