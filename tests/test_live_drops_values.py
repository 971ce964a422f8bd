"""Breaks and drops by the levels they begin at, on both sides of each; liveliness by its sum."""

import numpy as np
import pytest
from seeds import rng_of

from live.dance import drops
from live.dance.drops import Drops, Scene
from live.dance.liveliness import Liveliness

NEITHER = Scene(False, False, 0.0)


class Told:
    """Music told by its levels, dB: of the bass and of all sound, a tenth of a second at a time."""

    def __init__(self, patch):
        self.drops = Drops()
        patch.setattr(drops, "_levels", lambda levels: (levels[0], 10 ** (levels[1] / 10) - 1e-9))

    def feed(self, bass, loud, chunks=1, silent=False):
        """The scene in the last of these chunks."""
        return [self.drops.feed((bass, loud), silent) for _ in range(chunks)][-1]


@pytest.fixture
def told(monkeypatch):
    return Told(monkeypatch)


@pytest.mark.parametrize(
    ("before", "bass", "loud", "is_drop"),
    [
        (25, -31.9, -17.4, True), (25, -32.1, -17.4, False), (25, -31.9, -17.6, False),
        (24, -31.9, -17.4, False), (60, -31.9, -17.4, True),
    ],
)  # fmt: skip
def test_bass_that_comes_with_more_sound_is_a_drop(told, before, bass, loud, is_drop):
    """8 dB above the strongest bass and 2.5 above the mean of the 2.5 s before."""
    told.feed(-40.0, -20.0, before - 1)
    assert told.feed(-40.0, -20.0) == NEITHER
    assert told.feed(bass, loud) == (Scene(False, True, 1.0) if is_drop else NEITHER)


def test_only_the_strongest_bass_of_the_time_before_counts(told):
    told.feed(-40.0, -20.0, 10)
    told.feed(-30.0, -20.0)
    told.feed(-40.0, -20.0, 24)
    assert not told.feed(-29.0, -10.0).is_drop
    told.drops.reset()
    told.feed(-30.0, -20.0)
    told.feed(-40.0, -20.0, 25)
    assert told.feed(-29.0, -10.0).is_drop, "that was before"


@pytest.mark.parametrize(
    ("bass", "loud", "is_break"),
    [(-28.3, -24.0, True), (-27.6, -24.0, False), (-28.3, -23.3, True), (-28.3, -22.7, False)],
)
def test_a_break_is_without_bass_and_quieter(told, bass, loud, is_break):
    """8 dB of bass and 3 of all sound below what is usual, for a second."""
    told.feed(-20.0, -20.0, 50)
    assert [told.feed(bass, loud).is_break for _ in range(12)] == [False] * 9 + [is_break] * 3


@pytest.mark.parametrize(
    ("fill", "bass", "loud", "is_drop"),
    [
        (6, -22.9, -20.0, True), (8, -22.9, -20.0, False), (6, -23.4, -20.0, False),
        (6, -22.9, -28.0, False), (0, -22.9, -20.0, True),
    ],
)  # fmt: skip
def test_after_a_break_all_the_bass_is_back(told, fill, bass, loud, is_drop):
    """Within 3 dB of the usual, also behind a fill of up to 0.7 s that has some bass."""
    told.feed(-20.0, -20.0, 50)
    told.feed(-60.0, -30.0, 25)
    if fill:
        told.feed(-24.0, -30.0, fill)
    scene = told.feed(bass, loud)
    assert scene.is_drop == is_drop
    assert scene.surge == (1.6 if is_drop else 0.0), "it strikes after a break"


def test_bass_alone_that_went_makes_no_break_and_what_comes_back_does_not_strike(told):
    told.feed(-20.0, -20.0, 50)
    assert not told.feed(-60.0, -20.0, 25).is_break
    assert told.feed(-20.0, -17.0) == Scene(False, True, 1.0)


@pytest.mark.parametrize("struck", [1.0, 1.6])
def test_the_answer_is_held_for_two_seconds_and_fades_in_two(told, struck):
    if struck > 1:
        told.feed(-20.0, -20.0, 50)
        told.feed(-60.0, -30.0, 25)
    else:
        told.feed(-40.0, -30.0, 30)
    surges = [told.feed(-20.0, -20.0).surge]
    surges += [told.feed(-20.0, -50.0).surge for _ in range(44)]
    assert surges[:20] == [struck] * 20
    assert surges[21:40] == pytest.approx([(40 - n) / 20 for n in range(21, 40)])
    assert surges[41:] == [0.0] * 4


@pytest.mark.parametrize(("apart", "is_told"), [(10, False), (19, False), (22, True)])
def test_a_drop_is_told_once_in_two_seconds_and_held_on(told, apart, is_told):
    told.feed(-60.0, -40.0, 30)
    assert told.feed(-45.0, -30.0).is_drop
    told.feed(-45.0, -30.0, apart - 1)
    again = told.feed(-30.0, -15.0)
    assert again.is_drop == is_told and again.surge == 1.0
    assert told.feed(-30.0, -15.0, 19).surge == 1.0


