"""Another machine's MIDI clock: its tempo through jitter, its beat and bar, its stop."""

import numpy as np
import pytest
from seeds import seed_of

from live.midi.clock_in import TICKS, ClockIn
from live.midi.touch import Pulse, SongPosition


def play(clock, bpm, n_ticks, at=0.0, jitter=0.0, rng=None, look=lambda at: None):
    """Ticks `n_ticks` long; the time of the next one."""
    for i in range(n_ticks):
        late = rng.normal(0.0, jitter) if rng else 0.0
        clock.feed(Pulse.TICK, at + i * 2.5 / bpm + late)
        if i % 3 == 2:
            look(at + i * 2.5 / bpm)
    return at + n_ticks * 2.5 / bpm


def bpm_of(clock, now):
    grid = clock.grid(now, 4)
    return grid and 60 / grid.period


@pytest.mark.parametrize("bpm", [60.0, 120.0, 174.0])
def test_jitter_of_two_milliseconds_moves_the_tempo_by_less_than_a_third(bpm):
    clock, rng, off, phase = ClockIn(), np.random.default_rng(seed_of()), [], []
    clock.feed(Pulse.START, 0.0)

    def look(at):
        grid = clock.grid(at, 4)
        if grid is not None and at > 6 * 60 / bpm:
            off.append(60 / grid.period - bpm)
            phase.append((grid.beat_at + grid.period / 2) % (60 / bpm) - 30 / bpm)

    play(clock, bpm, 24 * 60, jitter=0.002, rng=rng, look=look)
    assert len(off) > 400 and max(map(abs, off)) < 0.3
    assert max(map(abs, phase)) < 0.003


def test_beat_and_bar_from_the_start_on():
    clock = ClockIn()
    clock.feed(Pulse.START, 9.99)
    assert clock.grid(10.0, 4) is None
    end = play(clock, 120.0, 24 * 6 + 1, at=10.0)
    grid = clock.grid(end, 4)
    assert grid.beat_at == pytest.approx(13.0) and grid.place == 2
    assert grid.period == pytest.approx(0.5) and clock.grid(end, 3).place == 0


def test_without_a_start_the_tempo_alone_is_known():
    clock = ClockIn()
    end = play(clock, 100.0, 50)
    grid = clock.grid(end, 4)
    assert not grid.is_placed and grid.place is None and grid.period == pytest.approx(0.6)


def test_continue_goes_on_where_the_song_stands():
    clock = ClockIn()
    clock.feed(SongPosition(16 * 2 + 4), 0.0)  # the second beat of the third bar
    clock.feed(Pulse.CONTINUE, 0.0)
    end = play(clock, 120.0, 25)
    assert clock.grid(end, 4).place == 2
    clock.feed(Pulse.STOP, end)
    assert clock.grid(end, 4) is None
    end = play(clock, 120.0, 10, at=end)
    assert clock.grid(end, 4) is None, "it ticks on, but nothing is played"
    clock.feed(Pulse.CONTINUE, end)
    end = play(clock, 120.0, 24, at=end)
    assert clock.grid(end, 4).place == 3, "as if there had been no stop"


def test_a_clock_that_ends_is_let_go():
    clock = ClockIn()
    clock.feed(Pulse.START, 0.0)
    end = play(clock, 120.0, 96)
    assert clock.grid(end + 0.4, 4) is not None and clock.grid(end + 0.6, 4) is None
    end = play(clock, 90.0, 30, at=end + 5.0)
    assert not clock.grid(end, 4).is_placed and bpm_of(clock, end) == pytest.approx(90.0)


def test_another_tempo_is_there_within_a_beat_and_a_half():
    clock, rng = ClockIn(), np.random.default_rng(seed_of())
    clock.feed(Pulse.START, 0.0)
    found = []
    end = play(clock, 120.0, 240, jitter=0.0005, rng=rng, look=lambda at: clock.grid(at, 4))
    end = play(clock, 140.0, 36, at=end, jitter=0.0005, rng=rng,
               look=lambda at: found.append(bpm_of(clock, at)))  # fmt: skip
    assert found[-1] == pytest.approx(140.0, abs=1.5)
    end = play(clock, 140.0, 150, at=end, look=lambda at: clock.grid(at, 4))
    assert bpm_of(clock, end) == pytest.approx(140.0, abs=0.1)
    assert clock.grid(end, 4).place == (240 + 36 + 150 - 1) // 24 % 4


def test_late_ticks_do_not_count():
    clock = ClockIn()
    for i in range(144):
        clock.feed(Pulse.TICK, i * 2.5 / 120 + (0.012 if i % 17 == 5 else 0.0))
    assert bpm_of(clock, 3.0) == pytest.approx(120.0, abs=0.01)


@pytest.mark.parametrize("bpm", [90.0, 118.0, 150.0])
def test_ticks_that_a_busy_machine_holds_up_and_gives_in_bursts(bpm):
    """Each stall keeps what comes in it until its end."""
    clock, rng, found = ClockIn(), np.random.default_rng(seed_of()), []
    clock.feed(Pulse.START, 0.0)
    held_until = 0.0
    for i in range(24 * 60):
        due = i * 2.5 / bpm
        if rng.uniform() < 0.06:
            held_until = due + rng.uniform(0.01, 0.09)
        at = max(due, held_until)
        clock.feed(Pulse.TICK, at)
        if i % 5 == 4 and due > 3.5:
            found.append(bpm_of(clock, at))
    assert len(found) > 200 and found == pytest.approx([bpm] * len(found), rel=5e-3)


def test_what_is_no_tempo_is_none():
    for bpm in (10.0, 1000.0):
        clock = ClockIn()
        end = play(clock, bpm, 60)
        assert clock.grid(end, 4) is None


@pytest.mark.parametrize("block", [256 / 48_000, 512 / 48_000, 1024 / 44_100])
@pytest.mark.parametrize("bpm", [60.0, 90.0, 118.0, 120.0, 124.0, 127.3, 140.0, 174.0])
def test_ticks_that_come_in_the_blocks_of_a_sound_server_tell_the_tempo(bpm, block):
    """Late by up to a block, never early: a median of the times between them is whole blocks."""
    tick = 60 / bpm / TICKS
    clock, told, placed = ClockIn(), [], []
    clock.feed(Pulse.START, 10.0)
    for n in range(1000):
        at = float(np.ceil((10.0 + n * tick) / block) * block)
        clock.feed(Pulse.TICK, at)
        if n > 200 and n % 7 == 0 and (grid := clock.grid(at, 4)):
            told.append(60 / grid.period)
            beats = (grid.beat_at - 10.0) / (TICKS * tick)
            placed.append((beats - round(beats)) * TICKS * tick)
    assert len(told) == 114
    assert np.median(told) == pytest.approx(bpm, rel=0.001)
    assert told == pytest.approx([bpm] * len(told), rel=0.005)
    assert min(placed) > -0.001 and max(placed) < block + 0.001, "never more than a block late"
