"""Club music of the band: patterns, form, drops and breaks, the dancer's level, where beats are."""

import numpy as np
import pytest
from scipy.signal import butter, find_peaks, sosfilt, sosfiltfilt
from seeds import rng_of, seed_of

from models.band import club_sounds, songs
from models.band.club_form import ENERGY, club_form
from models.band.club_grooves import CLUB, STROKES, Groove
from models.band.grooves import DRUM_MIX, KICKS
from models.band.notes import Score
from models.band.score import CLUB_MAX_BPM, CLUB_STYLES, MIN_BPM, STYLES, compose
from models.band.sounds import DRUMS, NOTES, Kit

RATE = 16_000
_HIGH_RATE = 44_100  # where onsets are measured
_SPAN = 88  # samples, 2 ms
_BASS_BELOW = 46  # MIDI pitch
_SNARES = {"snare", "snare_tight", "snare_fat", "clap", "rim_shot", "timbale_high", "timbale_low"}
BREAK_AND_DROP = [("main", 2), ("break", 2), ("build", 2), ("drop", 2)]


def _usual(style: str) -> float:
    """The tempo in the middle of the first of its ranges."""
    return sum(CLUB[style].tempos[0]) / 2


def _played(style: str, number: int, rate: int = RATE) -> songs.Song:
    """The four parts of `BREAK_AND_DROP` and nothing after them."""
    bpm = _usual(style)
    seconds = 0.3 + 8 * 240 / bpm + 0.01
    return songs.make_song(seed_of(number), style, bpm, seconds, rate, form=BREAK_AND_DROP)


def _part(song: songs.Song, name: str, bars: float = 0) -> np.ndarray:
    """The sound of a section, mono; the first `bars` of it or, below 0, the last."""
    section = next(s for s in song.sections if s.name == name)
    bar_s = song.beats_per_bar * 60 / song.bpm
    start = float(song.downbeats[section.first_bar])
    end = start + section.n_bars * bar_s
    start, end = (start, start + bars * bar_s) if bars > 0 else (start, end)
    start = end + bars * bar_s if bars < 0 else start
    return song.mono[round(start * song.rate) : round(end * song.rate)].astype(float)


def _decibels(samples: np.ndarray, low_hz: float = 0, high_hz: float = 1e9) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.linspace(0, RATE / 2, len(power))
    share = power[(hz >= low_hz) & (hz < high_hz)].sum() * 2 / len(samples) ** 2
    return float(10 * np.log10(share + 1e-12))


# Tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_tables_can_be_played(style: str) -> None:
    table = CLUB[style]
    halves: list[Groove] = [table.half_groove] if table.half_groove else []
    for groove in [*table.grooves, *halves]:
        assert set(groove) <= set(DRUMS) & set(DRUM_MIX)
        assert set(groove) & KICKS  # a beat that can be heard from below
        for pattern in groove.values():
            assert len(pattern) in (16, 32)
            assert set(pattern) <= {*STROKES, "."}
    for sound in (*table.bass, *table.chords, *table.pads, *table.tunes):
        assert sound in NOTES
    for lines in (*table.bass_lines, *table.rhythms):
        assert 0 <= min(hit[0] for hit in lines) <= max(hit[0] for hit in lines) < 32
    assert {drum for fill in table.fills for drum in fill} | {table.roll} <= set(DRUMS)


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_a_bass_plays_one_note_at_a_time_and_keeps_to_its_chord(style: str) -> None:
    """Slurred by a sixteenth at most, silent for no more than six; root, third, fifth, octave."""
    for line in CLUB[style].bass_lines:
        bars = 2 if line[-1][0] >= 16 else 1
        begins = np.array([step for step, _, _ in line] + [16 * bars + line[0][0]])
        silent = np.diff(begins) - [length for _, _, length in line]
        assert silent.min() >= -1 and silent.max() <= 6
        assert {up for _, up, _ in line} <= {0, 2, 4, 7}
        if style == "techno":  # between the kicks
            assert all(step % 4 for step, _, _ in line)
        elif style != "salsa":  # which leaves the one to the piano
            assert line[0][:2] == (0, 0)


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_chords_are_struck_one_after_the_other(style: str) -> None:
    for rhythm in CLUB[style].rhythms:
        bars = 2 if rhythm[-1][0] >= 16 else 1
        begins = np.array([step for step, _ in rhythm] + [16 * bars + rhythm[0][0]])
        silent = np.diff(begins) - [length for _, length in rhythm]
        assert silent.min() >= 0 and silent.max() <= 7


