"""A drop is told in the chunk in which it happens, a break within its first two seconds."""

import numpy as np
import pytest
from seeds import rng_of

from live.core.messages import AudioChunk
from live.core.settings import Settings
from live.dance.drops import HELD_S, IN_BREAK, STRUCK, Drops, Scene
from live.dance.performer import open_performer
from models.band import songs
from models.spec import CHUNK_SAMPLES, SAMPLE_RATE

SILENT = np.zeros(CHUNK_SAMPLES, np.float32)


def _chunks(samples: np.ndarray) -> np.ndarray:
    n = len(samples) // CHUNK_SAMPLES
    return samples[: n * CHUNK_SAMPLES].reshape(n, CHUNK_SAMPLES).astype(np.float32)


def _scenes(samples: np.ndarray, drops: Drops | None = None) -> list[Scene]:
    drops = drops or Drops()
    return [drops.feed(chunk, not chunk.any()) for chunk in _chunks(samples)]


def _begun(scenes: list[Scene]) -> np.ndarray:
    """Ends of the chunks in which there is a drop, s."""
    return (np.flatnonzero([scene.is_drop for scene in scenes]) + 1) / 10


@pytest.mark.parametrize("style", ["house", "techno", "dnb", "trap", "breakbeat"])
@pytest.mark.parametrize("gain", [0.02, 1.0])
def test_a_drop_is_told_in_its_first_chunk_at_any_level(style: str, gain: float) -> None:
    song = songs.make_song(6, style, None, 80.0, SAMPLE_RATE, form="club")
    scenes = _scenes(gain * song.mono)
    begun = _begun(scenes)
    for drop in song.starts_of("drop"):
        late = begun[begun > drop - 0.2] - drop
        assert -0.01 < late.min() <= 0.2, (drop, begun)
    (start,) = song.starts_of("break")
    bar = 60 * 4 / song.bpm
    assert scenes[round(10 * start) + 20].is_break and scenes[round(10 * start) + 28].is_break
    main = song.starts_of("drop")[0] + 2 * bar
    assert not any(scene.is_break for scene in scenes[round(10 * main) :][:30])


def test_a_beat_that_goes_on_has_neither() -> None:
    song = songs.four_on_the_floor(124, 40.0, SAMPLE_RATE)
    assert all(scene == Scene(False, False, 0.0) for scene in _scenes(song.mono))


def test_a_beat_of_silence_before_a_drop_does_not_hide_it_and_the_start_is_none() -> None:
    t = np.arange(SAMPLE_RATE * 10) / SAMPLE_RATE
    bass = 0.3 * np.sin(2 * np.pi * 60 * t) * (t % 0.5 < 0.2)
    thin = 0.03 * rng_of(1).standard_normal(SAMPLE_RATE * 4)
    gap = np.zeros(SAMPLE_RATE // 2)
    drops = Drops()
    music = np.concatenate([bass, thin, gap, bass]).astype(np.float32)
    scenes = _scenes(music, drops)
    assert _begun(scenes) == pytest.approx([14.6])
    assert scenes[139].is_break and scenes[139].energy(0.4) == IN_BREAK
    assert [scenes[145 + n].energy(0.0) for n in (0, 19)] == [STRUCK, STRUCK]
    assert 0 < scenes[145 + 30].energy(-0.2) < 1.0
    assert scenes[145 + 42].energy(0.3) == 0.3
    assert HELD_S == 2.0
    # A long silence, then music: that is a beginning.
    assert not _begun(_scenes(np.concatenate([np.zeros(SAMPLE_RATE * 4), bass]), drops)).size
    assert drops.feed(SILENT, True) == Scene(False, False, 0.0)


def test_the_dancer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    performer = open_performer(Settings(dance="free"))
    parts: list[float] = []
    monkeypatch.setattr(performer.dancer, "begin_part", lambda: parts.append(len(told) / 10))
    song = songs.make_song(6, "house", None, 60.0, SAMPLE_RATE, form="club")
    told: list[float] = []
    for index, chunk in enumerate(_chunks(song.mono)):
        performer.hear(AudioChunk(index, chunk, 0.0))
        told.append(performer.dancer.lively)
    drop = song.starts_of("drop")[-1]
    before, after = told[: int(10 * drop) - 1][-20:], told[int(10 * drop) + 1 :][:10]
    assert np.median(before) <= IN_BREAK and min(after) == STRUCK
    assert [round(at - drop, 1) for at in parts if abs(at - drop) < 1] == pytest.approx(
        [0.0], abs=0.11
    )
    performer.reset()
    performer.hear(AudioChunk(0, SILENT, 0.0))
    assert performer.dancer.lively == 0.0


@pytest.mark.parametrize(
    ("style", "bpm", "danced"), [("house", 124.0, "house"), ("hiphop", 92.0, "hiphop")]
)
def test_the_music_chooses_the_style_of_the_club_dancer(
    style: str, bpm: float, danced: str
) -> None:
    performer = open_performer(Settings(dance="club"))
    song = songs.make_song(6, style, bpm, 24.0, SAMPLE_RATE, form="unbroken")
    shown: list[str] = []
    for index, chunk in enumerate(_chunks(song.mono)):
        performer.hear(AudioChunk(index, chunk, 0.0))
        shown.append(performer.dancer.shown_style)
    assert shown[10] == "free", "until the kind is clear"
    assert max(set(shown[100:-20]), key=shown[100:-20].count) == danced
