"""Loud and dense against the last half minute; level, silence and a new song do not matter."""

import numpy as np
import pytest
from seeds import rng_of

from live.core.messages import AudioChunk
from live.core.settings import Settings
from live.dance.liveliness import REACH, Liveliness, _Mean
from live.dance.performer import open_performer
from models.spec import CHUNK_SAMPLES, SAMPLE_RATE

NOISE = rng_of(0).normal(0, 0.1, CHUNK_SAMPLES).astype(np.float32)


def _clicks(a_second: int, seconds: float) -> np.ndarray:
    """Chunks of short sounds in noise, equally loud however many there are."""
    sound = 0.02 * rng_of(1).standard_normal(round(seconds * SAMPLE_RATE))
    for start in range(0, len(sound) - 400, SAMPLE_RATE // a_second):
        sound[start : start + 400] += 0.3 * rng_of(start).standard_normal(400)
    sound *= 0.1 / sound.std()
    return sound.astype(np.float32).reshape(-1, CHUNK_SAMPLES)


def _heard(lively: Liveliness, chunk: np.ndarray, seconds: float) -> float:
    return [lively.feed(chunk, False) for _ in range(round(seconds * 10))][-1]


@pytest.mark.parametrize("gain", [0.01, 1.0])
def test_what_is_quieter_calms_and_what_is_louder_wakes_at_any_level(gain: float) -> None:
    lively = Liveliness()
    assert abs(_heard(lively, _tone(0.1 * gain), 20)) < 0.25
    assert -REACH <= _heard(lively, _tone(0.03 * gain), 1) < -0.4
    assert abs(_heard(lively, _tone(0.1 * gain), 2)) < 0.35, "as before is neither"
    assert 0.3 < _heard(lively, _tone(0.3 * gain), 1) <= REACH
    assert abs(_heard(lively, _tone(0.1 * gain), 150)) < 0.05  # one gets used to it


def test_dense_music_is_livelier_and_an_answer_takes_half_a_second() -> None:
    lively = Liveliness()
    for chunk in _clicks(2, 30.0):
        lively.feed(chunk, False)
    told = [lively.feed(chunk, False) for chunk in _clicks(8, 3.0)]
    assert min(told[5:]) > 0.3


def test_music_that_hardly_changes_is_answered_in_its_own_measure() -> None:
    """Two decibels up and down: by as much as ten, once it has been heard for a while."""
    swings = []
    for factor in (1.25, 3.2):
        lively, told = Liveliness(), []
        for n in range(900):
            told.append(lively.feed(_tone(0.1 * (factor if n // 40 % 2 else 1 / factor)), False))
        swings.append(np.std(told[500:]))
    assert swings[0] > 0.3 and swings[0] > 0.5 * swings[1]


def test_silence_is_neither_heard_nor_remembered() -> None:
    lively = Liveliness()
    _heard(lively, NOISE, 20)
    for _ in range(80):
        assert lively.feed(np.zeros(CHUNK_SAMPLES, np.float32), True) == 0
    assert abs(_heard(lively, _tone(0.01), 1)) < 0.15  # another song, softer
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


@pytest.mark.parametrize(("seconds", "is_forgotten"), [(4.8, False), (5.3, True)])
def test_after_five_seconds_of_silence_it_is_another_music(seconds: float, is_forgotten: bool):
    lively = Liveliness()
    _heard(lively, _tone(0.3), 30)
    for _ in range(round(seconds * 10)):
        assert lively.feed(np.zeros(CHUNK_SAMPLES, np.float32), True) == 0.0
    found = _heard(lively, _tone(0.02), 1)
    assert (abs(found) < 0.3) == is_forgotten and (found < -0.45) != is_forgotten