@pytest.mark.parametrize(
    ("style", "tempos"),
    [
        ("techno", [(125, 140)]), ("dnb", [(165, 180)]), ("trap", [(65, 75), (130, 150)]),
        ("hiphop", [(84, 100)]), ("breakbeat", [(120, 140)]), ("rock", [(100, 180)]),
        ("salsa", [(160, 210)]), ("electro", [(100, 128)]),
    ],
)  # fmt: skip
def test_a_style_is_played_at_its_usual_tempos(style: str, tempos: list[tuple[int, int]]) -> None:
    drawn = {songs._choose(seed, style, None)[1] for seed in range(1_000)}
    assert drawn == {float(bpm) for low, high in tempos for bpm in range(low, high + 1)}


def test_every_sound_is_used_and_as_loud_as_the_others() -> None:
    kit = Kit(RATE, seed_of(0))
    hits = {name: kit.drum(name) for name in DRUMS}
    notes = {name: kit.note(name, 48, 0.5) for name in NOTES}
    for name, sound in {**hits, **notes}.items():
        assert sound.dtype == np.float32, name
        assert sound.ndim == 2, name
        assert 0.25 < np.abs(sound).max() < 2.2, name  # seen: 0.6 to 1.8
        assert np.abs(sound[-2:]).max() < 0.05, name  # no click at its end
    written = {
        note.sound
        for style in CLUB_STYLES
        for seed in range(16)
        for bar in compose(seed_of(seed), style, _usual(style), 90).bars
        for note in bar
    }
    assert written >= club_sounds.DRUMS.keys() | club_sounds.NOTES.keys()


def test_a_sub_slides_by_an_octave_or_a_fourth() -> None:
    """Counted in the zeros of its last quarter."""
    kit = Kit(RATE, seed_of(0))
    zeros = []
    for name in ("sub_808", "sub_808_up", "sub_808_down"):
        late = kit.note(name, 33, 2.0)[round(1.55 * RATE) : 2 * RATE, 0]
        zeros.append(np.count_nonzero(np.diff(late > 0)))
    assert zeros[1] / zeros[0] == pytest.approx(2.0, rel=0.05)
    assert zeros[2] / zeros[0] == pytest.approx(2 ** (-5 / 12), rel=0.05)


# Form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bpm", [MIN_BPM, 97.5, 145.0, CLUB_MAX_BPM])
@pytest.mark.parametrize("style", CLUB_STYLES)
def test_every_style_at_any_tempo(style: str, bpm: float) -> None:
    score = compose(seed_of(1), style, bpm, 50)
    assert score.bar_start(score.n_bars) <= 50 + 1e-9
    assert sum(section.n_bars for section in score.sections) == score.n_bars
    for bar, notes in enumerate(score.bars):
        for note in notes:
            assert score.bar_start(bar) - 1e-9 <= note.time < score.bar_start(bar + 1)
            # A longer one would be cut off by the mixer.
            assert note.time + note.seconds <= score.bar_start(bar + 1) + 6.0 + 0.01
    drums = [n for notes in score.bars for n in notes if n.pitch == 0]
    assert len(drums) > 4 * score.n_bars


@pytest.mark.parametrize("n_bars", [49, 57, 65, 97, 193, 300])
def test_parts_of_a_long_song_are_multiples_of_eight(n_bars: int) -> None:
    sections = club_form(n_bars, "club", 8)
    names = [section.name for section in sections]
    assert all(s.n_bars % 8 == 0 for s in sections if s.name not in ("outro", "ending"))
    assert names[:3] == ["intro", "build", "drop"]
    assert all(names[k - 1] == "build" for k, name in enumerate(names) if name == "drop")
    assert names.count("break") >= (1 if n_bars < 193 else 2)
    energy = {section.name: section.energy for section in sections}
    assert max(energy, key=energy.__getitem__) == "drop"
    assert min(energy.keys() - {"ending"}, key=energy.__getitem__) == "break"


