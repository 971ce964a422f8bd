"""Numbers that move with the beat: laws on a clock made here."""

import math
from dataclasses import replace

import numpy as np
import pytest

from live.controls import modulation
from live.controls.commands import command_for
from live.controls.modulation import EASE_S, Modulations, parsed
from live.controls.quantise import Grid
from live.core.messages import Beat, Modulate
from live.core.settings import MODULATED, OFF, PERIODS, SCALES, SHAPES

BPM = 120.0
PERIOD = 60 / BPM
SHAPED = SHAPES[1:]


def beat_at(time, bpm=BPM, has_bar=True, beats_per_bar=4, first=0.0, **more):
    """Of a grid with a bar line at media time `first`."""
    beats = (time - first) * bpm / 60
    bar = beats / beats_per_bar % 1 if has_bar else None
    return Beat(time, 0.5, 0.0, bpm, beats % 1, bar, more.pop("confidence", 1.0), beats_per_bar,
                **more)  # fmt: skip


class Clock:
    """The thread that paints, 20 pictures a second, with what a follower tells ten times."""

    def __init__(self, beat=beat_at):
        self.modulations, self.grid, self.time, self.beat = Modulations(), Grid(), 0.0, beat

    def run(self, seconds):
        for _ in range(round(seconds * 20)):
            self.time += 0.05
            beat = self.beat and self.beat(math.floor(self.time * 10) / 10)
            self.grid.follow(beat)
            self.modulations.follow(beat, self.time, self.grid.bar)
        return self

    def at(self, time, name="scale", number=1.0):
        return self.modulations.moved(name, number, time)

    def wave(self, period, n=64):
        """Over one period from a line on."""
        line = math.ceil(self.time / period) * period
        return np.array([self.at(line + k * period / n) - 1.0 for k in range(n)])


def moving(shape="sine", depth=0.1, rate="beat", beat=beat_at):
    clock = Clock(beat)
    clock.modulations.set(Modulate("scale", shape, depth, rate))
    return clock.run(4 * 8 * PERIOD)


@pytest.mark.parametrize("shape", SHAPED)
def test_each_shape_is_highest_on_its_line_and_stays_inside_its_depth(shape):
    wave = moving(shape).wave(PERIOD)
    assert wave.max() <= 0.1 + 1e-9 and wave.min() >= -0.1 - 1e-9
    if shape != "saw_up":
        assert wave[0] == pytest.approx(0.1, abs=1e-6)
    else:
        assert wave[0] == pytest.approx(-0.1, abs=1e-6) and wave[-1] == wave.max()
    lowest = 0.0 if shape == "pulse" else -0.1
    assert wave.min() == pytest.approx(lowest, abs=0.005)
    if shape != "pulse":
        assert wave.mean() == pytest.approx(0.0, abs=0.002), "around what is set"


def test_the_shapes_are_what_they_are_called():
    phases = np.arange(64) / 64
    wanted = {
        "sine": np.cos(2 * np.pi * phases), "saw_up": 2 * phases - 1, "saw_down": 1 - 2 * phases,
        "triangle": np.abs(4 * phases - 2) - 1, "square": np.where(phases < 0.5, 1, -1),
        "pulse": np.exp(-5 * phases),
    }  # fmt: skip
    for shape, wave in wanted.items():
        assert moving(shape).wave(PERIOD) / 0.1 == pytest.approx(wave, abs=1e-6), shape
    assert set(wanted) == set(SHAPED)


@pytest.mark.parametrize(("rate", "beats"), zip(PERIODS, (0.5, 1, 2, 4, 8, 16), strict=True))
def test_each_rate_is_so_many_beats_and_begins_on_their_line(rate, beats):
    wave = moving("saw_down", rate=rate).wave(beats * PERIOD)
    assert wave == pytest.approx(0.1 - 0.2 * np.arange(64) / 64, abs=1e-6)


def test_bars_of_three_have_three_beats():
    clock = moving("saw_down", rate="bar", beat=lambda time: beat_at(time, beats_per_bar=3))
    assert clock.wave(3 * PERIOD)[0] == pytest.approx(0.1, abs=1e-6)


def test_lines_of_four_bars_are_those_that_changes_wait_for():
    clock = moving("saw_down", rate="4 bars")
    line = clock.grid.next(clock.beat(clock.time), clock.time, "4 bars")
    assert clock.at(line) == pytest.approx(1.1, abs=1e-6)
    assert clock.at(line - 1e-3) < 0.91


def test_where_no_bar_is_known_four_beats_stand_for_it():
    clock = moving("saw_down", rate="bar", beat=lambda time: beat_at(time, has_bar=False))
    assert np.ptp(clock.wave(4 * PERIOD)) == pytest.approx(0.2, rel=0.05)
    line = next(t for t in np.arange(0, 4) * PERIOD + 40 * PERIOD if clock.at(t) > 1.099)
    assert clock.at(line + 4 * PERIOD) == pytest.approx(1.1, abs=1e-6)


