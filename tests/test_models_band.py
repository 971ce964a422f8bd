"""The band: right tempo and beats, level, no clipping, seeds, and pieces that join."""

import itertools

import aubio
import numpy as np
import pytest
from seeds import rng_of, seed_of

from models.band import songs
from models.band.score import MAX_BPM, MIN_BPM, STYLES, Note, compose, swing
from models.band.sounds import DRUMS, Kit, hertz

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


# Of six songs of a minute: notes, kicks, and the sums of pitches, times, lengths, gains, places to
# the right, distances from the middle, shares for the room, and notes that give way to the kick.
WRITTEN = {
    "house": (7267, 718, 203576, 216074.75, 2034.64, 2069.06, 425.41, 1548.11, 865.51, 1161),
    "disco": (7283, 642, 243227, 216158, 1957.81, 2121.9, 971.93, 1413.93, 924.39, 1336),
    "pop": (5540, 556, 155129, 164160.84, 2226.62, 1697.05, 274.14, 923.14, 625.31, 1102),
    "latin": (9233, 814, 263084, 273874.51, 2173.83, 2424.12, -430, 2473.5, 1374.64, 863),
    "waltz": (4305, 218, 144847, 129137.03, 1652.32, 1081.28, -33.82, 850.38, 656.39, 834),
    "drums": (2690, 870, 0, 77699.92, 325.51, 1303.63, 312.12, 396.62, 154.23, 0),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_a_song_stays_the_song_of_its_seed(style: str) -> None:
    """Dances were learned from these songs, and ears measured on them."""
    sums = np.zeros(10)
    for seed in range(6):
        score = compose(seed, style, 100.0 + 10 * seed, 60.0)
        notes = [note for bar in score.bars for note in bar]
        told = [(n.pitch, n.time, n.seconds, n.gain, n.pan, abs(n.pan), n.send, n.ducked)
                for n in notes]  # fmt: skip
        sums += [len(notes), len(score.kicks), *np.sum(told, 0)]
    assert sums == pytest.approx(np.array(WRITTEN[style]), abs=0.06)


# Seconds, RMS in dBFS, mean frequency in Hz and mean time in ms of the energy, and the share of it
# that differs between the sides; notes are an A below the middle, held for half a second.
SOUNDS = {
    "kick": (0.32, -8.993, 84.11, 66.22, 0),
    "soft_kick": (0.3, -11.26, 75.9, 44.61, 0),
    "snare": (0.26, -16.57, 1900, 32.55, 0),
    "brush": (0.2, -21.67, 5563, 29.88, 0),
    "clap": (0.3, -22.77, 3216, 40.58, 0.5623),
    "rim": (0.08, -13.29, 1460, 5.999, 0),
    "hat": (0.06998, -20.42, 8293, 8.306, 0),
    "open_hat": (0.3, -20.02, 8265, 49.5, 0),
    "shaker": (0.08998, -15.5, 7351, 39.68, 0),
    "crash": (2.2, -21.06, 6892, 273.1, 0.9988),
    "ride": (0.5, -20.78, 5025, 78.84, 0),
    "clave": (0.12, -13.39, 2447, 11, 0),
    "cowbell": (0.25, -13.64, 843.3, 25.8, 0),
    "tom_low": (0.4, -10.91, 103.7, 64.13, 0),
    "tom_high": (0.4, -10.91, 171.3, 64.12, 0),
    "conga_low": (0.3, -10.8, 203.6, 49.18, 0),
    "conga_high": (0.3, -13, 309.1, 29.94, 0),
    "sub_bass": (0.55, -4.427, 243.7, 229.7, 0),
    "saw_bass": (0.55, -10.04, 516.3, 190.6, 0),
    "upright": (0.62, -7.182, 277.4, 194.8, 0),
    "pad": (1, -8.079, 284.7, 298.9, 0.8967),
    "strings": (0.8, -9.438, 311.3, 326.1, 1.06),
    "piano": (0.7, -6.286, 462.6, 212.2, 0.8278),
    "keys": (0.7, -9.785, 273.9, 285.1, 0.06084),
    "stab": (0.62, -13.28, 366.6, 118.7, 1.398),
    "brass": (0.58, -12.3, 473.2, 198.4, 1.257),
    "pluck": (0.65, -8.958, 306.8, 127.1, 0),
    "guitar": (0.6, -7.682, 394.1, 177.4, 0),
    "lead": (0.58, -7.459, 254, 277.3, 0),
    "bell": (1.3, -11.35, 234.8, 268.6, 0),
    "accordion": (0.56, -9.928, 420.6, 299.6, 0.7558),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUNDS)
def test_an_instrument_keeps_its_sound(name: str) -> None:
    kit, rate = Kit(22_050), 22_050
    sound = (kit.drum(name) if name in DRUMS else kit.note(name, 57, 0.5)).astype(float)
    energy, power = np.square(sound).sum(1), np.square(np.abs(np.fft.rfft(sound, axis=0))).sum(1)
    hz = np.fft.rfftfreq(len(sound), 1 / rate)
    seconds, dbfs, bright, late, wide = SOUNDS[name]
    assert len(sound) / rate == pytest.approx(seconds, abs=1e-3)
    assert 10 * np.log10(np.square(sound).mean()) == pytest.approx(dbfs, abs=0.1)
    assert hz @ power / power.sum() == pytest.approx(bright, rel=0.02)
    assert np.arange(len(sound)) @ energy / energy.sum() / rate == pytest.approx(
        late / 1e3, rel=0.02
    )
    assert np.square(np.diff(sound)).sum() / energy.sum() == pytest.approx(wide, abs=0.01)
    assert np.abs(sound[-1]).max() == 0, "it ends without a click"


def test_pitches_are_those_of_a_piano() -> None:
    assert hertz(69) == 440 and hertz(57) == 220 and hertz(70) == pytest.approx(466.16, abs=0.01)


def test_loud_sound_is_bent_under_the_ceiling() -> None:
    mix = np.float32([0.0, 0.3, -0.5, 0.6, -1.0, 9.0])
    bent = [0.0, 0.3, -0.5, 0.5986, -0.8738, 0.98]
    assert songs._limit(mix) == pytest.approx(bent, abs=1e-4)


def test_pads_give_way_to_the_kick_and_come_back() -> None:
    score = compose(seed_of(1), "drums", 100, 10)
    score.kicks = [1.0, 9.0]
    mixer = songs.Mixer(score, Kit(RATE), RATE, songs.room_echo(RATE, 0))
    gain = mixer._duck(0, 2 * RATE)[:, 0]
    at = [0.991, 0.996, 1.0, 1.08, 1.159, 1.17]
    expected = [1.0, 0.725, 0.45, 0.725, 1.0, 1.0]
    assert gain[[round(t * RATE) for t in at]] == pytest.approx(expected, abs=0.005)
    assert (gain[: round(0.99 * RATE)] == 1).all()
    later = mixer._duck(RATE, 2 * RATE)[:, 0]
    assert np.array_equal(later, gain[RATE:])


def test_the_room_answers_with_one_energy_that_dies_away() -> None:
    rooms = [songs.room_echo(RATE, seed_of(seed)).astype(float) for seed in range(12)]
    for room in rooms:
        assert room.shape == (round(0.9 * RATE), 2)
        assert np.square(room).sum(0) == pytest.approx([1, 1], abs=1e-4)
        assert np.abs(np.corrcoef(room.T)[0, 1]) < 0.1, "different on either side"
    energy = np.mean([np.square(room).sum(1) for room in rooms], 0) / 2
    edges = (0, 0.006, 0.05, 0.2, 0.5, 0.9)
    shares = [energy[round(a * RATE) : round(b * RATE)].sum() for a, b in itertools.pairwise(edges)]
    assert shares == pytest.approx([0.0142, 0.610, 0.335, 0.0385, 0.0016], rel=0.15)
    assert energy[-RATE // 100 :].sum() < 1e-7, "it ends without a click"


@pytest.mark.parametrize("pan", [-1.0, -0.5, 0.0, 0.3, 1.0])
def test_a_note_stands_where_it_was_put_and_is_as_loud_everywhere(pan: float) -> None:
    score = compose(seed_of(1), "drums", 100, 10)
    kit = Kit(RATE)
    mixer = songs.Mixer(score, kit, RATE, np.zeros((100, 2), np.float32))
    played = mixer.play([Note(0.5, "rim", 0, 0.1, 0.6, pan, 0.0, False)], 0, RATE).astype(float)
    begin, sound = RATE // 2, kit.drum("rim").astype(float)
    assert not played[:begin].any() and played[begin : begin + 20].any()
    sides = np.sqrt(np.square(played).sum(0) / np.square(sound).sum(0))
    assert np.hypot(*sides) == pytest.approx(0.6 * 1.414, rel=1e-3)
    turn = np.arctan2(sides[1], sides[0]) * 4 / np.pi - 1
    assert turn == pytest.approx(pan, abs=1e-3)


def test_the_jukebox_plays_all_styles_in_turn() -> None:
    jukebox = songs.Jukebox(4, 8_000, song_seconds=4)
    heard = []
    for _ in range(7):
        jukebox.read(4 * 8_000)
        start, score = jukebox.songs[-1]
        heard.append((start, score.style))
    turns = [STYLES[(4 + n) % 6] for n in range(7)]
    assert heard == [(4.0 * n, style) for n, style in enumerate(turns)]


@pytest.mark.parametrize(
    ("style", "slowest", "fastest"),
    [("house", 118, 130), ("disco", 108, 126), ("pop", 84, 124), ("latin", 92, 128),
     ("waltz", 84, 132), ("drums", 90, 132)],
)  # fmt: skip
def test_a_style_has_its_usual_tempos(style: str, slowest: int, fastest: int) -> None:
    tempos = {songs._choose(seed, style, None)[1] for seed in range(400)}
    assert tempos == {float(bpm) for bpm in range(slowest, fastest + 1)}
    assert songs._choose(3, style, 99.5) == (style, 99.5)