@pytest.mark.parametrize("form", ["club", "unbroken"])
def test_a_form_fills_any_number_of_bars(form: str) -> None:
    for n_bars in range(1, 130):
        sections = club_form(n_bars, form, 8)
        starts = np.cumsum([0, *(section.n_bars for section in sections)])
        assert starts[-1] == n_bars
        assert [section.first_bar for section in sections] == list(starts[:-1])
        breaks = [section.n_bars for section in sections if section.name == "break"]
        assert all(n >= 2 for n in breaks)
        assert bool(breaks) == (form == "club" and n_bars > 12)


@pytest.mark.parametrize("longest", [1, 2, 4, 8])
@pytest.mark.parametrize("form", ["club", "unbroken"])
def test_parts_are_whole_units_as_long_as_the_song_allows(form: str, longest: int) -> None:
    """A sixth of the song at most, so that a dancer who counts is never a bar off."""
    for n_bars in range(13, 130):
        unit = min(longest, 8 if n_bars > 48 else 4 if n_bars > 24 else 2)
        sections = club_form(n_bars, form, longest)
        parts = [s.n_bars for s in sections if s.name not in ("outro", "ending")]
        assert all(n % unit == 0 for n in parts), n_bars
        assert sections[-1].name == "ending" and sections[-1].n_bars == 1


@pytest.mark.parametrize(("form", "names"), [
    ("club", ["intro", "build", "drop", "ending"]), ("unbroken", ["drop", "ending"]),
])  # fmt: skip
def test_a_short_song_comes_to_its_drop(form: str, names: list[str]) -> None:
    for n_bars in range(5, 13):
        sections = club_form(n_bars, form, 8)
        assert [section.name for section in sections] == names
        lengths = {section.name: section.n_bars for section in sections}
        if form == "club":
            assert lengths["intro"] == lengths["build"] == (n_bars - 1) // 4
            assert lengths["drop"] >= 2 * lengths["build"]
    assert [s.name for s in club_form(1, form, 8)] == ["drop"], "a bar alone is danced"


def test_how_lively_the_parts_are() -> None:
    """Only a build grows, to where a main part is; a drop is above all, what ends is calm."""
    parts = ["ending", "break", "outro", "intro", "build", "half_time", "main", "drop"]
    assert set(parts) == set(ENERGY)
    score = compose(seed_of(3), "rock", 120.0, 40.0, form=[(part, 2) for part in parts])
    energy = np.array([[score.energy_of(8 * k + beat) for beat in range(8)] for k in range(8)])
    assert (np.diff(energy[:, 0]) >= 0.04).all() and energy[0, 0] > 0 and energy[-1, 0] == 1
    assert (np.ptp(energy, axis=1) > 0).tolist() == [part == "build" for part in parts]
    build = energy[parts.index("build")]
    assert np.diff(build) == pytest.approx(np.full(7, build[1] - build[0]))
    assert build[-1] == pytest.approx(energy[parts.index("main"), 0])


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_a_list_of_sections_drops_at_a_known_time(style: str) -> None:
    bpm = _usual(style)
    song = songs.make_song(seed_of(5), style, bpm, 40.0, 8000, form=[("break", 3), ("drop", 2)])
    assert song.starts_of("drop") == pytest.approx([0.3 + 3 * 240 / bpm])
    assert len(song.starts_of("build")) == 0
    assert song.beat_energy[:12] == pytest.approx(0.25)
    assert song.beat_energy[12:] == pytest.approx(1.0)  # the last section goes on to the end


@pytest.mark.parametrize("style", [*CLUB_STYLES, *STYLES])
def test_a_break_has_no_kick_and_no_bass_and_an_unbroken_song_always_a_kick(style: str) -> None:
    score = compose(seed_of(6), style, 120.0, 90.0, form="club")
    for bar, notes in enumerate(score.bars):
        name = score.section_of(bar).name
        has_kick = any(note.sound in KICKS for note in notes)
        has_bass = any(0 < note.pitch < _BASS_BELOW for note in notes)
        if name == "break":
            assert not has_kick
            assert not has_bass
            assert notes  # a pad and a tune, or hats
        elif name == "drop":
            assert has_kick
            assert has_bass or style == "drums"
    unbroken = compose(seed_of(6), style, 120.0, 90.0, form="unbroken")
    assert all({note.sound for note in notes} & KICKS for notes in unbroken.bars)
    assert not {s.name for s in unbroken.sections} & {"build", "break"}


