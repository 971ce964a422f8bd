"""The follower on made music: tempo, phase, holding through a break, three against four."""

import numpy as np
import pytest

from live.follower import Follower, to_chunks
from models.spec import SAMPLE_RATE


def _clicks(bpm: float, seconds: float, accent_every: int = 4, first: float = 0.31) -> np.ndarray:
    """A kick on every beat (heavier on the first of the bar) and a hat between, 16 kHz mono."""
    rng = np.random.default_rng(3)
    sound = rng.normal(0, 1e-3, int(seconds * SAMPLE_RATE))
    t = np.arange(int(0.12 * SAMPLE_RATE)) / SAMPLE_RATE
    kick = np.sin(2 * np.pi * (60 * t + 12 * np.exp(-t * 60))) * np.exp(-t * 25)
    hat = rng.normal(0, 1, len(t)) * np.exp(-t * 90)
    beat = first
    number = 0
    while beat + 0.5 < seconds:
        gain = 0.5 if number % accent_every == 0 else 0.22
        i = int(beat * SAMPLE_RATE)
        sound[i : i + len(t)] += gain * kick
        j = int((beat + 30 / bpm) * SAMPLE_RATE)
        if j + len(t) < len(sound):
            sound[j : j + len(t)] += 0.05 * hat
        beat += 60 / bpm
        number += 1
    return np.clip(sound, -1, 1).astype(np.float32)


@pytest.mark.parametrize("bpm", [90, 120, 128])
def test_finds_tempo_and_phase_of_a_steady_loop(bpm):
    follower = Follower()
    beats = [follower.feed(chunk) for chunk in to_chunks(_clicks(bpm, 24))][120:]
    assert np.median([beat.bpm for beat in beats]) == pytest.approx(bpm, rel=0.02)
    # The distance of the predicted beat to the true one, at every chunk.
    period = 60 / bpm
    errors = [
        ((beat.time - 0.31) / period - beat.beat_phase + 0.5) % 1 - 0.5
        for beat in beats
        if beat.beat_phase is not None
    ]
    assert len(errors) == len(beats)
    assert abs(np.median(errors)) * period < 0.05
    assert np.std(errors) * period < 0.04


def test_holds_through_a_short_break_and_forgets_in_a_long_one():
    follower = Follower()
    music = _clicks(120, 16)
    music[10 * SAMPLE_RATE :] = 0
    beats = [follower.feed(chunk) for chunk in to_chunks(music)]
    assert beats[115].beat_phase is not None
    assert beats[125].confidence < beats[98].confidence
    assert beats[158].beat_phase is None
    assert beats[158].bpm == 0


def test_silence_has_no_beat_and_no_onset():
    follower = Follower()
    beats = [follower.feed(chunk) for chunk in to_chunks(np.zeros(80_000, np.float32))]
    assert all(beat.beat_phase is None and beat.onset == 0 for beat in beats)


def test_three_is_heard_only_when_it_is_there():
    def ends_in(accent_every: int) -> int:
        follower = Follower()
        chunks = to_chunks(_clicks(120, 30, accent_every))
        return [follower.feed(chunk) for chunk in chunks][-1].beats_per_bar

    assert ends_in(3) == 3
    assert ends_in(4) == 4
    assert ends_in(1) == 4


def test_same_sound_same_beats():
    chunks = to_chunks(_clicks(100, 8))
    follower = Follower()
    first = [follower.feed(chunk) for chunk in chunks]
    follower.reset()
    assert [follower.feed(chunk) for chunk in chunks] == first
