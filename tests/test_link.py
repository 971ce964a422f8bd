"""Ableton Link between two processes: the dance is on the bar of the other one's clock."""

import json
import os
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

pytest.importorskip("link")

from live.core.media_clock import MediaClock
from live.core.messages import AudioChunk, Beat, OuterGrid
from live.dance.beat_follower import BeatFollower
from live.link.peer import Followed, LinkPeer, correction, heard_grid
from live.link.session import Session

GRID = OuterGrid(10.0, 0.5, 0, 4, 10.0)


def has_multicast():
    """Whether this machine hears what it sends to a group, as Link does."""
    group = "224.76.78.75"
    try:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth,
        ):
            ear.bind(("", 0))
            member = socket.inet_aton(group) + socket.inet_aton("0.0.0.0")
            ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            ear.settimeout(5.0)
            mouth.sendto(b"?", (group, ear.getsockname()[1]))
            return ear.recv(1) == b"?"
    except OSError:
        return False


class Other:
    """The other program."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "tests/link_peer.py"], env=os.environ | {"PYTHONPATH": os.getcwd()},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def say(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def until_met(self):
        end = time.monotonic() + 30
        while not self.say("look 4")["peers"]:
            assert time.monotonic() < end, "Link found nobody"
            time.sleep(0.1)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


class Dance:
    """A follower on a clock of its own, and the peer that tells it."""

    def __init__(self, leads=False):
        self.clock, self.beat = MediaClock(time.perf_counter() - 3.217), None
        self.follower, self.ending = BeatFollower(), threading.Event()
        self.peer = LinkPeer(self.clock, lambda: self.beat, lambda: 4, self.follower.follow, leads)
        self._thread = threading.Thread(target=self.peer.run, args=(self.ending,), daemon=True)
        self._thread.start()

    def hear(self):
        """The beat at the end of the chunk of now; silence is heard."""
        index = int(self.clock.media(time.perf_counter()) / 0.1)
        silence = np.zeros(1600, np.float32)
        return self.follower.feed(AudioChunk(index, silence, time.perf_counter()))

    def until(self, is_so):
        """The first such beat."""
        end = time.monotonic() + 30
        while not is_so(beat := self.hear()):
            assert time.monotonic() < end, beat
            time.sleep(0.05)
        return beat

    def close(self):
        self.ending.set()
        self._thread.join(20)


@pytest.fixture
def other():
    if not has_multicast():
        pytest.skip("this machine does not hear its own multicast, which Link needs")
    found = Other()
    yield found
    found.close()


def off_ms(beat, clock, told):
    """How far our bar is from the other's clock."""
    bar_s = 240 / told["bpm"]
    at = clock.host(beat.time)
    there = (told["phase"] / 4 + (at - told["at"]) / bar_s) % 1.0
    off = beat.bar_phase - there
    return (off - round(off)) * bar_s * 1e3


def test_the_dance_is_on_the_others_bar_within_5_ms(other):
    dance = Dance()
    try:
        other.until_met()
        dance.follower.choose_source("link")
        other.say("tempo 127")
        beat = dance.until(lambda beat: abs(beat.bpm - 127) < 0.01)
        assert beat.source == "link" and beat.confidence == 1.0 and not beat.by_hand
        off = [off_ms(dance.hear(), dance.clock, other.say("look 4")) for _ in range(20)]
        print("off Link's bar by ms, most:", max(map(abs, off)))
        assert max(map(abs, off)) < 5.0
        other.say("tempo 93.5")
        dance.until(lambda beat: abs(beat.bpm - 93.5) < 0.01)
        assert abs(off_ms(dance.hear(), dance.clock, other.say("look 4"))) < 5.0
        other.say("play 1")
        time.sleep(0.5)
        other.say("play 0")
        dance.until(lambda beat: beat.source == "")
        other.say("play 1")
        dance.until(lambda beat: beat.source == "link")
    finally:
        dance.close()
    assert dance.hear().source == ""


def test_a_show_that_leads_gives_the_others_its_beat(other):
    dance = Dance(leads=True)
    try:
        other.until_met()
        until = time.monotonic() + 30
        media = dance.clock.media(time.perf_counter())
        dance.beat = Beat(media, 0.5, 0.0, 134.0, 0.25, (2 + 0.25) / 4, 0.0, by_hand=True)

        def is_led():
            told = other.say("look 4")
            beats = (told["at"] - dance.clock.host(media)) * 134 / 60 + 2.25
            off = told["phase"] - beats
            return (
                abs(told["bpm"] - 134) < 0.06 and abs(off - 4 * round(off / 4)) * 60 / 134 < 0.012
            )

        while not is_led():
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        dance.close()


def test_a_session_without_others_or_stopped_has_no_beat():
    followed = Followed()
    assert followed.grid(Session(GRID, False, 0)) is None
    assert followed.grid(Session(GRID, False, 1)) is GRID, "nobody ever started it"
    assert followed.grid(Session(GRID, True, 2)) is GRID
    assert followed.grid(Session(GRID, False, 2)) is None
    assert followed.grid(Session(GRID, True, 1)) is GRID


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        (GRID, None), (OuterGrid(10.5, 0.5, 1, 4, 10.0), None),
        (OuterGrid(12.0, 0.5, 0, 4, 9.0), None),
        (OuterGrid(10.009, 0.5, 0, 4, 10.0), None), (OuterGrid(10.011, 0.5, 0, 4, 10.0), True),
        (OuterGrid(10.0, 0.5, 2, 4, 10.0), True), (OuterGrid(10.0, 0.5, None, 4, 10.0), None),
        (OuterGrid(10.0, 0.499, 0, 4, 10.0), False), (OuterGrid(10.25, 0.5, 0, 4, 10.0), True),
    ],
)  # fmt: skip
def test_what_a_leader_corrects(theirs, told):
    assert correction(GRID, theirs) is told


def test_what_is_heard_as_a_grid():
    clock = MediaClock(100.0)
    beat = Beat(8.0, 0.5, 0.0, 120.0, 0.5, 0.875, 0.9)
    assert heard_grid(beat, clock) == OuterGrid(107.75, 0.5, 3, 4, 108.0)
    unsure = Beat(8.0, 0.5, 0.0, 120.0, 0.5, 0.875, 0.4)
    none = Beat(8.0, 0.5, 0.0, 0.0, None, None, 0.0)
    own = Beat(8.0, 0.5, 0.0, 120.0, 0.5, 0.9, 1.0, source="link")
    assert [heard_grid(bad, clock) for bad in (None, unsure, none, own)] == [None] * 4