def test_some_rock_songs_have_their_main_part_in_half_time() -> None:
    songs_of = [compose(seed_of(seed), "rock", 140.0, 120.0).sections for seed in range(16)]
    names = [{section.name for section in sections} for sections in songs_of]
    assert all(("main" in found) != ("half_time" in found) for found in names)
    assert 1 <= sum("half_time" in found for found in names) <= 15


def test_a_build_grows_and_old_songs_keep_an_even_energy() -> None:
    song = songs.make_song(
        seed_of(2), "techno", 128.0, 40.0, 8000, form=[("build", 4), ("drop", 4)]
    )
    assert (np.diff(song.beat_energy[:16]) > 0).all()
    assert song.beat_energy[15] == pytest.approx(0.85)
    old = songs.make_song(seed_of(2), "house", 124.0, 40.0, 8000)
    for section in old.sections:
        first = section.first_bar * 4
        assert (
            old.beat_energy[first : first + section.n_bars * 4] == np.float32(section.energy)
        ).all()


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_a_build_rolls_and_rises_to_the_drop(style: str) -> None:
    score = compose(seed_of(7), style, 120.0, 30.0, form=[("build", 4), ("drop", 1)])
    before = [n for n in score.bars[3] if n.pitch == 0]
    strokes = sorted(n for n in before if n.sound == CLUB[style].roll)
    assert len(strokes) >= 12  # sixteenths and closer
    assert strokes[-1].gain > 1.5 * strokes[0].gain
    assert not {n.sound for n in before} & KICKS
    (riser,) = (n for bar in score.bars for n in bar if n.sound == "riser")
    assert riser.time + riser.seconds == pytest.approx(score.bar_start(4), abs=0.002)
    assert {"boom", "crash"} <= {n.sound for n in score.bars[4] if n.time == score.bar_start(4)}


# Sound ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_break_and_drop_can_be_heard(style: str) -> None:
    for number in (1, 2):
        song = _played(style, number)
        drop, rest = _part(song, "drop"), _part(song, "break")
        assert _decibels(drop) - _decibels(rest) > 6  # seen in 30 seeds: 7.9 to 14.9
        before, after = _part(song, "build", -1), _part(song, "drop", 0.5)
        assert _decibels(after) - _decibels(before) > 2.5  # seen: 4.2 to 11.6
        assert _decibels(after, 30, 120) - _decibels(before, 30, 120) > 8  # seen: 15.8 to 45


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_kicks_stand_out_of_the_bass(style: str) -> None:
    song = _played(style, 4)
    score = compose(seed_of(4), style, song.bpm, len(song.samples) / RATE, form=BREAK_AND_DROP)
    low = sosfiltfilt(butter(3, (35, 160), "band", fs=RATE, output="sos"), song.mono)
    start = song.starts_of("drop")[0]
    at = np.round(np.array([t for t in score.kicks if t > start + 0.1]) * RATE).astype(int)
    n = RATE * 6 // 100
    after, before = (np.square(low[at[:, None] + lag + np.arange(n)]).mean(1) for lag in (0, -n))
    assert np.median(10 * np.log10((after + 1e-9) / (before + 1e-9))) > 3  # seen: 7 to 30


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_level(style: str) -> None:
    song = _played(style, 3, 44_100)
    drop = _part(song, "drop")
    assert np.abs(song.samples).max() < 0.99
    assert -18.5 < 20 * np.log10(np.sqrt(np.mean(drop**2))) < -14  # seen: -16.9 to -15.3
    assert np.abs(song.samples.mean(0)).max() < 0.005


