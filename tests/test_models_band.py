"""The band: right tempo and beats, level, no clipping, seeds, and pieces that join."""

import itertools

import aubio
import numpy as np
import pytest
from seeds import rng_of, seed_of

from models.band import songs
from models.band.score import MAX_BPM, MIN_BPM, STYLES, compose, swing
from models.band.sounds import Kit

RATE = 16_000


def _heard(samples: np.ndarray) -> tuple[float, np.ndarray]:
    """Tempo and beat times as aubio finds them."""
    tempo = aubio.tempo("default", 1024, 160, RATE)
    times = []
    for start in range(0, len(samples) - 160, 160):
        if tempo(np.ascontiguousarray(samples[start : start + 160]))[0]:
            times.append(float(tempo.get_last_s()))
    return float(tempo.get_bpm()), np.array(times)


@pytest.mark.parametrize("bpm", [100.0, 125.0, 140.0])
def test_beats_of_a_club_loop_are_where_it_says(bpm: float) -> None:
    song = songs.four_on_the_floor(bpm, 20, RATE)
    found, times = _heard(song.mono)
    late = times[times > 8]
    off = np.abs(late[:, None] - song.beat_times).min(1)
    assert found == pytest.approx(bpm, rel=0.01)
    assert (off < 0.03).mean() > 0.9
    assert song.beat_times[0] == 0
    assert np.diff(song.beat_times) == pytest.approx(60 / bpm)


def _rise(song: songs.Song, late: float) -> float:
    """How much louder 30 ms are than the 30 ms before, at all beats, `late` beats after them."""
    level = np.concatenate([[0], np.cumsum(song.mono.astype(float) ** 2)])
    n = RATE * 3 // 100
    at = np.round((song.beat_times + late * 60 / song.bpm) * RATE).astype(int)
    at = at[(at >= n) & (at < len(level) - n)]
    after, before = level[at + n] - level[at], level[at] - level[at - n]
    return float(np.maximum(0, np.sqrt(after) - np.sqrt(before)).mean())


@pytest.mark.parametrize("style", ["house", "disco", "pop", "waltz", "drums"])
def test_beats_of_a_song_are_where_it_says(style: str) -> None:
    """Sounds begin at the beats. aubio tells the tempo; which half of it, it takes by chance."""
    song = songs.make_song(seed_of(2), style, None, 25, RATE)
    found, times = _heard(song.mono[: 23 * RATE])
    halves = np.concatenate([song.beat_times, song.beat_times + 30 / song.bpm])
    off = np.abs(times[times > 10][:, None] - halves).min(1)
    assert found == pytest.approx(song.bpm, rel=0.03)
    assert (off < 0.04).mean() > 0.8
    assert _rise(song, 0.0) > 4 * max(_rise(song, -1 / 16), _rise(song, 1 / 16))  # seen: 14
    if style in ("house", "disco", "waltz"):  # a pop song's off-beat may be as loud
        assert _rise(song, 0.0) > _rise(song, 0.5)  # seen: 1.6 times
    assert song.beats_per_bar == (3 if style == "waltz" else 4)
    assert np.diff(song.downbeats) == pytest.approx(song.beats_per_bar * 60 / song.bpm)


@pytest.mark.parametrize("style", STYLES)
def test_level_and_length(style: str) -> None:
    song = songs.make_song(seed_of(4), style, None, 20, 44_100)
    assert song.samples.shape == (20 * 44_100, 2)
    assert song.samples.dtype == np.float32
    assert np.abs(song.samples).max() < 0.99
    rms = 20 * np.log10(np.sqrt(np.mean(song.samples**2)))
    assert -5 < rms - songs.LEVEL_DBFS < 3  # that of its full sections; seen: -3.6 to 1.9
    assert np.abs(song.samples.mean(0)).max() < 0.005  # no constant part
    assert np.abs(song.samples[-40:]).max() < 0.05  # the last chord has rung out