def test_it_begins_and_ends_without_a_jump():
    clock = Clock()
    clock.run(3.0)
    assert clock.modulations.is_still and clock.at(clock.time) == 1.0
    clock.modulations.set(Modulate("scale", "square", 0.1, "beat"))
    clock.run(0.05)
    begun = clock.time
    assert clock.at(begun) == 1.0
    assert abs(clock.at(begun + EASE_S / 2) - 1) == pytest.approx(0.05)
    clock.run(1.0)
    assert abs(clock.at(clock.time) - 1) == pytest.approx(0.1)
    clock.modulations.set(parsed("scale"))
    clock.run(0.05)
    assert abs(clock.at(clock.time) - 1) == pytest.approx(0.1), "not at once"
    clock.run(1.0)
    assert clock.at(clock.time) == 1.0 and clock.modulations.is_still


@pytest.mark.parametrize("lost", [
    None,  # the follower tells nothing
    lambda time: replace(beat_at(time), beat_phase=None, bar_phase=None, bpm=0.0),
    lambda time: beat_at(time, confidence=0.05),
    lambda time: beat_at(5.0),  # that nobody confirms
])  # fmt: skip
def test_it_falls_still_where_no_beat_is_heard_and_comes_back(lost):
    clock = moving()
    clock.beat = lost and (lambda time: lost(time))
    clock.run(4.0)
    assert [clock.at(clock.time + k * 0.1) for k in range(5)] == [1.0] * 5
    clock.beat = beat_at
    clock.run(2.0)
    assert clock.wave(PERIOD)[0] == pytest.approx(0.1, abs=1e-6)


def test_a_tempo_held_by_hand_is_sure_enough():
    clock = moving(beat=lambda time: beat_at(time, confidence=0.0, by_hand=True))
    assert clock.wave(PERIOD)[0] == pytest.approx(0.1, abs=1e-6)


def test_it_stays_inside_the_range():
    clock = moving("square", depth=5.0)
    values = {clock.at(clock.time + k * PERIOD / 8, number=number)
              for k in range(16) for number in (0.25, 1.0, 2.0)}  # fmt: skip
    assert values == set(SCALES)


def test_below_zero_the_shape_is_turned_over():
    assert moving("pulse", depth=-0.1).wave(PERIOD)[0] == pytest.approx(-0.1, abs=1e-6)


def test_a_grid_that_is_corrected_a_little_moves_nothing_much():
    clock = moving("sine", rate="4 bars")
    before = clock.at(clock.time)
    clock.beat = lambda time: beat_at(time, bpm=BPM * 1.002, first=0.01)
    clock.run(0.1)
    assert abs(clock.at(clock.time) - before) < 0.02


def test_the_tempo_may_drift_over_a_night():
    """Bars are counted on; nothing is added up that could run away."""
    clock = Clock(lambda time: beat_at(time, bpm=118.0))
    clock.modulations.set(Modulate("scale", "saw_down", 0.1, "bar"))
    clock.run(120.0)
    line = math.ceil(clock.time / (4 * 60 / 118)) * 4 * 60 / 118
    assert clock.at(line + 1e-6) == pytest.approx(1.1, abs=1e-3)


@pytest.mark.parametrize("name", MODULATED)
def test_each_by_its_own_controls(name):
    """As OSC, a knob, a scene and the windows ask for it."""
    modulations = Modulations()

    def ask(control, value):
        return command_for(control, value, modulations.values().get, 0.0)

    for control, value in ((f"{name}_shape", "square"), (f"{name}_depth", "-0.1"),
                           (f"{name}_rate", "next")):  # fmt: skip
        if value == "-0.1":
            value = -0.1
        for command in ask(control, value):
            modulations.set(command)
    rates = list(PERIODS)
    rate = rates[(rates.index(MODULATED[name].rate) + 1) % len(rates)]
    assert modulations.texts() == [f"{name} square -0.1 {rate}"]
    assert ask(f"{name}_shape", "round") is None and ask(f"{name}_rate", 17) is None
    for command in ask("modulate", name):
        modulations.set(command)
    assert modulations.texts() == [] and modulations.values()[f"{name}_shape"] == OFF


@pytest.mark.parametrize(("words", "told"), [
    ("scale sine 0.1 bar", Modulate("scale", "sine", 0.1, "bar")),
    (("scale", "sine", 0.1, "4 bars"), Modulate("scale", "sine", 0.1, "4 bars")),
    (("x", "saw_up", 1), Modulate("x", "saw_up", 1.0)),
    ("energy pulse -9 1/2 beat", Modulate("energy", "pulse", -2.0, "1/2 beat")),
    ("y", Modulate("y", OFF)),
    ("y off", Modulate("y", OFF)),
])  # fmt: skip
def test_words(words, told):
    assert parsed(words) == told
    assert command_for("modulate", words, {}.get, 0.0) == [told]


@pytest.mark.parametrize(("words", "why"), [
    ("", "does not move"), ("gain sine 1 bar", "say scale, x, y, energy"),
    ("scale round", "no shape"), ("scale sine far bar", "no depth"),
    ("scale sine nan bar", "no depth"), ("scale sine 0.1 year", "no rate"),
])  # fmt: skip
def test_what_is_no_modulation_is_told_in_a_sentence(words, why):
    with pytest.raises(ValueError, match=why):
        parsed(words)
    for value in (words, 3.0, None, True):
        assert command_for("modulate", value, {}.get, 0.0) is None


def test_all_waves_are_named_once():
    assert tuple(modulation._WAVES) == SHAPED
