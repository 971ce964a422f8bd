"""How bands swing with the beat, by the definition; when a kind is said; an overflow's limits."""

import numpy as np
import pytest
from seeds import rng_of

from live.sound.overflow import OverflowGauge
from models.beat.grid import Grid
from models.beat.groove import N_FEATURES, GrooveEar, Swinging


def _frames(chunks):
    """(end of the chunk, level in each band) of each hundredth of a second, one by one."""
    bands = ((100, 300), (300, 2_000), (3_000, 8_000))
    hz = np.arange(81) * 100
    for number, chunk in enumerate(chunks):
        for frame in range(10):
            samples = chunk[160 * frame : 160 * (frame + 1)] * np.hanning(160)
            power = np.abs(np.fft.rfft(samples)) ** 2
            levels = [np.sqrt(power[(hz >= low) & (hz < high)].sum()) for low, high in bands]
            yield number, 0.1 * number + 0.01 * (frame + 0.5), levels


@pytest.mark.parametrize(("period", "count", "beat_at"), [(0.5, 0, 0.0), (0.4, 7, 1.13)])
def test_swings_by_their_definition(period, count, beat_at):
    """Of the levels of six seconds, an exponential mean: how much of them turns with the beat."""
    rng, n = rng_of(6), 30
    loud = 0.1 * rng.random((n, 1)) + 0.01
    chunks = (loud * rng.standard_normal((n, 1_600))).astype(np.float32)
    grid = Grid(beat_at, period, count, 1.0, None, 4, False)
    swinging = Swinging()
    for number, chunk in enumerate(chunks):
        swinging.feed(chunk, 0.1 * (number + 1), grid)
    swings = (0.25, 0.5, 1.0, 2.0, 4.0)
    found, total = np.zeros((3, 5), complex), np.zeros(3)
    for number, time, levels in _frames(chunks):
        weight = np.exp(-0.1 * (n - 1 - number) / 6.0)
        beats = count + (time - beat_at) / period
        total += weight * np.array(levels)
        found += weight * np.outer(levels, np.exp(-2j * np.pi * beats * np.array(swings)))
    found /= total[:, None]
    features = swinging.features()
    assert features[:15] == pytest.approx(np.abs(found).ravel(), abs=1e-6)
    assert features[15:21] == pytest.approx(found[:, 2:4].real.ravel(), abs=1e-6)
    octaves = np.log2(0.5 / period)
    assert features[21:] == pytest.approx([octaves, abs(octaves)], abs=1e-9)
    assert swinging.heard_s == pytest.approx(3.0)
    swinging.feed(chunks[0], 4.0, None)
    assert swinging.heard_s == 0 and not swinging.features().any(), "without a beat it is forgotten"


SILENT = np.zeros(1_600, np.float32)
GRID = Grid(0.0, 0.5, 0, 1.0, None, 4, False)


def _ear(*beliefs):
    """Kinds of these beliefs whatever is heard."""
    rows = np.zeros((len(beliefs), N_FEATURES + 1))
    rows[:, -1] = np.log(beliefs)
    return GrooveEar(dict(zip("abcdef", rows.tolist(), strict=False)))


def _fed(ear, chunks, grid=GRID):
    return [ear.feed(SILENT, 0.1 * n, grid) for n in range(chunks)]


@pytest.mark.parametrize(
    ("beliefs", "said"),
    [((0.3, 0.51, 0.19), "b"), ((0.32, 0.49, 0.19), ""), ((0.9, 0.1), "a"), ((0.25,) * 4, "")],
)
def test_a_kind_is_said_that_is_likelier_than_all_others(beliefs, said):
    ear = _ear(*beliefs)
    assert _fed(ear, 39) == [""] * 39, "not before four seconds"
    assert _fed(ear, 3)[-1] == said == ear.groove


def test_another_kind_is_said_when_it_has_led_for_three_seconds():
    ear = _ear(0.9, 0.1)
    _fed(ear, 50)
    ear._likeliest = lambda features: "b"
    assert set(_fed(ear, 30)) == {"a"} and set(_fed(ear, 3)[2:]) == {"b"}
    ear._likeliest = lambda features: "a"
    assert set(_fed(ear, 29)) == {"b"}
    for between in ("", "c"):  # it must lead on end
        ear._likeliest = lambda features, between=between: between
        assert _fed(ear, 1) == ["b"]
        ear._likeliest = lambda features: "a"
        assert set(_fed(ear, 29)) == {"b"}
    ear._likeliest = lambda features: ""
    assert set(_fed(ear, 60)) == {"b"}, "what is not clear changes nothing"


def test_after_the_beat_was_lost_it_takes_four_seconds_again_and_the_kind_stays():
    ear = _ear(0.9, 0.1)
    _fed(ear, 50)
    assert ear.feed(SILENT, 5.0, None) == "a"
    ear._likeliest = lambda features: 1 / 0
    assert set(_fed(ear, 39)) == {"a"}
    ear.reset()
    assert (ear.groove, ear._swinging.heard_s, ear._leading, ear._leads_s) == ("", 0.0, "", 0.0)


# how much sound an overflow lost


def _told(steps, first=(10.0, 3.0)):
    """(at, late) one after the other after an overflow -> what is lost at each."""
    gauge = OverflowGauge()
    return [gauge.lost(*first, True), *(gauge.lost(at, late, False) for at, late in steps)]


@pytest.mark.parametrize(
    ("late", "at", "lost"),
    [
        (1.01, 10.29, 0.0), (1.01, 10.31, 1.01), (0.99, 10.31, 0.0), (0.99, 10.99, 0.0),
        (0.99, 11.01, 0.99),
    ],
)  # fmt: skip
def test_lateness_of_more_than_a_second_need_only_stand_for_a_third(late, at, lost):
    assert _told([(at, late)], (10.0, late)) == [0.0, pytest.approx(lost)]


@pytest.mark.parametrize(("step", "is_standing"), [(0.019, True), (0.021, False)])
def test_it_stands_while_it_falls_by_no_more_than_jitter(step, is_standing):
    found = _told([(10.2, 3.0 - step), (10.31, 3.0)])
    assert found == [0.0, 0.0, pytest.approx(3.0 - step) if is_standing else 0.0]


def test_an_overflow_begins_the_count_anew_and_is_told_once():
    gauge = OverflowGauge()
    assert gauge.lost(5.0, 0.5, False) == 0.0, "there was none"
    gauge.lost(10.0, 0.1, True)
    gauge.lost(10.9, 0.5, True)
    assert gauge.lost(11.5, 0.4, False) == 0.0
    assert gauge.lost(11.9, 0.5, False) == pytest.approx(0.4), "the least since then"
    assert gauge.lost(12.9, 0.5, False) == 0.0
