"""The kind of music is said when it is clear, and kept until another has led for a while."""

import numpy as np
import pytest
from seeds import seed_of

from models.band import songs
from models.beat.grid import Grid
from models.beat.groove import BANDS_HZ, N_FEATURES, SWINGS, GrooveEar, Swinging
from models.spec import CHUNK_SAMPLES, SAMPLE_RATE

PERIOD = 0.5


def _grid(count: int = 0, at: float = 0.0) -> Grid:
    return Grid(at, PERIOD, count, 1.0, None, 4, False)


def _hits(times: np.ndarray, hz: float, seconds: float = 12.0) -> np.ndarray:
    """Short tones at these times, (chunks, 1600)."""
    t = np.arange(round(0.05 * SAMPLE_RATE)) / SAMPLE_RATE
    tone = np.sin(2 * np.pi * hz * t) * np.hanning(len(t))
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for time in times:
        start = round(time * SAMPLE_RATE)
        samples[start : start + len(t)] += tone[: len(samples) - start]
    return samples.reshape(-1, CHUNK_SAMPLES)


def _swings(chunks: np.ndarray, grid: Grid | None = None) -> tuple[np.ndarray, np.ndarray, float]:
    """Swings (bands, swings), their share on the beat (bands, 2), octaves of tempo."""
    swinging = Swinging()
    for index, chunk in enumerate(chunks):
        swinging.feed(chunk, (index + 1) / 10, grid or _grid())
    found = swinging.features()
    assert found.shape == (N_FEATURES,)
    n = len(BANDS_HZ) * len(SWINGS)
    return found[:n].reshape(len(BANDS_HZ), -1), found[n:-2].reshape(len(BANDS_HZ), -1), found[-2]


def test_a_kick_on_every_beat_swings_once_a_beat_and_on_it() -> None:
    beats = np.arange(0, 12, PERIOD)
    kicks, hats = _hits(beats, 200.0), _hits(beats + PERIOD / 2, 5_000.0)
    swing, on_beat, octaves = _swings(kicks + hats)
    assert octaves == pytest.approx(0.0)
    bass, treble = swing[0], swing[2]
    assert bass[SWINGS.index(1.0)] > 0.8 and bass[SWINGS.index(0.5)] < 0.1
    assert on_beat[0, 0] > 0.7 and on_beat[2, 0] < -0.7, "the hats lie between the beats"
    assert treble[SWINGS.index(2.0)] > 0.5
    # The levels of the bands do not matter.
    filtered = _swings(0.05 * kicks + hats)[0]
    assert filtered[[0, 2]] == pytest.approx(swing[[0, 2]], abs=0.05)


def test_a_snare_on_two_and_four_swings_every_second_beat_wherever_the_count_begins() -> None:
    snares = _hits(np.arange(PERIOD, 12, 2 * PERIOD), 800.0)
    for count in (0, 1, 7):
        swing, *_ = _swings(snares, _grid(count))
        assert swing[1, SWINGS.index(0.5)] > 0.7


def _weights(**on: int) -> dict[str, tuple[float, ...]]:
    """Kinds that are each told by one feature."""
    rows = {name: np.zeros(N_FEATURES + 1) for name in on}
    for name, feature in on.items():
        rows[name][feature] = 40.0
        rows[name][-1] = -10.0
    return {name: tuple(row.tolist()) for name, row in rows.items()}


KICK, TWICE = SWINGS.index(1.0), SWINGS.index(2.0)
KICKS = _hits(np.arange(0, 40, PERIOD), 200.0, 40.0)
QUICK = _hits(np.arange(0, 40, PERIOD / 2), 200.0, 40.0)


def _said(ear: GrooveEar, chunks: np.ndarray, first: int = 0) -> list[str]:
    return [
        ear.feed(chunk, (first + index + 1) / 10, _grid()) for index, chunk in enumerate(chunks)
    ]


def test_it_takes_four_seconds_to_say_the_first_kind() -> None:
    said = _said(GrooveEar(_weights(house=KICK, rock=TWICE)), KICKS[:60])
    assert set(said[:39]) == {""} and set(said[41:]) == {"house"}


def test_another_kind_must_lead_for_three_seconds_and_nothing_else_changes_it() -> None:
    ear = GrooveEar(_weights(house=KICK, rock=TWICE))
    _said(ear, KICKS[:200])
    said = _said(ear, QUICK[200:360], 200)
    assert 30 < said.index("rock") < 100 and set(said) == {"house", "rock"}
    assert set(_said(ear, KICKS[:20], 360)) == {"rock"}, "two seconds of another"
    assert ear.feed(KICKS[0], 40.0, None) == "rock", "the beat is lost"
    ear.reset()
    assert ear.groove == ""


def test_an_ear_without_kinds_says_none() -> None:
    assert _said(GrooveEar({}), KICKS[:60]) == [""] * 60


def test_a_song_swings_as_it_is_written() -> None:
    """House has its kick on the beat; the half-time of trap has none on every one."""
    bass = {}
    for style, bpm in (("house", 124.0), ("trap", 140.0)):
        song = songs.make_song(seed_of(3), style, bpm, 20.0, SAMPLE_RATE, form="unbroken")
        first, swinging = song.beat_times[0], Swinging()
        grid = Grid(float(first), 60 / bpm, 0, 1.0, 0, 4, False)
        n = len(song.mono) // CHUNK_SAMPLES
        for index in range(n):
            chunk = song.mono[index * CHUNK_SAMPLES :][:CHUNK_SAMPLES].astype(np.float32)
            swinging.feed(chunk, (index + 1) / 10, grid)
        bass[style] = swinging.features()[SWINGS.index(1.0)]
    assert bass["house"] > 1.3 * bass["trap"]