def test_spectrum_is_that_of_music() -> None:
    power = np.abs(np.fft.rfft(songs.make_song(seed_of(4), "pop", None, 20, 44_100).mono)) ** 2
    hz = np.linspace(0, 22_050, len(power))
    edges = [30, 120, 500, 2000, 8000]
    share = [power[(hz >= a) & (hz < b)].sum() for a, b in itertools.pairwise(edges)]
    decibels = 10 * np.log10(np.array(share) / power.sum())
    assert decibels[0] > -10  # a bass
    assert decibels.min() > -30  # no empty band
    assert np.all(np.diff(decibels) < 8)  # never shrill


@pytest.mark.parametrize("bpm", [MIN_BPM, 97.5, MAX_BPM])
@pytest.mark.parametrize("style", STYLES)
def test_every_style_at_any_tempo(style: str, bpm: float) -> None:
    score = compose(seed_of(1), style, bpm, 40)
    assert score.bar_start(score.n_bars) <= 40 + 1e-9
    assert sum(section.n_bars for section in score.sections) == score.n_bars
    for bar, notes in enumerate(score.bars):
        for note in notes:
            assert score.bar_start(bar) - 1e-9 <= note.time < score.bar_start(bar + 1)


def test_seeds() -> None:
    first, again, other = (
        songs.make_song(seed_of(seed), "house", 124, 8, RATE) for seed in (5, 5, 6)
    )
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)


def test_the_jukebox_is_the_same_in_any_pieces() -> None:
    whole = songs.Jukebox(seed_of(3), RATE, song_seconds=6).read(13 * RATE)
    jukebox = songs.Jukebox(seed_of(3), RATE, song_seconds=6)
    sizes = rng_of(0).integers(1, 5000, 400)
    pieces = []
    while sum(map(len, pieces)) < len(whole):
        pieces.append(jukebox.read(int(sizes[len(pieces)])))
    assert np.array_equal(np.concatenate(pieces)[: len(whole)], whole)
    assert jukebox.n_read == sum(map(len, pieces))
    assert len(jukebox.songs) == 3


def test_bars_join_as_if_played_at_once() -> None:
    """Tails of notes and room are carried over the edges of the bars."""
    score = compose(seed_of(7), "waltz", 90, 16)
    edges = [round(score.bar_start(bar) * RATE) for bar in range(score.n_bars + 1)]
    room = songs.room_echo(RATE, seed_of(7))
    in_bars = songs.Mixer(score, Kit(RATE, seed_of(7)), RATE, room)
    pieces = [
        in_bars.play(notes, start, end)
        for notes, (start, end) in zip(score.bars, itertools.pairwise(edges), strict=True)
    ]
    all_notes = [note for notes in score.bars for note in notes]
    at_once = songs.Mixer(score, Kit(RATE, seed_of(7)), RATE, room).play(
        all_notes, edges[0], edges[-1]
    )
    assert np.concatenate(pieces) == pytest.approx(at_once, abs=1e-5)
    assert np.abs(at_once[edges[4] - edges[0]]).max() > 1e-3  # an edge that cuts through sound


def test_wrong_wishes_are_refused() -> None:
    with pytest.raises(ValueError, match="choose one of"):
        songs.make_song(0, "polka")
    with pytest.raises(ValueError, match="outside 60-180"):
        songs.make_song(0, "house", 300)


def test_a_swung_song_keeps_its_beats_and_moves_what_lies_between():
    straight = compose(seed_of(4), "pop", 100.0, 20.0)
    swung = compose(seed_of(4), "pop", 100.0, 20.0)
    swing(swung, 2 / 3)
    beat_s = 0.6
    for before, after in zip(straight.bars[0], swung.bars[0], strict=True):
        beat, part = divmod((before.time - straight.lead_in_s) / beat_s, 1.0)
        moved = ((after.time - straight.lead_in_s) / beat_s) - beat
        assert moved == pytest.approx(part * 4 / 3 if part < 0.5 else 1 / 3 + part * 2 / 3)
    assert songs.make_song(seed_of(4), "pop", 100.0, 5.0, 8000, 0.66).beat_times == pytest.approx(
        songs.make_song(seed_of(4), "pop", 100.0, 5.0, 8000).beat_times
    )
