"""The laws of wishes: the newest wins, the same again does nothing, an error changes nothing."""

import platform
import threading
import time

import pytest
from made_clock import made_clock
from seeds import rng_of

from live.core import heap, loader
from live.core.loader import SETTLE_S, Loader
from live.core.stats import resident_mb

SHOWN = "alice"


class Stage:
    """A loader whose loads last until `go` is set; "nobody" cannot be loaded."""

    def __init__(self, load_s: float = 0.0) -> None:
        self.go = threading.Event()
        self.go.set()
        self.began = threading.Event()
        self.loaded: list[str] = []  # all that was begun
        self.shown: list[str] = []
        self.dropped: list[str] = []
        self.errors: list[tuple[str, str]] = []
        self.threads: set[int] = set()
        self._load_s = load_s
        self.loader = Loader("load", self._load, self._show, self._fail, self.dropped.append, SHOWN)

    def _load(self, name: str) -> str:
        self.loaded.append(name)
        self.threads.add(sum(thread.name == "load" for thread in threading.enumerate()))
        self.began.set()
        assert self.go.wait(10)
        time.sleep(self._load_s)
        if name == "nobody":
            raise OSError("there is nobody of this name")
        return name.upper()

    def _show(self, name: str, loaded: str) -> None:
        assert loaded == name.upper()
        self.shown.append(name)

    def _fail(self, name: str, error: Exception) -> None:
        self.errors.append((name, str(error)))

    def rest(self) -> None:
        """Until nothing is wished for any more."""
        until = time.perf_counter() + 10
        while any(t.name == "load" for t in threading.enumerate()):
            assert time.perf_counter() < until
            time.sleep(0.01)


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.go.set()
    made.loader.close(5)


def test_a_wish_is_loaded_and_shown(stage):
    stage.loader.wish("bob")
    assert stage.loader.wanted == "bob"
    stage.rest()
    assert (stage.loaded, stage.shown, stage.dropped) == (["bob"], ["bob"], [])


def test_what_is_shown_or_on_its_way_is_not_loaded_again(stage):
    for _ in range(20):
        stage.loader.wish(SHOWN)
    stage.rest()
    assert stage.loaded == []
    stage.go.clear()
    for _ in range(10):
        stage.loader.wish("bob")
    assert stage.began.wait(5)
    for _ in range(10):
        stage.loader.wish("bob")
    stage.go.set()
    stage.rest()
    stage.loader.wish("bob")
    stage.rest()
    assert (stage.loaded, stage.shown) == (["bob"], ["bob"])


def test_the_newest_wish_wins_over_one_that_is_being_loaded(stage):
    stage.go.clear()
    stage.loader.wish("bob")
    assert stage.began.wait(5)
    for name in ("carla", "dora", "emil"):
        stage.loader.wish(name)
    stage.go.set()
    stage.rest()
    assert stage.loaded == ["bob", "emil"]
    assert stage.shown == ["emil"]
    assert stage.dropped == ["BOB"]


def test_back_to_what_is_shown_while_another_is_being_loaded(stage):
    stage.go.clear()
    stage.loader.wish("bob")
    assert stage.began.wait(5)
    stage.loader.wish(SHOWN)
    stage.go.set()
    stage.rest()
    assert (stage.loaded, stage.shown, stage.dropped) == (["bob"], [], ["BOB"])


def test_an_error_is_told_once_and_the_shown_one_stays(stage):
    for _ in range(10):
        stage.loader.wish("nobody")
    stage.rest()
    stage.loader.wish("nobody")
    stage.rest()
    assert stage.errors == [("nobody", "there is nobody of this name")]
    assert stage.loader.wanted == SHOWN
    stage.loader.wish("bob")
    stage.rest()
    assert stage.shown == ["bob"]


def test_what_failed_may_be_wished_for_again_later(stage, monkeypatch):
    monkeypatch.setattr("live.core.loader.RETRY_S", 0.0)
    for _ in range(2):
        stage.loader.wish("nobody")
        stage.rest()
    assert len(stage.errors) == 2


def test_closing_waits_for_the_load_and_throws_it_away(stage):
    stage.go.clear()
    stage.loader.wish("bob")
    assert stage.began.wait(5)
    threading.Timer(0.3, stage.go.set).start()
    began = time.perf_counter()
    stage.loader.close()
    assert time.perf_counter() - began > 0.2
    assert not any(thread.name == "load" for thread in threading.enumerate())
    assert (stage.shown, stage.dropped) == ([], ["BOB"])
    stage.loader.wish("carla")
    assert stage.loaded == ["bob"], "nothing is loaded any more"


def test_a_knob_that_is_turned_costs_one_load_and_one_thread():
    names = ["bob", "carla", "dora", SHOWN]
    stage, rng = Stage(load_s=0.02), rng_of(0)
    turns = 60
    for _ in range(turns):
        stage.loader.wish(names[int(rng.integers(4))])
        time.sleep(float(rng.uniform(0, SETTLE_S / 5)))
    stage.loader.wish("bob")
    stage.rest()
    assert stage.shown[-1] == "bob"
    assert len(stage.loaded) < turns / 6
    assert stage.threads == {1}
    assert len(stage.shown) + len(stage.dropped) == len(stage.loaded)


def test_memory_that_was_freed_goes_back():
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("this C library does not give memory back on demand")
    before = resident_mb()
    pieces = [bytearray(60_000) for _ in range(2000)]  # below what malloc maps by itself
    keep = pieces[1::100]
    assert resident_mb() > before + 90
    del pieces
    heap.give_back()
    assert resident_mb() < before + 20
    assert keep


def test_a_wish_that_comes_again_and_again_is_not_put_off(stage):
    """A fader that stands sends the same thirty times a second."""
    stage.loader.wish(SHOWN)
    assert not any(thread.name == "load" for thread in threading.enumerate())
    until = time.perf_counter() + 10
    while not stage.began.is_set() and time.perf_counter() < until:
        stage.loader.wish("bob")
        stage.began.wait(SETTLE_S / 10)
    stage.rest()
    assert stage.shown == ["bob"]
    assert time.perf_counter() < until


class News:
    """A condition on a clock made here: nobody is waited for."""

    def __init__(self, clock):
        self.clock = clock

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def notify(self):
        pass

    def wait(self, seconds):
        self.clock.sleep(seconds)
        return False


def test_how_long_a_wish_must_stand_and_one_that_failed_is_left_alone(monkeypatch):
    clock = made_clock(monkeypatch, loader)
    made = Stage().loader
    made._news, made._is_running = News(clock), True  # this thread is its own
    made.wish("bob")
    assert made._next() == "bob"
    assert clock.now == pytest.approx(1_000.1)
    made._give_up("bob", OSError("no"))
    assert made.wanted == SHOWN
    for after, is_wanted in ((1.98, False), (0.04, True)):
        clock.now += after
        made.wish("bob")
        assert (made.wanted == "bob") == is_wanted
    made._bring("bob", "BOB")
    before, freed = clock.now, []
    monkeypatch.setattr(loader, "give_back", lambda: freed.append(clock.now))
    assert made._next() is None
    assert freed == [pytest.approx(before + 0.2)] and not made._is_running
    made._is_running = True
    made.wish("carla")
    made.close()
    assert made._next() is None, "after the end nothing is loaded"


def test_the_error_of_an_older_wish_is_nobodys_matter(stage):
    stage.go.clear()
    stage.loader.wish("nobody")
    assert stage.began.wait(5)
    stage.loader.wish("bob")
    stage.go.set()
    stage.rest()
    assert (stage.errors, stage.shown, stage.loader.wanted) == ([], ["bob"], "bob")