def _novelty(samples: np.ndarray) -> np.ndarray:
    """How much louder, in nepers, 2 ms are than the 2 ms before them, every half millisecond."""
    high = sosfilt(butter(4, 1500, "high", fs=_HIGH_RATE, output="sos"), samples)
    level = np.concatenate([[0.0], np.cumsum(high**2)])
    at = np.arange(_SPAN, len(samples) - _SPAN, _SPAN // 4)
    after, before = level[at + _SPAN] - level[at], level[at] - level[at - _SPAN]
    return np.maximum(0, 0.5 * np.log((after + 1e-4) / (before + 1e-4)))


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_kicks_and_snares_alone_sound_on_the_grid(style: str) -> None:
    """Onsets found in the sound lie on the sixteenths of the true beats, swung ones aside."""
    bpm = _usual(style)
    score = compose(seed_of(8), style, bpm, 20.0, form=[("drop", 4)])
    for bar, notes in enumerate(score.bars):
        score.bars[bar] = [n for n in notes if n.sound in KICKS or n.sound in _SNARES]
    room = songs.room_echo(_HIGH_RATE, 0)
    kit = Kit(_HIGH_RATE, seed_of(8))
    every = [note for notes in score.bars for note in notes]
    sound = songs.Mixer(score, kit, _HIGH_RATE, room).play(every, 0, 20 * _HIGH_RATE)
    peaks, _ = find_peaks(_novelty(sound.mean(1)), height=1.0, distance=100)  # 50 ms
    times = (peaks + 4) * _SPAN / 4 / _HIGH_RATE
    sixteenths = (times - 0.3) * bpm / 15
    is_straight = CLUB[style].swings == (0.0,)
    straight = sixteenths[is_straight | (np.round(sixteenths) % 2 == 0)]
    late = (straight - np.round(straight)) * 15 / bpm
    assert np.abs(late).max() < 0.005  # seen: 0.002
    written = {round((note.time - 0.3) * bpm / 15, 3) for note in every}
    expected = {at for at in written if is_straight or at % 2 == 0}
    assert 0.35 < len(straight) / len(expected) < 1.2  # seen: 0.5 to 1; ghosts are soft


@pytest.mark.parametrize("style", CLUB_STYLES)
def test_beats_are_where_it_says_in_the_whole_sound(style: str) -> None:
    """What is new in the sound, averaged over all beats, is newest within 5 ms of them."""
    song = songs.make_song(
        seed_of(9), style, _usual(style), 24.0, _HIGH_RATE, form=[("main", 4), ("drop", 1)]
    )
    novelty = _novelty(song.mono.astype(float))
    beats = np.round((song.beat_times[:-4] * _HIGH_RATE) / (_SPAN / 4)).astype(int) - 4
    lags = np.arange(-100, 101)  # half milliseconds
    mean = novelty[beats[:, None] + lags].mean(0)
    assert abs(lags[mean.argmax()]) / 2 < 5  # ms; seen: -1 to 0
    assert mean.max() > 5 * np.median(mean)  # seen: 10 to 48 times


# Beats that are danced -----------------------------------------------------------------------


def test_the_level_that_a_dancer_takes() -> None:
    taken = {
        (style, bpm): compose(0, style, bpm, 20.0).dance_bpm
        for style, bpm in [
            ("dnb", 174.0), ("dnb", 87.0), ("trap", 140.0), ("trap", 70.0), ("salsa", 190.0),
            ("salsa", 95.0), ("techno", 130.0), ("rock", 120.0), ("rock", 170.0), ("house", 124.0),
            ("pop", 160.0), ("waltz", 170.0),
        ]
    }  # fmt: skip
    assert taken == {
        ("dnb", 174.0): 87.0, ("dnb", 87.0): 87.0, ("trap", 140.0): 70.0, ("trap", 70.0): 70.0,
        ("salsa", 190.0): 95.0, ("salsa", 95.0): 95.0, ("techno", 130.0): 130.0,
        ("rock", 120.0): 120.0, ("rock", 170.0): 85.0, ("house", 124.0): 124.0,
        ("pop", 160.0): 80.0, ("waltz", 170.0): 170.0,
    }  # fmt: skip
    song = songs.make_song(seed_of(0), "dnb", 174.0, 10.0, 8000)
    assert np.diff(song.dance_beats) == pytest.approx(60 / song.dance_bpm)
    assert set(song.downbeats) <= set(song.dance_beats)
    assert song.dance_bpm == 87.0


def _beats_of(score: Score, sounds: set[str], part: str) -> set[float]:
    """Beats of the bar (1 is its first) that are struck loudly in a section."""
    return {
        round(1 + (note.time - score.bar_start(bar)) * score.bpm / 60, 2)
        for bar, notes in enumerate(score.bars)
        for note in notes
        if score.section_of(bar).name == part and note.sound in sounds and note.gain > 0.45
    }


@pytest.mark.parametrize(
    ("style", "bpm", "part", "backbeats"),
    [
        ("dnb", 174.0, "main", {2, 4}), ("trap", 140.0, "main", {3}),
        ("trap", 70.0, "main", {2, 4}), ("hiphop", 90.0, "main", {2, 4}),
        ("rock", 130.0, "main", {2, 4}), ("rock", 130.0, "half_time", {3}),
        ("electro", 115.0, "main", {2, 4}),
    ],
)  # fmt: skip
def test_snares_are_on_the_backbeat(
    style: str, bpm: float, part: str, backbeats: set[float]
) -> None:
    for seed in map(seed_of, range(6)):
        score = compose(seed, style, bpm, 30.0, form=[(part, 2), ("intro", 1)])
        first = {**vars(score), "bars": score.bars[:1]}  # the second bar ends in a fill
        assert _beats_of(Score(**first), _SNARES, part) == backbeats


@pytest.mark.parametrize(("style", "bpm"), [("trap", 70.0), ("salsa", 95.0), ("dnb", 87.0)])
def test_what_is_counted_slowly_is_the_same_music(style: str, bpm: float) -> None:
    """A bar counted as it is danced holds two of the written tempo, with all their notes."""
    slow = compose(seed_of(3), style, bpm, 60.0, form=[("main", 4), ("intro", 1)])
    fast = compose(seed_of(3), style, 2 * bpm, 60.0, form=[("main", 8), ("intro", 2)])
    played = [
        {(round(n.time, 4), n.sound, n.pitch) for bar in score.bars[:n_bars] for n in bar}
        for score, n_bars in ((slow, 4), (fast, 8))
    ]
    assert len(played[0]) > 100
    assert played[0] == played[1]


def test_swung_sixteenths_leave_the_beats_alone() -> None:
    score = compose(seed_of(1), "hiphop", 90.0, 30.0, form=[("main", 8)])
    sixteenths = np.array([(n.time - 0.3) * 6 for bar in score.bars for n in bar])
    part = sixteenths % 2
    assert (np.minimum(part, 2 - part) < 1e-6).mean() > 0.5  # eighths are straight
    late = part[(part > 0.5) & (part < 1.7)]
    assert len(late) > 20
    assert ((late > 1.1) & (late < 1.35)).all()


# The band as it is played ---------------------------------------------------------------------


def test_the_jukebox_plays_club_music_in_any_pieces() -> None:
    styles = ("dnb", "trap", "rock")
    whole = songs.Jukebox(seed_of(3), RATE, 8.0, styles).read(18 * RATE)
    jukebox = songs.Jukebox(seed_of(3), RATE, 8.0, styles)
    sizes = rng_of(0).integers(1000, 20_000, 60)
    pieces = [jukebox.read(int(size)) for size in sizes]
    assert np.array_equal(np.concatenate(pieces)[: len(whole)], whole)
    assert [score.style for _, score in jukebox.songs] != ["house", "disco", "pop"]
    assert {score.style for _, score in jukebox.songs} <= set(styles)


def test_wrong_wishes_are_refused() -> None:
    for wish, said in [
        ({"form": "sonata"}, "choose of club, unbroken"),
        ({"form": [("chorus", 4)]}, "no section 'chorus'"),
        ({"form": [("drop", 400)]}, "take 400 bars, the song has"),
        ({"form": []}, "take 0 bars"),
        ({"bpm": 230.0}, "outside 60-220"),
    ]:
        with pytest.raises(ValueError, match=said):
            songs.make_song(**{"seed": 0, "style": "techno", "bpm": 128.0, "seconds": 20.0, **wish})