def test_what_is_usual_follows_up_in_2_s_and_down_in_20(told):
    told.feed(-40.0, -40.0)
    assert (told.drops._usual, told.drops._usual_loud) == (-40.0, pytest.approx(-40.0))
    told.feed(-35.0, -40.0)
    assert told.drops._usual == pytest.approx(-40 + 5 * 0.1 / 2)
    told.drops.reset()
    told.feed(-40.0, -40.0, 10)
    told.drops._usual, told.drops._usual_loud = -36.0, -38.0
    told.feed(-40.0, -40.0)
    assert told.drops._usual == pytest.approx(-36 - 4 * 0.1 / 20)
    assert told.drops._usual_loud == pytest.approx(-38 - 2 * 0.1 / 20)
    told.drops._usual, told.drops._usual_loud = -40.0, -42.0
    told.feed(-40.0, -40.0)
    assert told.drops._usual_loud == pytest.approx(-42 + 2 * 0.1 / 2)
    told.drops._usual = -30.0
    told.feed(-40.0, -40.0)
    assert told.drops._usual == -30.0, "in a break nothing becomes usual"


def test_the_level_of_a_second_is_the_mean_of_its_power(told):
    told.feed(-40.0, -20.0, 5)
    told.feed(-40.0, -30.0, 5)
    told.drops._usual_loud = 0.0
    told.feed(-40.0, -30.0)
    mean = 10 * np.log10(0.4 * 1e-2 + 0.6 * 1e-3)
    assert told.drops._usual_loud == pytest.approx(mean * 0.1 / 20)


def test_after_three_seconds_of_silence_music_begins_anew(told):
    told.feed(-20.0, -20.0, 50)
    told.feed(-90.0, -90.0, 29, silent=True)
    assert told.drops._usual == pytest.approx(-20.0)
    for _ in range(50):
        told.feed(-90.0, -90.0, 2, silent=True)
        assert told.drops._usual is None and len(told.drops._bass) == 0
    assert told.feed(-20.0, -20.0) == NEITHER
    told.feed(-20.0, -20.0, 30)
    told.feed(-90.0, -90.0, 20, silent=True)
    told.feed(-20.0, -20.0)
    told.feed(-90.0, -90.0, 20, silent=True)
    assert told.drops._usual is not None, "no silence of three seconds"


@pytest.mark.parametrize(
    ("scene", "energies"),
    [
        (Scene(False, False, 0.0), (-0.9, 0.2, 0.9)), (Scene(True, False, 0.0), (-0.9, -0.5, -0.5)),
        (Scene(False, True, 0.6), (0.6, 0.6, 0.9)), (Scene(True, False, 1.6), (1.6, 1.6, 1.6)),
    ],
)  # fmt: skip
def test_what_the_dancer_is_told_of_a_scene(scene, energies):
    assert tuple(scene.energy(lively) for lively in (-0.9, 0.2, 0.9)) == energies


@pytest.mark.parametrize(("hz", "bass"), [(50, -9.2), (100, -9.6), (4_000, -90.0), (0, -90.0)])
def test_bass_is_what_is_left_below_250_hz(hz, bass):
    samples = 0.5 * np.cos(2 * np.pi * hz * np.arange(1_600) / 16_000).astype(np.float32)
    found, power = drops._levels(samples)
    assert found == pytest.approx(bass, abs=0.2)
    assert power == pytest.approx(0.125 if hz else 0.25, rel=1e-3)


# liveliness


def _mean(values, seconds):
    """Exponential, over all that came."""
    weights = np.exp(-0.1 / seconds * np.arange(len(values))[::-1])
    return float(weights @ values / weights.sum())


def _standing(values, least):
    away = np.array([v - _mean(values[: n + 1], 60.0) for n, v in enumerate(values)])
    return np.array(
        [a / max(least, np.sqrt(_mean(away[: n + 1] ** 2, 60.0))) for n, a in enumerate(away)]
    )


@pytest.mark.parametrize(("spread", "most"), [(0.01, 1), (1.0, 3), (1.0, 12)])
def test_how_lively_by_its_definition(spread, most):
    """Half an octave of speed for one usual change, of loudness and of onsets, to 1 and -1."""
    rng = rng_of(3)
    lively = Liveliness()
    amplitudes = 0.1 * np.exp(spread * rng.normal(0, 1, 80))
    onsets = rng.integers(0, most + 1, 80)
    counts = iter(onsets)
    lively._onsets = lambda samples: int(next(counts))
    found = [lively.feed(np.full(1_600, a, np.float32), False) for a in amplitudes]
    powers = np.float32(amplitudes).astype(float) ** 2
    power = np.array([_mean(powers[: n + 1], 0.5) for n in range(80)])
    rate = np.array([_mean(10.0 * onsets[: n + 1], 0.5) for n in range(80)])
    loud = _standing(10 * np.log10(power + 1e-7), 1.0)
    both = loud + _standing(rate, 0.5)
    share = 0.5 * np.minimum(1.0, np.arange(1, 81) / 30)
    assert found == pytest.approx(np.clip(share * both, -1.0, 1.0), abs=1e-6)


def test_all_onsets_are_counted_though_two_are_in_one_chunk():
    lively = Liveliness()
    assert [lively._onsets(np.zeros(1_600, np.float32)) for _ in range(10)] == [0] * 10
    sound = 0.001 * rng_of(4).standard_normal(32_000)
    starts = range(900, 31_800, 1_000)
    for start in starts:
        sound[start : start + 200] += 0.5 * rng_of(start).standard_normal(200)
    apart = np.repeat(sound, 2)[::2]  # neither in one piece nor of 32 bits
    counts = [lively._onsets(apart[at : at + 1_600]) for at in range(0, 32_000, 1_600)]
    assert abs(sum(counts) - len(starts)) <= 2 and max(counts) == 2
