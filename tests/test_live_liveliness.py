"""Loud and dense against the last half minute; level, silence and a new song do not matter."""

import numpy as np
import pytest
from seeds import rng_of

from live.core.messages import AudioChunk
from live.core.settings import Settings
from live.dance.liveliness import REACH, Liveliness, _Mean
from live.dance.performer import open_performer
from models.spec import CHUNK_SAMPLES

NOISE = rng_of(0).normal(0, 0.1, CHUNK_SAMPLES).astype(np.float32)


def _hits(n: int) -> np.ndarray:
    """A chunk in which `n` short sounds begin, always equally loud as a whole."""
    envelope = np.full(CHUNK_SAMPLES, 0.02)
    for start in range(0, CHUNK_SAMPLES, CHUNK_SAMPLES // n):
        envelope[start : start + 200] = 1.0
    sound = NOISE * envelope
    return (sound * (0.05 / sound.std())).astype(np.float32)


def _heard(lively: Liveliness, chunk: np.ndarray, seconds: float) -> float:
    return [lively.feed(chunk, False) for _ in range(round(seconds * 10))][-1]


@pytest.mark.parametrize("gain", [0.01, 1.0])
def test_a_quiet_break_calms_and_a_drop_wakes_at_any_level(gain: float) -> None:
    lively = Liveliness()
    assert abs(_heard(lively, NOISE * gain, 20)) < 0.05
    assert -REACH <= _heard(lively, 0.3 * NOISE * gain, 4) < -0.4
    assert 0.1 < _heard(lively, NOISE * gain, 4) <= REACH
    assert abs(_heard(lively, NOISE * gain, 120)) < 0.05  # one gets used to it


def test_dense_music_is_livelier() -> None:
    lively = Liveliness()
    _heard(lively, _hits(1), 20)
    assert _heard(lively, _hits(4), 4) > 0.2


def test_silence_is_neither_heard_nor_remembered() -> None:
    lively = Liveliness()
    _heard(lively, NOISE, 20)
    for _ in range(80):
        assert lively.feed(np.zeros(CHUNK_SAMPLES, np.float32), True) == 0
    assert abs(_heard(lively, 0.1 * NOISE, 1)) < 0.05  # another song, softer
    assert np.isfinite(lively.feed(np.zeros(CHUNK_SAMPLES, np.float32), False))


def test_the_ear_tells_the_dancer_and_the_performer_keeps_a_say() -> None:
    ear = open_performer(Settings(dance="free"))
    ear.dancer.energy = 0.3
    for index in range(220):
        ear.hear(AudioChunk(index, NOISE * (1.0 if index < 200 else 0.2), 0.0))
    assert ear.dancer.lively < -0.4
    assert ear.controls()["energy"] == 0.3
    ear.reset()
    ear.hear(AudioChunk(0, NOISE, 0.0))
    assert ear.dancer.lively == pytest.approx(0, abs=1e-6)


def test_a_mean_is_true_from_its_first_value_and_follows_in_its_time():
    mean = _Mean(1.5)
    assert mean.add(3.0) == pytest.approx(3.0) and mean.add(3.0) == pytest.approx(3.0)
    for _ in range(1_000):
        mean.add(0.0)
    for n in range(1, 16):
        assert mean.add(1.0) == pytest.approx(1 - np.exp(-0.1 * n / 1.5), abs=1e-6)


def _tone(amplitude: float) -> np.ndarray:
    """As loud in every hundredth of a second."""
    turns = 2 * np.pi * 1_000 * np.arange(CHUNK_SAMPLES) / 16_000
    return (amplitude * np.sin(turns)).astype(np.float32)


def test_a_sound_that_doubles_is_livelier_by_its_loudness_and_its_onset():
    lively = Liveliness()
    assert _heard(lively, _tone(0.1), 90) == pytest.approx(0.0, abs=1e-3)
    # 6.02 dB: of the last 1.5 s and of half a minute; an octave of density is half a unit.
    now, usual = 1 - np.exp(-0.1 / 1.5), 1 - np.exp(-0.1 / 30)
    rise = 6.0206 / 10
    density = np.log2((0.1 + now * rise) / (0.1 + usual * rise))
    expected = 6.0206 * (now - usual) / 12 + density / 2
    assert lively.feed(_tone(0.2), False) == pytest.approx(expected, abs=2e-3)
    assert REACH == 0.6


@pytest.mark.parametrize(("seconds", "is_forgotten"), [(4.8, False), (5.3, True)])
def test_after_five_seconds_of_silence_it_is_another_music(seconds: float, is_forgotten: bool):
    lively = Liveliness()
    _heard(lively, _tone(0.3), 30)
    for _ in range(round(seconds * 10)):
        assert lively.feed(np.zeros(CHUNK_SAMPLES, np.float32), True) == 0.0
    found = _heard(lively, _tone(0.02), 3)
    assert (abs(found) < 0.01) == is_forgotten and (found == -REACH) != is_forgotten
