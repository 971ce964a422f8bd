"""The clock that is sent: on the grid of the beat, from a bar on, 24 ticks a beat through all."""

import threading
import time
from itertools import pairwise

import pytest
from made_midi import MadePorts

from live.core.media_clock import MediaClock
from live.core.messages import Beat
from live.midi.clock_in import ClockIn
from live.midi.clock_out import ClockOut, Ticks
from live.midi.touch import Pulse


def beat(now, bpm=120.0, line=0.0, bars=True):
    """As the dance knows it at `now`: a bar begins at `line`."""
    beats = (now - line) * bpm / 60
    return Beat(now, 0.5, 0.0, bpm, beats % 1.0, beats / 4 % 1.0 if bars else None, 0.9)


def send(ticks, until, now, heard):
    """What is sent to `until`; `heard(now)` is the newest beat."""
    sent = []
    while (due := ticks.expect(heard(now), now)) is not None and due[0] < until:
        now = max(now, due[0])
        ticks.sent(*due)
        sent.append(due)
    return sent


def test_it_starts_on_a_bar_and_ticks_24_times_a_beat():
    sent = send(Ticks(), 6.0, 0.3, lambda now: beat(now))
    assert sent[0] == (pytest.approx(2.0), Pulse.START)
    assert [pulse for _, pulse in sent[1:]] == [Pulse.TICK] * 191
    assert [at for at, _ in sent] == pytest.approx([2.0 + i * 0.5 / 24 for i in range(192)])


def test_where_no_bar_is_known_a_beat_stands_for_it():
    assert send(Ticks(), 1.2, 0.3, lambda now: beat(now, bars=False))[0][0] == pytest.approx(0.5)


def test_nothing_without_a_beat_and_a_stop_when_it_is_lost():
    ticks = Ticks()
    assert (
        ticks.expect(None, 1.0) is None
        and ticks.expect(Beat(1.0, 0, 0, 0, None, None, 0), 1.0) is None
    )
    send(ticks, 3.0, 1.9, lambda now: beat(now))
    assert ticks.expect(beat(3.0), 5.1) == (5.1, Pulse.STOP), "nobody confirmed it"
    ticks.sent(5.1, Pulse.STOP)
    assert ticks.expect(None, 5.2) is None


def test_a_corrected_grid_is_glided_to_and_no_tick_is_lost():
    ticks = Ticks()
    sent = send(ticks, 4.0, 1.9, lambda now: beat(now))
    for shift in (0.04, -0.04):
        sent += send(ticks, sent[-1][0] + 4.0, sent[-1][0], lambda now, s=shift: beat(now, line=s))
        n = len(sent) - 1
        assert sent[-1][0] == pytest.approx(2.0 + n * 0.5 / 24 + shift)
    apart = [b - a for (a, _), (b, _) in pairwise(sent)]
    assert min(apart) > 0.49 * 0.5 / 24 and max(apart) < 2.01 * 0.5 / 24


def test_where_the_bar_is_another_it_starts_anew():
    ticks = Ticks()
    send(ticks, 4.0, 1.9, lambda now: beat(now))
    sent = send(ticks, 9.0, 4.0, lambda now: beat(now, line=0.5))
    assert [pulse for _, pulse in sent[:2]] == [Pulse.STOP, Pulse.START]
    assert sent[1][0] == pytest.approx(4.5) and sent[2][1] is Pulse.TICK


def test_after_a_stall_no_ticks_are_made_up():
    ticks = Ticks()
    send(ticks, 4.0, 1.9, lambda now: beat(now))
    assert ticks.expect(beat(7.0), 7.0) == (7.0, Pulse.STOP)


def test_who_hears_it_has_the_same_bar():
    ticks, clock = Ticks(), ClockIn()
    for at, pulse in send(ticks, 20.0, 0.3, lambda now: beat(now, bpm=128.0)):
        clock.feed(pulse, at)
        if pulse is Pulse.START:
            clock.feed(Pulse.TICK, at)
    grid = clock.grid(20.0, 4)
    assert 60 / grid.period == pytest.approx(128.0)
    off = (grid.beat_at - grid.place * grid.period) / (4 * 60 / 128)
    assert off == pytest.approx(round(off), abs=1e-6)


def test_a_device_that_goes_is_sent_to_again():
    ports, said, ending = MadePorts(now=time.perf_counter), [], threading.Event()
    clock = MediaClock(time.perf_counter())

    def newest():
        return beat(clock.media(time.perf_counter()), bpm=240.0)

    out = ClockOut("synth", lambda: ports, clock, newest, said.append)
    thread = threading.Thread(target=out.run, args=(ending,), daemon=True)
    thread.start()

    def until(is_so):
        end = time.monotonic() + 20
        while not is_so() and time.monotonic() < end:
            time.sleep(0.02)
        assert is_so(), said

    until(lambda: said)
    assert said == ["MIDI clock: no 'synth' is there; it is sent when it comes. Now: none."]
    ports.plug("my synth")
    until(lambda: "my synth" in ports.out and len(ports.out["my synth"].sent) > 3)
    first = ports.out["my synth"]
    assert [data for data, _ in first.sent[:3]] == [b"\xfa", b"\xf8", b"\xf8"]
    first.is_broken = True
    until(lambda: ports.out["my synth"] is not first and ports.out["my synth"].sent)
    assert said[1] == "MIDI clock: my synth takes no messages; it is sent again when it is back."
    ending.set()
    thread.join(20)
    assert ports.out["my synth"].sent[-1][0] == b"\xfc", "who listens stops with the show"
